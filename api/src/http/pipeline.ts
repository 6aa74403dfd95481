import type { Request, Response } from 'express';
import type { Translator } from '../i18n/translator.js';
import { isForm, type BodyReader } from './body.js';
import { Bytes, sendBytes } from './bytes.js';
import type { Access, Call, Endpoint } from './endpoint.js';
import { sendJson, successBody } from './envelope.js';
import { ApiError, httpErrors } from './errors.js';
import { createFormReader, type FormReader } from './form-body.js';
import { createGuard } from './guard.js';
import { failEvenly } from '../shared/even-time.js';
import type { Principal } from '../shared/principal.js';
import type { InputIssue } from './issues.js';
import type { FileReceiver, FileRule } from './multipart.js';
import { messageJson, PendingReply } from './reply.js';
import { languageOf, originOf } from './request-context.js';
import { createResponder } from './responder.js';
import { sendStreamed } from './send-streamed.js';
import { createQueryValidator } from './query.js';
import type { Step } from './steps.js';
import { Streamed } from './streamed.js';
import { assertRight, createValidator, type Validator } from './validate.js';

type AnyCall = Call<Access, unknown, unknown, unknown, FileRule | undefined>;

export type PipelineParts = {
  translator: Translator;
  /** Reads the body of an anonymous caller, with its small limit. */
  readPublicBody: BodyReader;
  /** Reads the body of a caller whose token was found good. */
  readMemberBody: BodyReader;
  receiveFile: FileReceiver;
  /** Finds out anew who is asking. */
  identify: Step;
};

/**
 * The steps of one endpoint, built once: may he, what does he say, do it,
 * answer. The rate limits stand before it. An unauthorised caller never sees
 * a validation error, because the guard comes first. What is there at once is
 * answered at once: no promise is made for it.
 */
export function createPipeline(endpoint: Endpoint, parts: PipelineParts): Step {
  const { translator } = parts;
  const invalid = endpoint.invalid ?? httpErrors.VALIDATION_ERROR;
  const guard = createGuard(endpoint.access);
  const { params, query, body, file } = endpoint.request ?? {};
  const validateParams = params && createValidator(params);
  const validateQuery = query && createQueryValidator(query);
  const validateBody = body && createBodyValidator(createValidator(body), createFormReader(body));
  const present = createResponder(endpoint.response);
  const usualMessage = messageJson(translator, endpoint.message);
  const handle = endpoint.failsEvenly ? (call: AnyCall) => failEvenly(async () => endpoint.handler(call)) : endpoint.handler;

  return function serve(req, res) {
    const principal = guard(req);
    const language = languageOf(req);
    const reply = new PendingReply(usualMessage, translator, language, res);
    const wrong: InputIssue[] = [];
    const call: AnyCall = {
      params: validateParams?.(req.params, wrong),
      query: validateQuery?.(req.query, wrong),
      body: undefined,
      file: undefined,
      language,
      origin: originOf(req),
      principal,
      reply,
    };
    // Where a body belongs to the request it is looked at too, so that all that is wrong is named at once.
    if (!validateBody) assertRight(wrong, invalid);
    const data = file ? handleWithFile(req, res, call, file) : validateBody ? handleWithBody(req, res, call, validateBody, wrong) : handle(call);
    return isThenable(data) ? Promise.resolve(data).then((found) => answer(res, reply, found)) : answer(res, reply, data);
  };

  async function handleWithBody(req: Request, res: Response, call: AnyCall, validate: BodyValidator, wrong: InputIssue[]): Promise<unknown> {
    const given = await (call.principal ? parts.readMemberBody : parts.readPublicBody)(req, res);
    const principal = call.principal && (await guardAgain(req, res));
    const body = validate(req, given, wrong);
    assertRight(wrong, invalid);
    return handle({ ...call, principal, body });
  }

  async function handleWithFile(req: Request, res: Response, call: AnyCall, rule: FileRule): Promise<unknown> {
    const file = await parts.receiveFile(req, rule, (issue) => new ApiError(invalid, { issues: [issue] }));
    try {
      const principal = await guardAgain(req, res);
      return await handle({ ...call, principal, file });
    } finally {
      await file.close();
    }
  }

  /** A body may come long after its head: what was revoked meanwhile opens nothing (B-01, D-07). */
  async function guardAgain(req: Request, res: Response): Promise<Principal | undefined> {
    await parts.identify(req, res);
    return guard(req);
  }

  function answer(res: Response, reply: PendingReply, data: unknown): void | Promise<void> {
    if (data instanceof Bytes) return sendBytes(res, data);
    if (res.writableEnded || res.destroyed) return;
    const status = endpoint.status ?? 200;
    if (data instanceof Streamed) return sendStreamed(res, { status, message: reply.messageJson, meta: reply.metaJson, data });
    sendJson(res, status, successBody(res.req.context.id, reply.messageJson, present(data), reply.metaJson));
  }
}

type BodyValidator = (req: Request, given: unknown, wrong: InputIssue[]) => unknown;

function createBodyValidator(validate: Validator, readForm: FormReader): BodyValidator {
  return (req, given, wrong) => validate(isForm(req) ? readForm(given as Record<string, unknown>) : given, wrong);
}

/** Also what is no Promise of this realm, such as Prisma's. */
function isThenable(data: unknown): data is PromiseLike<unknown> {
  return typeof data === 'object' && data !== null && 'then' in data && typeof data.then === 'function';
}

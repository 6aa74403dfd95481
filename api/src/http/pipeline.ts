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
import type { FileReceiver, FileRule } from './multipart.js';
import { messageJson, PendingReply } from './reply.js';
import { languageOf, originOf } from './request-context.js';
import { createResponder } from './responder.js';
import { sendStreamed } from './send-streamed.js';
import { createQueryValidator } from './query.js';
import type { Step } from './steps.js';
import { Streamed } from './streamed.js';
import { createValidator, type Validator } from './validate.js';

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
  const validateParams = params && createValidator(params, invalid);
  const validateQuery = query && createQueryValidator(query, invalid);
  const validateBody = body && createBodyValidator(createValidator(body, invalid), createFormReader(body));
  const present = createResponder(endpoint.response);
  const usualMessage = messageJson(translator, endpoint.message);
  const handle = endpoint.failsEvenly ? (call: AnyCall) => failEvenly(async () => endpoint.handler(call)) : endpoint.handler;

  return function serve(req, res) {
    const principal = guard(req);
    const language = languageOf(req);
    const reply = new PendingReply(usualMessage, translator, language, res);
    const call: AnyCall = {
      params: validateParams?.(req.params),
      query: validateQuery?.(req.query),
      body: undefined,
      file: undefined,
      language,
      origin: originOf(req),
      principal,
      reply,
    };
    const data = file ? handleWithFile(req, res, call, file) : validateBody ? handleWithBody(req, res, call, validateBody) : handle(call);
    return isThenable(data) ? Promise.resolve(data).then((found) => answer(res, reply, found)) : answer(res, reply, data);
  };

  async function handleWithBody(req: Request, res: Response, call: AnyCall, validate: BodyValidator): Promise<unknown> {
    const given = await (call.principal ? parts.readMemberBody : parts.readPublicBody)(req, res);
    if (!call.principal) return handle({ ...call, body: validate(req, given) });
    const principal = await guardAgain(req, res);
    return handle({ ...call, principal, body: validate(req, given) });
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

type BodyValidator = (req: Request, given: unknown) => unknown;

function createBodyValidator(validate: Validator, readForm: FormReader): BodyValidator {
  return (req, given) => validate(isForm(req) ? readForm(given as Record<string, unknown>) : given);
}

/** Also what is no Promise of this realm, such as Prisma's. */
function isThenable(data: unknown): data is PromiseLike<unknown> {
  return typeof data === 'object' && data !== null && 'then' in data && typeof data.then === 'function';
}

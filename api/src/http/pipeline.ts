import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Translator } from '../i18n/translator.js';
import type { BodyReader } from './body.js';
import type { Endpoint, Reply } from './endpoint.js';
import { sendJson, successBody } from './envelope.js';
import { httpErrors } from './errors.js';
import { createGuard } from './guard.js';
import { languageOf, originOf } from './request-context.js';
import { createResponder } from './responder.js';
import { createQueryValidator } from './query.js';
import { createValidator } from './validate.js';

export type PipelineParts = {
  translator: Translator;
  /** Reads the body of an anonymous caller, with its small limit. */
  readPublicBody: BodyReader;
  /** Reads the body of a caller whose token was found good. */
  readMemberBody: BodyReader;
};

/**
 * The steps of one endpoint, built once: may he, what does he say, do it,
 * answer. The rate limits stand before it. An unauthorised caller never sees
 * a validation error, because the guard comes first.
 */
export function createPipeline(endpoint: Endpoint, parts: PipelineParts): RequestHandler {
  const { translator } = parts;
  const invalid = endpoint.invalid ?? httpErrors.VALIDATION_ERROR;
  const guard = createGuard(endpoint.access);
  const { params, query, body } = endpoint.request ?? {};
  const validateParams = params && createValidator(params, invalid, translator);
  const validateQuery = query && createQueryValidator(query, invalid, translator);
  const validateBody = body && createValidator(body, invalid, translator);
  const present = createResponder(endpoint.response);

  return async function serve(req: Request, res: Response, _next: NextFunction): Promise<void> {
    const principal = guard(req);
    const language = languageOf(req);
    const input = {
      params: validateParams?.(req.params, language),
      query: validateQuery?.(req.query, language),
      body: validateBody && validateBody(await (principal ? parts.readMemberBody : parts.readPublicBody)(req, res), language),
    };
    const answer: { message?: string; meta?: string } = {};
    const reply: Reply = {
      message: (key, values) => void (answer.message = translator.message(language, key, values)),
      meta: (meta) => void (answer.meta = JSON.stringify(meta)),
      header: (name, value) => void res.setHeader(name, value),
    };
    const data = await endpoint.handler({ ...input, language, origin: originOf(req), principal, reply });
    if (res.writableEnded || res.destroyed) return;
    const message = answer.message ?? translator.message(language, endpoint.message);
    sendJson(res, endpoint.status ?? 200, successBody(req.context.id, message, present(data), answer.meta));
  };
}

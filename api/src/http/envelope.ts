import type { Request, Response } from 'express';
import type { Translator } from '../i18n/translator.js';
import type { ApiError } from './errors.js';
import { languageOf, pathOf } from './request-context.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Writes a body that is JSON already. Nothing the API says may be kept by a cache (B-19). */
export function sendJson(res: Response, status: number, body: string): void {
  res.setHeader('Content-Type', JSON_TYPE);
  res.setHeader('Content-Length', Buffer.byteLength(body));
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  res.statusCode = status;
  res.end(body);
}

/**
 * The success envelope (API.md §1), put together from JSON parts so that a
 * part serialized once can be sent often. Request ids need no escaping.
 */
export function successBody(id: string, message: string, data: string, meta?: string): string {
  const end = meta === undefined ? '}' : `,"meta":${meta}}`;
  return `{"success":true,"id":"${id}","message":${JSON.stringify(message)},"data":${data},"timestamp":"${new Date().toISOString()}"${end}`;
}

/** The one error envelope (API.md §1): `error_key` and `path` for one kind of old client, `error` for the other. */
export function failureBody(error: ApiError, facts: { id: string; path: string }, translator: Translator, language: Parameters<Translator['error']>[0]): string {
  const { key, code } = error.definition;
  const { message, reason, hint } = translator.error(language, key, error.params);
  const timestamp = new Date().toISOString();
  return JSON.stringify({
    success: false,
    error_key: key,
    message,
    path: facts.path,
    error: { id: facts.id, code, message, reason, hint, details: error.details, timestamp },
  });
}

/** RFC 6750 §3: the scheme alone, with no reason that tells expired, forged and revoked apart. */
const CHALLENGE = 'Bearer realm="tessera"';
const RETRY_AFTER_SECONDS = '1';

/** Answers a request with a failure. */
export function sendFailure(req: Request, res: Response, error: ApiError, translator: Translator): void {
  const { key, status } = error.definition;
  req.context.errorKey = key;
  if (status === 401) res.setHeader('WWW-Authenticate', CHALLENGE);
  if (status === 503) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  for (const [name, value] of Object.entries(error.headers ?? {})) res.setHeader(name, value);
  sendJson(res, status, failureBody(error, { id: req.context.id, path: pathOf(req) }, translator, languageOf(req)));
}

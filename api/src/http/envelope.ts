import type { Request, Response } from 'express';
import type { Translator } from '../i18n/translator.js';
import type { ApiError } from './errors.js';
import { presentIssues } from './issues.js';
import { languageOf, pathOf } from './request-context.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const NO_STORE = ['Cache-Control', 'no-store'];

/** Writes a body that is JSON already. Nothing the API says may be kept by a cache (B-19). */
export function sendJson(res: Response, status: number, body: string): void {
  const { context } = res.req;
  context.bytes = Buffer.byteLength(body);
  context.head.add(NO_STORE);
  res.writeHead(status, ['Content-Type', JSON_TYPE, 'Content-Length', String(context.bytes)]);
  res.end(body);
}

/**
 * The success envelope (API.md §1), put together from JSON parts (`message`,
 * `data`, `meta`) so that a part serialized once can be sent often. Request
 * ids need no escaping.
 */
export function successBody(id: string, message: string, data: string, meta?: string): string {
  const end = meta === undefined ? '}' : `,"meta":${meta}}`;
  return `{"success":true,"id":"${id}","message":${message},"data":${data},"timestamp":"${timestamp()}"${end}`;
}

/** The same around data that is sent in pieces: what stands before it, and what stands after it when it has all been sent. */
export function successFrame(id: string, message: string, meta?: string): { start: string; end(): string } {
  return {
    start: `{"success":true,"id":"${id}","message":${message},"data":`,
    end: () => `,"timestamp":"${timestamp()}"${meta === undefined ? '}' : `,"meta":${meta}}`}`,
  };
}

/** Writes the head of an answer whose length nobody knows yet. */
export function writeJsonHead(res: Response, status: number): void {
  res.req.context.head.add(NO_STORE);
  res.writeHead(status, ['Content-Type', JSON_TYPE]);
}

let millisecond = 0;
let text = '';

/** The present time (ISO 8601). Many answers leave in one millisecond, and the text costs more than the rest of an envelope. */
function timestamp(): string {
  const now = Date.now();
  if (now !== millisecond) {
    millisecond = now;
    text = new Date(now).toISOString();
  }
  return text;
}

/** The one error envelope (API.md §1): `error_key` and `path` for one kind of old client, `error` for the other. */
export function failureBody(error: ApiError, facts: { id: string; path: string }, translator: Translator, language: Parameters<Translator['error']>[0]): string {
  const { key, code } = error.definition;
  const { message, reason, hint } = translator.error(language, key, error.params);
  const details = error.issues ? { ...error.details, ...presentIssues(error.issues, translator, language) } : error.details;
  return JSON.stringify({
    success: false,
    error_key: key,
    message,
    path: facts.path,
    error: { id: facts.id, code, message, reason, hint, details, timestamp: timestamp() },
  });
}

/** RFC 6750 §3: the scheme alone, with no reason that tells expired, forged and revoked apart. */
const CHALLENGE = 'Bearer realm="tessera"';
const RETRY_AFTER_SECONDS = '1';
/** What may have been said of a file before sending it failed: it is not true of the failure, and would let caches keep that (B-19). */
const OF_A_FILE = ['Cache-Control', 'ETag', 'Last-Modified', 'Accept-Ranges', 'Content-Range', 'Content-Disposition'];

/** Answers a request with a failure. */
export function sendFailure(req: Request, res: Response, error: ApiError, translator: Translator): void {
  const { key, status } = error.definition;
  req.context.errorKey = key;
  for (const name of OF_A_FILE) res.removeHeader(name);
  if (status === 401) res.setHeader('WWW-Authenticate', CHALLENGE);
  if (status === 503) res.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  for (const [name, value] of Object.entries(error.headers ?? {})) res.setHeader(name, value);
  sendJson(res, status, failureBody(error, { id: req.context.id, path: pathOf(req) }, translator, languageOf(req)));
}

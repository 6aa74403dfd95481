import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { ApiError, httpErrors } from './errors.js';
import { isTooDeep } from './json-depth.js';

/** What an anonymous caller may make us hold in memory (E-06). */
export const PUBLIC_BODY_LIMIT_BYTES = 64 * 1024;

const JSON_TYPES = ['application/json', 'application/*+json'];
const FORM_TYPE = 'application/x-www-form-urlencoded';

export type BodyReader = (req: Request, res: Response) => Promise<unknown>;

/**
 * Reads a JSON or form body, only when asked: the pipeline asks after the rate
 * limit and the guard have passed (E-06). Compressed bodies are refused, so
 * there is no bomb to defuse (E-07).
 * @throws ApiError 400 malformed, 413 too large, 415 a type or encoding we do not read
 */
export function createBodyReader(limitBytes: number): BodyReader {
  const parsers = [
    express.json({ limit: limitBytes, inflate: false, strict: true, type: JSON_TYPES, verify: checkJson }),
    express.urlencoded({ limit: limitBytes, inflate: false, extended: false, type: FORM_TYPE, parameterLimit: 100, verify: checkUtf8 }),
  ];
  return async function readBody(req, res) {
    if (!hasBody(req)) return {};
    if (!req.is([...JSON_TYPES, FORM_TYPE]) || !isUtf8Text(req)) throw new ApiError(httpErrors.UNSUPPORTED_MEDIA_TYPE);
    // At once: the parsers would wait for the end of what they refuse.
    if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw new ApiError(httpErrors.REQUEST_TOO_LARGE);
    for (const parser of parsers) await run(parser, req, res);
    // The client went away before its body was read: the parsers then say nothing at all, and an empty body would mean something else than was asked.
    if (req.body === undefined) throw new ApiError(httpErrors.INVALID_REQUEST);
    return asPlain(req.body as object);
  };
}

/** JSON between systems is UTF-8 (RFC 8259 §8.1), and we take forms to be. */
function isUtf8Text(req: Request): boolean {
  const charset = /;\s*charset="?([\w-]{1,40})/i.exec(req.headers['content-type'] ?? '')?.[1];
  return charset === undefined || charset.toLowerCase() === 'utf-8';
}

/**
 * A form body has no prototype; it is given a plain one, so that every body looks alike. Entry by entry: an assignment to
 * `__proto__` would set the prototype, and fields that come from there are seen by no check of the text (E-02, E-08).
 */
function asPlain(body: object): unknown {
  return Array.isArray(body) ? body : Object.fromEntries(Object.entries(body));
}

/** Whether the body is a form, which knows text alone. */
export function isForm(req: Request): boolean {
  return typeof req.is(FORM_TYPE) === 'string';
}

export function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
}

function run(middleware: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void middleware(req, res, (error?: unknown) => (error ? reject(readError(error)) : resolve()));
  });
}

class BodyRefused extends Error {
  constructor(readonly reason: 'too_deep' | 'not_utf8') {
    super(reason);
  }
}

function checkUtf8(_req: unknown, _res: unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new BodyRefused('not_utf8');
}

function checkJson(req: unknown, res: unknown, bytes: Buffer): void {
  checkUtf8(req, res, bytes);
  if (isTooDeep(bytes)) throw new BodyRefused('too_deep');
}

/** Express's body parsers say what went wrong in `type`; their sentences stay private (E-14). */
function readError(error: unknown): ApiError {
  const { type, status } = error as { type?: string; status?: number };
  if (type === 'entity.too.large' || type === 'parameters.too.many') return new ApiError(httpErrors.REQUEST_TOO_LARGE, { cause: error });
  if (status === 415) return new ApiError(httpErrors.UNSUPPORTED_MEDIA_TYPE, { cause: error });
  return new ApiError(httpErrors.INVALID_REQUEST, { cause: error });
}

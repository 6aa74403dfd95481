import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { negotiateLanguage, toLanguage, type Language } from '../i18n/language.js';
import { addressKey } from './address-key.js';
import { collectHead, type Head } from './head.js';
import type { Step } from './steps.js';
import type { Principal, RequestOrigin } from '../shared/principal.js';

/** What the kernel knows of one request; everything else is asked of Express. */
export type RequestContext = {
  readonly id: string;
  readonly startedAt: number;
  /** The client's address, behind the configured proxies only (G-03). */
  readonly ip: string | undefined;
  /** What is said in the head of the answer, whoever writes it. */
  readonly head: Head;
  /** Set by `identify` when the request carries a credential that is good. */
  principal: Principal | undefined;
  /** Set by `identify` when it carries one that is not: thrown by the guard, ignored by public endpoints. */
  credentialError: unknown;
  /** The key of the error that was answered, for the log. */
  errorKey: string | undefined;
  /** Length of the answer's body, where the kernel has written it. */
  bytes: number | undefined;
};

declare module 'express-serve-static-core' {
  interface Request {
    context: RequestContext;
  }
}

/** Ids that are safe in a header, a log line and a JSON string without escaping. */
const SANE_REQUEST_ID = /^[\w.-]{8,100}$/;

/** Gives every request its id (the caller's when sane, else a new one) and says it in `X-Request-Id`. */
export function requestContext(): Step {
  return function requestContext(req, res) {
    const given = req.headers['x-request-id'];
    const id = typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID();
    const head = collectHead(res);
    head.add(['X-Request-Id', id]);
    req.context = { id, startedAt: performance.now(), ip: req.ip, head, principal: undefined, credentialError: undefined, errorKey: undefined, bytes: undefined };
  };
}

/** `?lang=`, else `X-Lang`, else the caller's own language, else `Accept-Language`, else English (API.md §2). */
export function languageOf(req: Request): Language {
  const header = req.headers['x-lang'];
  return (
    (req.url.includes('lang=') ? toLanguage(req.query['lang']) : undefined) ??
    (header === undefined ? undefined : toLanguage(header)) ??
    req.context.principal?.language ??
    negotiateLanguage(req.headers['accept-language']) ??
    'en'
  );
}

/** The path as sent, without the query string, which may hold secrets. */
export function pathOf(req: Request): string {
  const url = req.originalUrl;
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** The facts about the client that sessions and activity entries keep. */
export function originOf(req: Request): RequestOrigin {
  return {
    requestId: req.context.id,
    ip: req.context.ip,
    address: addressKey(req.context.ip),
    userAgent: req.headers['user-agent'],
    origin: req.headers.origin,
    method: req.method,
    endpoint: pathOf(req),
    sessionId: req.context.principal?.sessionId,
    elapsedMs: () => Math.round(performance.now() - req.context.startedAt),
  };
}

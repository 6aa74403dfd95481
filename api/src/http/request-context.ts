import { randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { negotiateLanguage, toLanguage, type Language } from '../i18n/language.js';
import { addressKey } from './address-key.js';
import { deviceTokenOf } from './device-token.js';
import { collectHead, type Head } from './head.js';
import type { Step } from './steps.js';
import type { Principal, RequestOrigin } from '../shared/principal.js';

/** What the kernel knows of one request; everything else is asked of Express. */
export type RequestContext = {
  readonly id: string;
  readonly startedAt: number;
  /** The client's address, behind the configured proxies only (G-03). */
  readonly ip: string | undefined;
  /** The client's country (ISO 3166-1 alpha-2), where a configured proxy says it (G-03). */
  readonly country: string | undefined;
  /** What is said in the head of the answer, whoever writes it. */
  readonly head: Head;
  /** Set by `identify` when the request carries a credential that is good. */
  principal: Principal | undefined;
  /** Set by `identify` when it carries one that is not: thrown by the guard, ignored by public endpoints. */
  credentialError: unknown;
  /** The pattern of the path that was found, in one spelling, for the metrics. */
  route: string | undefined;
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

/**
 * Gives every request its id (the caller's when sane, else a new one) and says it in `X-Request-Id`.
 * @param options.countryHeader the header, in lower case, in which a trusted proxy names the client's country
 */
export function requestContext({ countryHeader }: { countryHeader?: string | undefined } = {}): Step {
  return function requestContext(req, res) {
    const given = req.headers['x-request-id'];
    const id = typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID();
    const head = collectHead(res);
    head.add(['X-Request-Id', id]);
    // What a peer says of others counts only if we trust it; asked once, because Express reads the forwarding headers anyway.
    const peer = req.socket.remoteAddress;
    const trusted = peer !== undefined && isTrustedProxy(req, peer);
    const ip = trusted ? req.ip : peer;
    const country = trusted && countryHeader !== undefined ? countryOf(req.headers[countryHeader]) : undefined;
    req.context = { id, startedAt: performance.now(), ip, country, head, principal: undefined, credentialError: undefined, route: undefined, errorKey: undefined, bytes: undefined };
  };
}

function isTrustedProxy(req: Request, peer: string): boolean {
  const trust = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return trust(peer, 0);
}

const COUNTRY = /^[A-Z]{2}$/i;
/** What proxies say when they do not know. */
const UNKNOWN_COUNTRY = 'XX';

function countryOf(header: string | string[] | undefined): string | undefined {
  // Tested as it came: `ß` is `SS` in capitals.
  const country = typeof header === 'string' && COUNTRY.test(header) ? header.toUpperCase() : UNKNOWN_COUNTRY;
  return country === UNKNOWN_COUNTRY ? undefined : country;
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
    country: req.context.country,
    origin: req.headers.origin,
    method: req.method,
    endpoint: pathOf(req),
    sessionId: req.context.principal?.sessionId,
    deviceToken: deviceTokenOf(req.headers),
    elapsedMs: () => Math.round(performance.now() - req.context.startedAt),
  };
}

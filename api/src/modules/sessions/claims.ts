import { createHash } from 'node:crypto';
import type { Authority } from './sessions.types.js';

export const ISSUER = 'tessera';
export const AUDIENCE = 'authenticated';

export type TokenType = 'access' | 'session' | 'refresh';

/** The claims every token has; those that decide anything are checked by `readClaims`. */
export type BaseClaims = {
  sub: string;
  iat: number;
  exp: number;
  jti: string;
  type: TokenType;
  aud: typeof AUDIENCE;
  iss: typeof ISSUER;
  session_id: string;
  /** Refresh generation the token was issued in. */
  gen: number;
  /** The browser origin the session is bound to; a mobile client has none. */
  origin?: string;
  /** Version of the profile and permissions the token was made of (`claimsVersion`). A refresh token has none. */
  pv?: string;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TYPES: ReadonlySet<unknown> = new Set<TokenType>(['access', 'session', 'refresh']);
const VERSION_BYTES = 8;
/** How far another machine's clock may be ahead of ours. */
const MAX_SKEW_SECONDS = 30;

/**
 * What a token's profile and permissions were made of, in 64 bits: equal for equal content, whatever the order of the names.
 * @param version the account's, which goes up with every change of the profile
 * @returns 11 characters of base64url, the claim `pv`
 */
export function claimsVersion(version: number, { groups, permissions }: Authority): string {
  const content = JSON.stringify([version, [...groups].sort(), [...permissions].sort()]);
  return createHash('sha256').update(content).digest().subarray(0, VERSION_BYTES).toString('base64url');
}

/**
 * Claims of a payload whose signature was found good. Every claim that decides
 * is checked for presence, type and value (RFC 8725 §3.8-3.12, A-10 … A-13).
 * @returns the claims that every token has and no other; undefined when any is missing, of another type, or not ours
 */
export function readClaims(payload: unknown, nowSeconds: number): BaseClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sub, iat, exp, jti, type, aud, iss, session_id, gen, origin, pv, nbf } = payload as Record<keyof BaseClaims | 'nbf', unknown>;
  const sane =
    isType(type) &&
    aud === AUDIENCE &&
    iss === ISSUER &&
    isUuid(sub) &&
    isUuid(session_id) &&
    isUuid(jti) &&
    isCount(gen) &&
    isCount(iat) &&
    isCount(exp) &&
    (origin === undefined || typeof origin === 'string') &&
    // The release before wrote a number there: a version that equals none, and so an older one.
    (pv === undefined || typeof pv === 'string' || isCount(pv)) &&
    nbf === undefined &&
    iat <= nowSeconds + MAX_SKEW_SECONDS &&
    exp > nowSeconds;
  if (!sane) return undefined;
  return { sub, iat, exp, jti, type, aud, iss, session_id, gen, ...(origin === undefined ? {} : { origin }), ...(typeof pv === 'string' ? { pv } : {}) };
}

function isType(value: unknown): value is TokenType {
  return TYPES.has(value);
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

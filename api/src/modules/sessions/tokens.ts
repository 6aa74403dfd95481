import { createHash, createSecretKey, randomUUID, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { accessClaims, AUDIENCE, ISSUER, readClaims, sessionClaims, type BaseClaims, type TokenType } from './claims.js';
import type { TokenSet, TokenSubject } from './sessions.types.js';

export type TokenLifetimes = Readonly<{ accessSeconds: number; sessionSeconds: number }>;

export type Tokens = {
  /** The three tokens of a session in its present generation. The refresh token depends on the session's row alone: asked again, it is the same bytes. */
  issue(subject: TokenSubject): TokenSet;
  /** The claims of a token that is ours and has not expired, else undefined: never why. */
  verify(token: string): BaseClaims | undefined;
};

type Key = { kid: string; key: KeyObject };

/** Longer than any token we make; what is longer is not even looked at. */
const MAX_TOKEN_LENGTH = 8 * 1024;
const ALGORITHM = 'HS256';
const BASE64URL_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Makes and checks tokens (RFC 7519, 8725). The first secret signs, all of
 * them verify. Keys are KeyObjects: with a string jsonwebtoken spends forty
 * times as long.
 */
export function createTokens(secrets: readonly string[], lifetimes: TokenLifetimes, now: () => number = Date.now): Tokens {
  const keys = secrets.map(readKey);
  const byId = new Map(keys.map((key) => [key.kid, key]));
  const signing = keys[0];
  if (!signing) throw new Error('createTokens needs at least one secret');

  const sign = (claims: object): string => jwt.sign(claims, signing.key, { algorithm: ALGORITHM, header: { alg: ALGORITHM, typ: 'JWT', kid: signing.kid } });

  return {
    issue(subject) {
      const { session } = subject;
      const issuedAt = Math.floor(now() / 1000);
      // No token outlives its session, which counts from sign-in (B-15).
      const end = seconds(session.expires_at);
      const base = (type: TokenType, iat: number, exp: number, jti: string): BaseClaims => ({
        sub: session.user_id, iat, exp: Math.min(exp, end), jti, type, aud: AUDIENCE, iss: ISSUER, session_id: session.session_id, gen: session.generation,
        ...(session.origin ? { origin: session.origin } : {}),
      });
      return {
        access_token: sign({ ...base('access', issuedAt, issuedAt + lifetimes.accessSeconds, randomUUID()), ...accessClaims(subject) }),
        refresh_token: sign(base('refresh', seconds(session.rotated_at), end, refreshId(subject))),
        session_token: sign({ ...base('session', issuedAt, issuedAt + lifetimes.sessionSeconds, randomUUID()), ...sessionClaims(subject) }),
        session_id: session.session_id,
        token_type: 'bearer',
      };
    },

    verify(token) {
      if (token.length > MAX_TOKEN_LENGTH || !isCanonical(token)) return undefined;
      const key = byId.get(readKeyId(token) ?? '');
      if (!key) return undefined;
      const payload = attempt(() => jwt.verify(token, key.key, { algorithms: [ALGORITHM], clockTimestamp: now() / 1000 }));
      return readClaims(payload, now() / 1000);
    },
  };
}

/** The UTF-8 bytes of the secret as they are (API.md §3). The id tells keys apart and says nothing of them. */
function readKey(secret: string): Key {
  const kid = createHash('sha256').update(`kid\n${secret}`).digest('hex').slice(0, 16);
  return { kid, key: createSecretKey(secret, 'utf8') };
}

/** One token is one byte string: base64url that decodes and encodes to itself, without padding or spare bits. */
function isCanonical(token: string): boolean {
  return BASE64URL_PARTS.test(token) && token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}

/** The key a token names, if its header is exactly of the kind we write: no other algorithm, no `crit`, `jku`, `jwk` to be talked into (A-01 … A-04). */
function readKeyId(token: string): string | undefined {
  const header = attempt<unknown>(() => JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('utf8')));
  if (typeof header !== 'object' || header === null) return undefined;
  const { alg, typ, kid, ...others } = header as Record<string, unknown>;
  return alg === ALGORITHM && typ === 'JWT' && typeof kid === 'string' && Object.keys(others).length === 0 ? kid : undefined;
}

/** A refresh token's id, from what makes it what it is, in the form of a UUID (RFC 9562 §5.8). */
function refreshId({ session }: TokenSubject): string {
  const digest = createHash('sha256').update(`refresh\n${session.session_id}\n${session.generation}\n${session.rotated_at.getTime()}`).digest('hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

/** A token that cannot be read is a token that is refused: the library's reasons go nowhere. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

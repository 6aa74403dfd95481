import { createHash, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { AUDIENCE, ISSUER, readClaims, type BaseClaims, type TokenType } from './claims.js';
import { hasLowS, toLowS } from './low-s.js';
import { accessClaims, sessionClaims, type Bearer } from './session-claims.js';
import { createTokenKeys, type TokenKey, type TokenKeySources } from './token-keys.js';
import { readKeyId } from './token-text.js';
import type { TokenSet, TokenSubject } from './sessions.types.js';

export type TokenLifetimes = Readonly<{ accessSeconds: number; sessionSeconds: number }>;

export type Tokens = {
  /** The three tokens of a session in its present generation. The refresh token depends on the session's row alone: asked again, it is the same bytes. */
  issue(subject: TokenSubject): TokenSet;
  /** A session token with the present profile and permissions in place of the presented one: same session, same generation, same end, for a renewal never lengthens life. */
  renew(claims: BaseClaims, bearer: Bearer): string;
  /** The claims of a token that is ours and has not expired, else undefined: never why. */
  verify(token: string): BaseClaims | undefined;
};

/** What every proxy lets a header have beside others. Characters. */
const MAX_SESSION_TOKEN_LENGTH = 4_095;

/**
 * Makes and checks tokens (RFC 7519, 8725). Keys are KeyObjects: with a string
 * jsonwebtoken spends forty times as long.
 */
export function createTokens(sources: TokenKeySources, lifetimes: TokenLifetimes, now: () => number = Date.now): Tokens {
  const keys = createTokenKeys(sources);

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
        session_token: signSession(base('session', issuedAt, issuedAt + lifetimes.sessionSeconds, randomUUID()), subject),
        session_id: session.session_id,
        token_type: 'bearer',
      };
    },

    renew: (claims, bearer) => signSession({ ...claims, type: 'session', iat: Math.floor(now() / 1000), jti: randomUUID() }, bearer),

    verify(token) {
      const kid = readKeyId(token);
      const key = kid === undefined ? undefined : keys.find(kid);
      if (!key || (key.algorithm === 'ES256' && !hasLowS(token))) return undefined;
      const claims = readClaims(payloadOf(token, key, now()), now() / 1000);
      return claims && key.types.has(claims.type) ? claims : undefined;
    },
  };

  function sign(claims: BaseClaims): string {
    const { kid, algorithm, signingKey } = keys.signing(claims.type);
    const token = jwt.sign(claims, signingKey, { algorithm, header: { alg: algorithm, typ: 'JWT', kid } });
    return algorithm === 'ES256' ? toLowS(token) : token;
  }

  function signSession(base: BaseClaims, bearer: Bearer): string {
    const { kid, algorithm, signatureLength } = keys.signing('session');
    const header = Buffer.from(JSON.stringify({ alg: algorithm, typ: 'JWT', kid })).toString('base64url');
    const room = MAX_SESSION_TOKEN_LENGTH - `${header}..`.length - signatureLength;
    const maxPayloadBytes = Math.floor((room * 3) / 4);
    return sign({ ...base, ...sessionClaims(bearer, (claims) => Buffer.byteLength(JSON.stringify({ ...base, ...claims })) <= maxPayloadBytes) });
  }
}

/** The payload under a good signature of that key, made with that key's algorithm and no other. The library's reasons go nowhere. */
function payloadOf(token: string, { verifyingKey, algorithm }: TokenKey, nowMs: number): unknown {
  try {
    return jwt.verify(token, verifyingKey, { algorithms: [algorithm], clockTimestamp: nowMs / 1000 });
  } catch {
    return undefined;
  }
}

/** A refresh token's id, from what makes it what it is, in the form of a UUID (RFC 9562 §5.8). */
function refreshId({ session }: TokenSubject): string {
  const digest = createHash('sha256').update(`refresh\n${session.session_id}\n${session.generation}\n${session.rotated_at.getTime()}`).digest('hex');
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

import type { Queryable } from '../../infra/postgres.js';
import type { Logger } from '../../infra/logger.js';
import type { Authenticate } from '../../http/credentials.js';
import { toLanguage } from '../../i18n/language.js';
import { unauthorized } from '../../http/credentials.js';
import { ApiError, httpErrors } from '../../http/errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { createBoundedMap } from '../../shared/bounded-map.js';
import type { Principal } from '../../shared/principal.js';
import type { BaseClaims } from './claims.js';
import { sameOrigin } from './origin-binding.js';
import type { SessionsRepo } from './sessions.repo.js';
import type { SessionState } from './sessions.types.js';
import type { SessionStates } from './session-states.js';
import type { Tokens } from './tokens.js';

export type AuthenticatorParts = {
  db: Queryable;
  repo: SessionsRepo;
  states: SessionStates;
  tokens: Tokens;
  logger: Logger;
  /** Off: the `origin` claim is not compared. */
  originBinding: boolean;
  /** Outside production all local addresses are one origin (REFERENCE §4.5). */
  localOrigins: boolean;
  now?: () => number;
};

type Verified = { claims: BaseClaims; state?: SessionState; principal?: Principal };

/** At 1.5 KB a token, some thirty megabytes at the most. */
const REMEMBERED_TOKENS = 20_000;

/**
 * Finds out who a token speaks for. A token's signature is checked once per
 * process and the token remembered by its exact bytes; its expiry, its
 * session's state and its origin are checked at every use.
 */
export function createAuthenticator(parts: AuthenticatorParts): Authenticate {
  const { now = Date.now } = parts;
  const verified = createBoundedMap<string, Verified>(REMEMBERED_TOKENS);

  return function authenticate(token, origin) {
    const known = verified.get(token) ?? verify(token);
    const { claims } = known;
    if (claims.exp * 1000 <= now()) throw unauthorized();
    if (parts.originBinding && origin !== undefined && claims.origin !== undefined && !sameOrigin(claims.origin, origin, parts.localOrigins)) {
      throw new ApiError(httpErrors.TOKEN_DOMAIN_MISMATCH, { details: { token_origin: claims.origin, request_origin: origin } });
    }
    const state = parts.states.of(claims.sub, claims.session_id);
    return state instanceof Promise ? state.then((found) => decide(known, found)) : decide(known, state);
  };

  function verify(token: string): Verified {
    const claims = parts.tokens.verify(token);
    if (!claims) throw unauthorized();
    if (claims.type === 'refresh') throw new ApiError(authErrors.AUTH_INVALID_TOKEN_TYPE, { params: { type: claims.type } });
    const entry = { claims };
    verified.set(token, entry);
    return entry;
  }

  function decide(known: Verified, state: SessionState | undefined): Principal {
    if (!state || state.revoked || !state.usable || state.expiresAt.getTime() <= now()) throw new ApiError(authErrors.SESSION_INVALID);
    if (state.userId !== known.claims.sub) throw unauthorized();
    if (state.confirmedGeneration < known.claims.gen) confirm(known.claims, state);
    if (known.state !== state || !known.principal) {
      known.state = state;
      known.principal = principal(known.claims, state);
    }
    return known.principal;
  }

  /** The first token of a new generation that comes back proves that the client has it. Not waited for; a failure is mended by the next use. */
  function confirm(claims: BaseClaims, state: SessionState): void {
    const before = state.confirmedGeneration;
    state.confirmedGeneration = claims.gen;
    parts.repo.confirm(parts.db, claims.session_id, claims.gen).catch((error: unknown) => {
      state.confirmedGeneration = before;
      parts.logger.warn('A session generation could not be confirmed', { session_id: claims.session_id, error });
    });
  }
}

function principal(claims: BaseClaims, state: SessionState): Principal {
  return Object.freeze({
    userId: state.userId,
    sessionId: claims.session_id,
    tokenType: claims.type as Principal['tokenType'],
    generation: claims.gen,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    language: toLanguage(state.language),
    groups: new Set(state.groups),
    permissions: new Set(state.permissions),
  });
}

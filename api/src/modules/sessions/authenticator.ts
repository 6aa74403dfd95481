import type { Queryable } from '../../infra/postgres.js';
import type { Logger } from '../../infra/logger.js';
import type { Authenticate } from '../../http/credentials.js';
import { toLanguage } from '../../i18n/language.js';
import { unauthorized } from '../../http/credentials.js';
import { ApiError, httpErrors } from '../../http/errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { createBoundedMap } from '../../shared/bounded-map.js';
import type { Principal } from '../../shared/principal.js';
import { claimsVersion, type BaseClaims } from './claims.js';
import { idleLimitSeconds } from './idle.js';
import { sameOrigin } from './origin-binding.js';
import type { SessionStatesRepo } from './session-states.repo.js';
import type { SessionState, SessionStates } from './session-states.js';
import type { SessionUses } from './session-uses.js';
import type { Tokens } from './tokens.js';

export type AuthenticatorParts = {
  db: Queryable;
  repo: SessionStatesRepo;
  states: SessionStates;
  uses: SessionUses;
  tokens: Tokens;
  logger: Logger;
  /** Off: the `origin` claim is not compared. */
  originBinding: boolean;
  /** Outside production all local addresses are one origin (REFERENCE §4.5). */
  localOrigins: boolean;
  /** Zero: a session may rest until it ends. */
  idleSeconds: number;
  now?: () => number;
};

/** A token whose signature and claims were found good, and what was decided about it last. */
type Verified = {
  token: string;
  claims: BaseClaims;
  state?: SessionState;
  principal?: Principal;
  /** The token to send back, made for this version of the claims. */
  renewed?: { version: string; token: string };
};

/** At 1.5 KB a token, some thirty megabytes at the most. */
const REMEMBERED_TOKENS = 20_000;
/** Characters: the whole signature of HS256. */
const KEY_LENGTH = 43;

/**
 * Finds out who a token speaks for. A token's signature is checked once per
 * process and the token remembered by its exact bytes; its expiry, its
 * session's state and its origin are checked at every use.
 */
export function createAuthenticator(parts: AuthenticatorParts): Authenticate {
  const { states, now = Date.now } = parts;
  const idleLimit = idleLimitSeconds(parts.idleSeconds);
  const idleLimitMs = idleLimit === null ? Infinity : idleLimit * 1_000;
  const verified = createBoundedMap<string, Verified>(REMEMBERED_TOKENS);

  return function authenticate(token, origin) {
    const remembered = verified.get(lookUpKey(token));
    const known = remembered?.token === token ? remembered : verify(token);
    const { claims } = known;
    if (claims.exp * 1000 <= now()) throw unauthorized();
    if (parts.originBinding && origin !== undefined && claims.origin !== undefined && !sameOrigin(claims.origin, origin, parts.localOrigins)) {
      throw new ApiError(httpErrors.TOKEN_DOMAIN_MISMATCH, { details: { token_origin: claims.origin, request_origin: origin } });
    }
    const state = states.of(claims.sub, claims.session_id);
    return state instanceof Promise ? state.then((found) => decide(known, found)) : decide(known, state);
  };

  function verify(token: string): Verified {
    const claims = parts.tokens.verify(token);
    if (!claims) throw unauthorized();
    if (claims.type === 'refresh') throw new ApiError(authErrors.AUTH_INVALID_TOKEN_TYPE, { params: { type: claims.type } });
    const entry = { token, claims };
    verified.set(lookUpKey(token), entry);
    return entry;
  }

  function decide(known: Verified, state: SessionState | undefined): Principal | Promise<Principal> {
    const { claims } = known;
    if (!state || state.revoked || !state.usable || state.expiresAtMs <= now()) throw new ApiError(authErrors.SESSION_INVALID);
    if (state.userId !== claims.sub) throw unauthorized();
    const at = performance.now();
    if (at - state.usedAt > idleLimitMs) return decideIdle(known);
    parts.uses.use(claims.session_id, state, at);
    return known.state === state && known.principal ? known.principal : admit(known, state);
  }

  /** Another worker may have seen the session since: the record knows (B-15). */
  async function decideIdle(known: Verified): Promise<Principal> {
    const { sub, session_id: sessionId } = known.claims;
    const state = await states.read(sub, sessionId);
    if (state && performance.now() - state.usedAt > idleLimitMs) throw new ApiError(authErrors.SESSION_INVALID);
    return decide(known, state);
  }

  /** What happens at the first use of a token, and again when the record has changed. */
  function admit(known: Verified, state: SessionState): Principal | Promise<Principal> {
    const { claims } = known;
    const isConfirmed = state.confirmedGeneration >= claims.gen;
    const isStale = claims.type === 'session' && claims.pv !== state.claimsVersion;
    const renewed = isStale && known.renewed?.version === state.claimsVersion ? known.renewed.token : undefined;
    if (isConfirmed && (!isStale || renewed !== undefined)) return remember(known, state, renewed);
    return admitSlowly(known, state, { isConfirmed, isStale });
  }

  async function admitSlowly(known: Verified, state: SessionState, { isConfirmed, isStale }: { isConfirmed: boolean; isStale: boolean }): Promise<Principal> {
    if (!isConfirmed) await confirm(known.claims, state);
    return remember(known, state, isStale ? await renew(known) : undefined);
  }

  /**
   * The first token of a new generation that comes back proves that the client has it. It is recorded before the answer,
   * so that whoever uses the superseded refresh token after that answer is cut off (B-10).
   */
  async function confirm(claims: BaseClaims, state: SessionState): Promise<void> {
    await parts.repo.confirm(parts.db, claims.session_id, claims.gen);
    state.confirmedGeneration = Math.max(state.confirmedGeneration, claims.gen);
  }

  /** A session token that says what the record says now, for the client to go on with (B-17). Without one it is decided just as well. */
  async function renew(known: Verified): Promise<string | undefined> {
    try {
      const subject = await parts.repo.findSubject(parts.db, known.claims.session_id);
      if (!subject) return undefined;
      const token = parts.tokens.renew(known.claims, subject);
      // The record may have moved on since the state was read, and may move back: what the token says counts.
      known.renewed = { version: claimsVersion(subject.user.version, subject.authority), token };
      return token;
    } catch (error) {
      parts.logger.warn('A session token with old claims could not be renewed; the next request tries again', { session_id: known.claims.session_id, error });
      return undefined;
    }
  }

  function remember(known: Verified, state: SessionState, renewedToken: string | undefined): Principal {
    const made = principal(known.claims, state, renewedToken);
    // A renewal that failed is tried again.
    if (known.claims.type === 'session' && known.claims.pv !== state.claimsVersion && renewedToken === undefined) return made;
    known.state = state;
    known.principal = made;
    return made;
  }
}

/** The end of a signature: as good a key as the whole token, and a map does not hash a kilobyte for it. What is found is compared byte for byte. */
function lookUpKey(token: string): string {
  return token.slice(-KEY_LENGTH);
}

function principal(claims: BaseClaims, state: SessionState, renewedToken: string | undefined): Principal {
  return Object.freeze({
    userId: state.userId,
    sessionId: claims.session_id,
    tokenType: claims.type as Principal['tokenType'],
    generation: claims.gen,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    language: toLanguage(state.language),
    groups: state.rights.groups,
    permissions: state.rights.permissions,
    renewedToken,
  });
}

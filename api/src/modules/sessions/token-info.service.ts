import type { Queryable } from '../../infra/postgres.js';
import type { Principal } from '../../shared/principal.js';
import type { BaseClaims } from './claims.js';
import type { LiveSession, SessionListRepo } from './session-list.repo.js';
import { describeTokens, type PresentedLife, type TokenInfoFacts, type TokenLife, type TokenLifetimes } from './token-info.js';
import type { Tokens } from './tokens.js';

/** Tokens a caller asks about, as he sent them. */
export type GivenTokens = { access_token?: string | null; session_token?: string | null; refresh_token?: string | null };

export type TokenInfoParts = {
  db: Queryable;
  repo: Pick<SessionListRepo, 'findLive'>;
  tokens: Pick<Tokens, 'verify'>;
  lifetimes: TokenLifetimes;
  idleLimit: number | null;
  now?: () => number;
};

export type TokenInfo = ReturnType<typeof createTokenInfo>;

const KINDS = ['access', 'session', 'refresh'] as const;

/** Tells a caller how old his tokens are and how long they live. Nothing is read from a token that was not verified (API.md §4.1). */
export function createTokenInfo({ db, repo, tokens, lifetimes, idleLimit, now = Date.now }: TokenInfoParts) {
  return {
    /** A token that is not ours, has ended, or is not the caller's is left out, as if it had not been sent. */
    async of(principal: Principal, given: GivenTokens): Promise<ReturnType<typeof describeTokens>> {
      const verified = KINDS.flatMap((kind) => verify(given, kind) ?? []).filter(({ sub }) => sub === principal.userId);
      const ids = [principal.sessionId, ...verified.map(({ session_id }) => session_id)];
      const live = new Map((await repo.findLive(db, principal.userId, ids, idleLimit)).map((session) => [session.session_id, session]));
      const sent = verified.filter((claims) => isGood(claims, live.get(claims.session_id))).map(lifeOf);
      const current = lifeOfPrincipal(principal);
      const companion = principal.companion ? [lifeOfPrincipal(principal.companion)] : [];
      const facts: TokenInfoFacts = {
        now: now() / 1000,
        current,
        others: [...companion, ...sent],
        before: sent.find(({ type }) => type === current.type) ?? sent[0],
        sessionEndsAt: (live.get(principal.sessionId)?.expires_at.getTime() ?? now()) / 1000,
        lifetimes,
      };
      return describeTokens(facts);
    },
  };

  function verify(given: GivenTokens, kind: (typeof KINDS)[number]): BaseClaims | undefined {
    const token = given[`${kind}_token`];
    const claims = token ? tokens.verify(token) : undefined;
    return claims?.type === kind ? claims : undefined;
  }
}

/** A superseded refresh token is no good any more, whatever its expiry says. */
function isGood({ type, gen }: BaseClaims, session: LiveSession | undefined): boolean {
  return session !== undefined && (type !== 'refresh' || gen === session.generation);
}

function lifeOf({ type, iat, exp }: BaseClaims): TokenLife {
  return { type, issuedAt: iat, expiresAt: exp };
}

function lifeOfPrincipal({ tokenType, issuedAt, expiresAt }: Principal): PresentedLife {
  return { type: tokenType, issuedAt, expiresAt };
}

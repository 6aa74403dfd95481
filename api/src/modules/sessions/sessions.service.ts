import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { ReadUserAgent } from '../../shared/user-agent.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BaseClaims } from './claims.js';
import { originToBind } from './origin-binding.js';
import { ROTATE_ENTRY_PARAMETER, type ClientOfSession, type SessionsRepo } from './sessions.repo.js';
import type { TokenSet } from './sessions.types.js';
import type { Tokens } from './tokens.js';

export type SessionsServiceParts = {
  db: Database;
  repo: SessionsRepo;
  tokens: Tokens;
  activity: ActivityService;
  changes: Changes;
  readUserAgent: ReadUserAgent;
  options: Readonly<{ refreshSeconds: number; refreshRaceSeconds: number }>;
};

/** The column's; a trusted proxy may hand on as an address what is none. */
const MAX_IP_LENGTH = 45;

export type SessionsService = ReturnType<typeof createSessionsService>;

/** Sessions from sign-in to their end (DESIGN §3; RFC 9700 §4.14.2). */
export function createSessionsService({ db, repo, tokens, activity, changes, readUserAgent, options }: SessionsServiceParts) {
  return {
    /** Opens a session in the caller's transaction: one device, one sign-in. */
    async open(tx: Queryable, user: UserRow, origin: RequestOrigin): Promise<TokenSet> {
      const { groups, permissions, ...session } = await repo.insert(tx, user.user_id, options.refreshSeconds, client(origin));
      return tokens.issue({ session, user, authority: { groups, permissions } });
    },

    /**
     * Exchanges a refresh token for three new tokens.
     * @throws ApiError AUTH_INVALID_REFRESH_TOKEN, or AUTH_REFRESH_REUSED when a superseded token comes back: then the session is over
     */
    async refresh(token: string, origin: RequestOrigin): Promise<TokenSet> {
      const claims = tokens.verify(token);
      if (claims?.type !== 'refresh') throw new ApiError(authErrors.AUTH_INVALID_REFRESH_TOKEN);
      const entry = activity.clause(origin, { action: 'session_refreshed', sessionId: claims.session_id, status: 200, metadata: { generation: claims.gen + 1 } }, 'rotated', ROTATE_ENTRY_PARAMETER);
      const rotated = await repo.rotate(db, claims.session_id, claims.gen, client(origin), entry);
      if (rotated) return tokens.issue(rotated);
      const successor = await repo.findSuccessor(db, claims.session_id, claims.gen, options.refreshRaceSeconds);
      if (successor) return tokens.issue(successor);
      if (await endReused(claims, origin)) throw new ApiError(authErrors.AUTH_REFRESH_REUSED);
      throw new ApiError(authErrors.AUTH_INVALID_REFRESH_TOKEN);
    },

    /** Ends every session of the caller. The tokens are refused from the moment this returns. */
    async endAll(principal: Principal, origin: RequestOrigin): Promise<void> {
      try {
        await db.transaction(async (tx) => {
          const ids = await repo.revokeAll(tx, principal.userId, 'signed_out');
          await activity.record(tx, origin, { action: 'signed_out', userId: principal.userId, status: 200, metadata: { scope: 'all', sessions: ids.length } });
        });
      } finally {
        // Also after a failure: when the answer to the COMMIT was lost, the sessions have ended, and a second call finds none to end.
        await changes.settled();
      }
    },
  };

  /** A superseded token that comes back has been stolen, or its successor has: nobody can tell which, so the session ends (B-10). */
  async function endReused({ session_id: sessionId, gen: generation }: BaseClaims, origin: RequestOrigin): Promise<boolean> {
    try {
      return await db.transaction(async (tx) => {
        const owner = await repo.revokeReused(tx, sessionId, generation, options.refreshRaceSeconds);
        if (owner) await activity.record(tx, origin, { action: 'refresh_reused', userId: owner, sessionId, status: 401, metadata: { generation } });
        return owner !== undefined;
      });
    } finally {
      // Whatever the outcome, as above.
      await changes.settled();
    }
  }

  function client(origin: RequestOrigin): ClientOfSession {
    return { ...readUserAgent(origin.userAgent), ip: origin.ip?.slice(0, MAX_IP_LENGTH) ?? null, userAgent: origin.userAgent ?? null, origin: originToBind(origin.origin) ?? null };
  }
}

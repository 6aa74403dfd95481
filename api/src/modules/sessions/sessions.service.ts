import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ReadUserAgent } from '../../shared/user-agent.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BaseClaims } from './claims.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import { originToBind } from './origin-binding.js';
import type { SessionCleanUp } from './session-clean-up.js';
import type { SessionEndsRepo } from './session-ends.repo.js';
import type { SessionNotices } from './session-notices.js';
import { ROTATE_ENTRY_PARAMETER, type ClientOfSession, type SessionsRepo } from './sessions.repo.js';
import type { TokenSet } from './sessions.types.js';
import type { Tokens } from './tokens.js';

export type SessionsServiceParts = {
  db: Database;
  repo: SessionsRepo;
  ends: Pick<SessionEndsRepo, 'endOldest'>;
  tokens: Tokens;
  activity: ActivityService;
  notices: SessionNotices;
  cleanUp: SessionCleanUp;
  changes: Pick<Changes, 'settled'>;
  readUserAgent: ReadUserAgent;
  options: Readonly<{ refreshSeconds: number; refreshRaceSeconds: number; maxActive: number; idleLimit: number | null }>;
};

/** A session that was opened. `endedOthers`: the user had as many as he may have; the answer waits for `changes.settled()` then. */
export type OpenedSession = { tokens: TokenSet; endedOthers: boolean };

/** The column's; a trusted proxy may hand on as an address what is none. */
const MAX_IP_LENGTH = 45;

export type SessionsService = ReturnType<typeof createSessionsService>;

/** Sessions as sign-in and refresh make them (DESIGN §3; RFC 9700 §4.14.2). */
export function createSessionsService({ db, repo, ends, tokens, activity, notices, cleanUp, changes, readUserAgent, options }: SessionsServiceParts) {
  const { refreshRaceSeconds, idleLimit } = options;

  return {
    /** Opens a session in the caller's transaction: one device, one sign-in. The caller has the user's row locked, so that simultaneous sign-ins stand in line. */
    async open(tx: Queryable, user: UserRow, origin: RequestOrigin): Promise<OpenedSession> {
      const device = client(origin);
      const { groups, permissions, isNewDevice, isCleanUpDue, ...session } = await repo.insert(tx, user.user_id, options.refreshSeconds, device);
      const ended = options.maxActive > 0 ? await endOldest(tx, user.user_id, session.session_id, origin) : 0;
      if (isNewDevice) await notices.newDevice(tx, user, device);
      if (isCleanUpDue) await cleanUp.ask(tx);
      return { tokens: tokens.issue({ session, user, authority: { groups, permissions } }), endedOthers: ended > 0 };
    },

    /**
     * Exchanges a refresh token for three new tokens.
     * @throws ApiError AUTH_INVALID_REFRESH_TOKEN, or AUTH_REFRESH_REUSED when a superseded token comes back: then the session is over
     */
    async refresh(token: string, origin: RequestOrigin): Promise<TokenSet> {
      const claims = tokens.verify(token);
      if (claims?.type !== 'refresh') throw new ApiError(authErrors.AUTH_INVALID_REFRESH_TOKEN);
      const { session_id: sessionId, gen: generation } = claims;
      const entry = activity.clause(origin, { action: 'session_refreshed', sessionId, status: 200, metadata: { generation: generation + 1 } }, 'rotated', ROTATE_ENTRY_PARAMETER);
      const rotated = await repo.rotate(db, sessionId, generation, client(origin), idleLimit, entry);
      if (rotated) return tokens.issue(rotated);
      const successor = await repo.findSuccessor(db, sessionId, generation, refreshRaceSeconds, idleLimit);
      if (successor) return tokens.issue(successor);
      throw new ApiError((await endReused(claims, origin)) ? authErrors.AUTH_REFRESH_REUSED : authErrors.AUTH_INVALID_REFRESH_TOKEN);
    },
  };

  /** A superseded token that comes back has been stolen, or its successor has: nobody can tell which, so the session ends (B-10), and its owner is told once. */
  function endReused({ session_id: sessionId, gen: generation }: BaseClaims, origin: RequestOrigin): Promise<boolean> {
    return endingTransaction(db, changes, async (tx) => {
      const stolen = await repo.revokeReused(tx, sessionId, generation, refreshRaceSeconds, idleLimit);
      if (!stolen) return false;
      await activity.record(tx, origin, { action: 'refresh_reused', userId: stolen.user_id, sessionId, status: 401, metadata: { generation } });
      await notices.stolen(tx, stolen, stolen, client(origin));
      return true;
    });
  }

  /** Ends what is beyond the number of sessions a user may have, each with an entry of its own. @returns how many */
  async function endOldest(tx: Queryable, userId: string, sessionId: string, origin: RequestOrigin): Promise<number> {
    const ended = await ends.endOldest(tx, userId, sessionId, options.maxActive, idleLimit);
    for (const id of ended) await activity.record(tx, origin, { action: 'session_ended', userId, sessionId, status: 200, metadata: { session_id: id, reason: 'max_active' } });
    return ended.length;
  }

  function client(origin: RequestOrigin): ClientOfSession {
    return {
      ...readUserAgent(origin.userAgent),
      ip: origin.ip?.slice(0, MAX_IP_LENGTH) ?? null,
      userAgent: origin.userAgent ?? null,
      origin: originToBind(origin.origin) ?? null,
      country: origin.country ?? null,
    };
  }
}

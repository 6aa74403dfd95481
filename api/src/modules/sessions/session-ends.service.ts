import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import { SUPER_ADMIN, type Principal, type RequestOrigin } from '../../shared/principal.js';
import { assertRanksUser } from '../../shared/rank.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from '../permissions/administer.js';
import type { RankRepo } from '../permissions/rank.repo.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import type { SessionEndsRepo } from './session-ends.repo.js';

/** Which sessions a sign-out ends: every one of the user's, the caller's own, or all but that. */
export type SignOutScope = 'all' | 'this' | 'others';

export type SessionEndsParts = {
  db: Database;
  repo: SessionEndsRepo;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
  administer: Administer;
  ranks: Pick<RankRepo, 'find'>;
  idleLimit: number | null;
};

export type SessionEnds = ReturnType<typeof createSessionEnds>;

/** The ends of sessions that somebody asks for. When a call returns, every worker refuses their tokens (B-01, ASVS 7.4.1). */
export function createSessionEnds({ db, repo, activity, changes, administer, ranks, idleLimit }: SessionEndsParts) {
  return {
    /** Ends sessions of the caller. Asked again, or by many at once, it ends what is left and leaves one entry for what it ended (H-02). */
    async signOut(principal: Principal, scope: SignOutScope, origin: RequestOrigin): Promise<void> {
      await endingTransaction(db, changes, async (tx) => {
        const sessions = await endScope(tx, principal, scope);
        if (sessions > 0) await activity.record(tx, origin, { action: 'signed_out', userId: principal.userId, status: 200, metadata: { scope, sessions } });
      });
    },

    /**
     * Ends one session: the caller's own, or with the permission `edit_user` that of anybody whom the caller ranks (D-11).
     * @throws ApiError SESSION_NOT_FOUND: the same for one that never was, has ended, or is somebody else's (D-02);
     *   GROUP_DENIED, PERMISSION_DENIED to whoever may edit users, above his rank
     */
    async endOne(principal: Principal, sessionId: string, origin: RequestOrigin): Promise<void> {
      const isOwn = await endingTransaction(db, changes, (tx) => endOneOf(tx, principal, principal.userId, sessionId, origin));
      if (isOwn) return;
      const mayEndOthers = principal.permissions.has('edit_user') || principal.groups.has(SUPER_ADMIN);
      if (!mayEndOthers || !(await endOthers(principal, sessionId, origin))) throw new ApiError(authErrors.SESSION_NOT_FOUND);
    },
  };

  function endOthers(principal: Principal, sessionId: string, origin: RequestOrigin): Promise<boolean> {
    return administer(principal, 'edit_user', async (tx, caller) => {
      const ownerId = await repo.findOwner(tx, sessionId, idleLimit);
      const owner = ownerId === undefined ? undefined : await ranks.find(tx, ownerId);
      if (!owner) return false;
      assertRanksUser(caller, owner);
      return endOneOf(tx, principal, owner.userId, sessionId, origin);
    });
  }

  async function endOneOf(tx: Queryable, { userId }: Principal, ownerId: string, sessionId: string, origin: RequestOrigin): Promise<boolean> {
    if (!(await repo.endOne(tx, sessionId, ownerId, idleLimit, 'ended'))) return false;
    const targetUserId = ownerId === userId ? undefined : ownerId;
    await activity.record(tx, origin, { action: 'session_ended', userId, targetUserId, status: 200, metadata: { session_id: sessionId, reason: 'ended' } });
    return true;
  }

  function endScope(tx: Queryable, { userId, sessionId }: Principal, scope: SignOutScope): Promise<number> {
    const reason = 'signed_out';
    if (scope === 'all') return repo.endAll(tx, userId, reason);
    if (scope === 'others') return repo.endOthers(tx, userId, sessionId, reason);
    return repo.endOne(tx, sessionId, userId, null, reason).then(Number);
  }
}

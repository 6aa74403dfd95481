import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import { SUPER_ADMIN, type Principal, type RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import type { SessionEndsRepo } from './session-ends.repo.js';

/** Which sessions a sign-out ends: every one of the user's, the caller's own, or all but that. */
export type SignOutScope = 'all' | 'this' | 'others';

export type SessionEndsParts = {
  db: Database;
  repo: SessionEndsRepo;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
  idleLimit: number | null;
};

export type SessionEnds = ReturnType<typeof createSessionEnds>;

/** The ends of sessions that somebody asks for. When a call returns, every worker refuses their tokens (B-01, ASVS 7.4.1). */
export function createSessionEnds({ db, repo, activity, changes, idleLimit }: SessionEndsParts) {
  return {
    /** Ends sessions of the caller. Asked again, or by many at once, it ends what is left and leaves one entry for what it ended (H-02). */
    async signOut(principal: Principal, scope: SignOutScope, origin: RequestOrigin): Promise<void> {
      await endingTransaction(db, changes, async (tx) => {
        const sessions = await endScope(tx, principal, scope);
        if (sessions > 0) await activity.record(tx, origin, { action: 'signed_out', userId: principal.userId, status: 200, metadata: { scope, sessions } });
      });
    },

    /**
     * Ends one session: the caller's own, or anybody's with the permission `edit_user`.
     * @throws ApiError SESSION_NOT_FOUND: the same for one that never was, has ended, or is somebody else's (D-02)
     */
    async endOne(principal: Principal, sessionId: string, origin: RequestOrigin): Promise<void> {
      const mayEndAny = principal.permissions.has('edit_user') || principal.groups.has(SUPER_ADMIN);
      const owner = await endingTransaction(db, changes, async (tx) => {
        const found = await repo.endOne(tx, sessionId, mayEndAny ? null : principal.userId, idleLimit, 'ended');
        if (found === undefined) return undefined;
        const targetUserId = found === principal.userId ? undefined : found;
        await activity.record(tx, origin, { action: 'session_ended', userId: principal.userId, targetUserId, status: 200, metadata: { session_id: sessionId, reason: 'ended' } });
        return found;
      });
      if (owner === undefined) throw new ApiError(authErrors.SESSION_NOT_FOUND);
    },
  };

  function endScope(tx: Queryable, { userId, sessionId }: Principal, scope: SignOutScope): Promise<number> {
    const reason = 'signed_out';
    if (scope === 'all') return repo.endAll(tx, userId, reason);
    if (scope === 'others') return repo.endOthers(tx, userId, sessionId, reason);
    return repo.endOne(tx, sessionId, userId, null, reason).then((owner) => (owner === undefined ? 0 : 1));
  }
}

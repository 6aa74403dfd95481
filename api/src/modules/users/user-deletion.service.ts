import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { Erasures } from '../account/erasure.service.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { Administer } from '../permissions/administer.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { ForgetCodes } from './forget-codes.js';
import type { LockRankedUser } from './ranked-user.js';
import type { UserClosingRepo } from './user-closing.repo.js';
import { stateOf } from './user-state.js';

export type UserDeletionParts = {
  administer: Administer;
  lockRankedUser: LockRankedUser;
  repo: Pick<UserClosingRepo, 'delete' | 'takeDeletionOver'>;
  ends: Pick<SessionEndsRepo, 'endAll'>;
  forgetCodes: ForgetCodes;
  erasures: Pick<Erasures, 'schedule'>;
  activity: ActivityService;
  notices: AccountNotices;
  /** Days between deletion and erasure. */
  graceDays: number;
};

export type UserDeletion = ReturnType<typeof createUserDeletion>;

/** Deleting accounts of others. When a call returns, every worker refuses every token of them (B-07). */
export function createUserDeletion({ administer, lockRankedUser, repo, ends, forgetCodes, erasures, activity, notices, graceDays }: UserDeletionParts) {
  return {
    /**
     * Closes an account, so that no sign-in brings it back, and has it erased when the days of grace are over. One that its
     * owner has deleted keeps its day. Asked again, it changes nothing and leaves no second entry.
     * @returns when the account is erased
     * @throws ApiError what `lockRankedUser` throws
     */
    delete(principal: Pick<Principal, 'userId' | 'sessionId'>, userId: string, origin: RequestOrigin): Promise<Date> {
      return administer(principal, 'delete_user', async (tx, caller) => {
        const user = await lockRankedUser(tx, caller, userId);
        const decided = dateOf(user);
        if (decided && (user.closed_by_admin_at !== null || user.is_trashed)) return decided;
        const deleted = decided ? await repo.takeDeletionOver(tx, userId) : await repo.delete(tx, userId, graceDays);
        const eraseAfter = deleted.erase_after!;
        const sessions = await ends.endAll(tx, userId, 'deleted_by_administrator');
        await forgetCodes(tx, user);
        await erasures.schedule(tx, userId, eraseAfter);
        const metadata = { before: stateOf(user), after: stateOf(deleted), sessions };
        await activity.record(tx, origin, { action: 'user_deleted', userId: caller.userId, targetUserId: userId, status: 200, metadata });
        await notices.tell(tx, user, { kind: 'account_removed', until: eraseAfter }, origin);
        return eraseAfter;
      });
    },
  };
}

/** When an account that was deleted is erased; undefined for any other. */
function dateOf({ status, erase_after: eraseAfter }: UserRow): Date | undefined {
  return status?.toUpperCase() === 'DELETED' ? (eraseAfter ?? undefined) : undefined;
}

import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { mayUseAccount } from '../../shared/account-state.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { Caller } from '../../shared/rank.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { Administer } from '../permissions/administer.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { ForgetCodes } from './forget-codes.js';
import type { LockRankedUser } from './ranked-user.js';
import type { UserClosingRepo } from './user-closing.repo.js';
import { stateOf } from './user-state.js';

export type UserStatusParts = {
  administer: Administer;
  lockRankedUser: LockRankedUser;
  repo: Pick<UserClosingRepo, 'suspend' | 'activate'>;
  ends: Pick<SessionEndsRepo, 'endAll'>;
  forgetCodes: ForgetCodes;
  activity: ActivityService;
  notices: AccountNotices;
};

export type WantedStatus = 'ACTIVE' | 'SUSPENDED';

/** `reason`: for those who read the entry, and for nobody else. */
export type StatusChange = Readonly<{ userId: string; status: WantedStatus; reason?: string | null | undefined }>;

/** One change under way: who makes it, and of whom. */
type Change = StatusChange & { tx: Queryable; caller: Caller; user: UserRow; origin: RequestOrigin };

export type UserStatus = ReturnType<typeof createUserStatus>;

/** Suspending accounts and activating them. When a call returns, every worker obeys it (B-07, D-07). */
export function createUserStatus({ administer, lockRankedUser, repo, ends, forgetCodes, activity, notices }: UserStatusParts) {
  return {
    /**
     * Asked again, it changes nothing and leaves no second entry.
     * @returns the account as it is then
     * @throws ApiError USER_STATUS_CONFLICT when its state is not an administrator's to change; what `lockRankedUser` throws
     */
    set(principal: Pick<Principal, 'userId' | 'sessionId'>, change: StatusChange, origin: RequestOrigin): Promise<UserRow> {
      return administer(principal, 'edit_user', async (tx, caller) => {
        const user = await lockRankedUser(tx, caller, change.userId);
        if (user.is_trashed) throw conflict();
        const under = { ...change, tx, caller, user, origin };
        return change.status === 'SUSPENDED' ? suspend(under) : activate(under);
      });
    },
  };

  async function suspend(change: Change): Promise<UserRow> {
    const { tx, user } = change;
    const status = statusOf(user);
    if (status === 'DELETED') throw conflict();
    if (status === 'SUSPENDED') return user;
    const suspended = await repo.suspend(tx, user.user_id);
    const sessions = await ends.endAll(tx, user.user_id, 'suspended');
    // Whoever has asked for one must not come in with it when the suspension is over.
    await forgetCodes(tx, user);
    await record(change, 'user_suspended', suspended, { sessions });
    await notices.tell(tx, user, { kind: 'account_suspended' }, change.origin);
    return suspended;
  }

  async function activate(change: Change): Promise<UserRow> {
    const { tx, user } = change;
    if (mayUseAccount(user)) return user;
    if (isDecidedByOwner(user)) throw conflict();
    const activated = await repo.activate(tx, user.user_id);
    // Whatever was open before stays closed, whoever closed the account and however (B-03).
    const sessions = await ends.endAll(tx, user.user_id, 'account_closed');
    await record(change, 'user_reactivated', activated, { sessions });
    // What its owner had deleted is deleted again: nothing is active.
    if (statusOf(activated) !== 'DELETED') await notices.tell(tx, activated, { kind: 'account_unsuspended' }, change.origin);
    return activated;
  }

  function record({ tx, caller, user, reason, origin }: Change, action: 'user_suspended' | 'user_reactivated', after: UserRow, more: Record<string, unknown>): Promise<void> {
    // Not under the key `reason`, whose values are the server's own words and outlive an erasure.
    const metadata = { before: stateOf(user), after: stateOf(after), ...more, ...(reason != null && { given_reason: reason }) };
    return activity.record(tx, origin, { action, userId: caller.userId, targetUserId: user.user_id, status: 200, metadata });
  }
}

/** Deactivated or deleted by its owner, or deleted with nothing left to take back: a sign-in brings it back, or nobody. */
function isDecidedByOwner(user: UserRow, now = new Date()): boolean {
  const status = statusOf(user);
  if (status === 'SUSPENDED') return false;
  if (status === 'DELETED') return user.closed_by_admin_at === null || user.erase_after === null || user.erase_after <= now;
  return user.deactivated_at !== null;
}

function statusOf({ status }: UserRow): string | undefined {
  return status?.toUpperCase();
}

function conflict(): ApiError {
  return new ApiError(accessErrors.USER_STATUS_CONFLICT);
}

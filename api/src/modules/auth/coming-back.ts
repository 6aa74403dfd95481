import type { Queryable } from '../../infra/postgres.js';
import { mayComeBack } from '../../shared/account-state.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { UsersRepo } from '../users/users.repo.js';

export type ComingBackParts = { users: UsersRepo; sessionEnds: Pick<SessionEndsRepo, 'endAll'>; activity: ActivityService; notices: AccountNotices };

export type ComingBack = ReturnType<typeof createComingBack>;

/** The return of an account that its owner had deactivated or deleted (API.md §4.2), in the transaction of the sign-in that brings it about. */
export function createComingBack({ users, sessionEnds, activity, notices }: ComingBackParts) {
  /** @returns the account as it is now: the same one when it was never away; undefined when its time is over, at this very moment */
  return async function comeBack(tx: Queryable, user: UserRow, origin: RequestOrigin): Promise<{ account: UserRow; cameBack: boolean } | undefined> {
    if (!mayComeBack(user)) return { account: user, cameBack: false };
    const account = await users.comeBack(tx, user.user_id);
    if (!account) return undefined;
    // Whatever was open before stays closed, whoever closed the account and however (B-03).
    await sessionEnds.endAll(tx, user.user_id, 'account_closed');
    const action = user.status?.toUpperCase() === 'DELETED' ? 'account_restored' : 'account_reactivated';
    await activity.record(tx, origin, { action, userId: user.user_id, status: 200 });
    await notices.tell(tx, account, { kind: 'account_restored' }, origin);
    return { account, cameBack: true };
  };
}

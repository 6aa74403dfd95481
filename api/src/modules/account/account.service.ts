import { unauthorized } from '../../http/credentials.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { mayUseAccount } from '../../shared/account-state.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { AccountRepo } from './account.repo.js';
import type { Erasures } from './erasure.service.js';
import type { AssertNotLastSuperAdmin } from './last-super-admin.js';

export type AccountServiceParts = {
  db: Database;
  users: Pick<UsersRepo, 'lockById'>;
  repo: AccountRepo;
  ends: Pick<SessionEndsRepo, 'endAll'>;
  assertNotLastSuperAdmin: AssertNotLastSuperAdmin;
  activity: ActivityService;
  notices: AccountNotices;
  erasures: Pick<Erasures, 'schedule'>;
  changes: Pick<Changes, 'settled'>;
  /** Days between deletion and erasure. */
  graceDays: number;
};

type Owner = Pick<Principal, 'userId'>;

export type AccountService = ReturnType<typeof createAccountService>;

/** The ends of an account that its owner asks for. When a call returns, every worker refuses every token of it (B-07, ASVS 7.4.2). */
export function createAccountService({ db, users, repo, ends, assertNotLastSuperAdmin, activity, notices, erasures, changes, graceDays }: AccountServiceParts) {
  return {
    /**
     * Closes the account until its owner signs in again.
     * @throws ApiError LAST_SUPER_ADMIN; UNAUTHORIZED when another request has closed it a moment ago
     */
    async deactivate({ userId }: Owner, origin: RequestOrigin): Promise<void> {
      await endingTransaction(db, changes, async (tx) => {
        const user = await lockClosable(tx, userId);
        await repo.deactivate(tx, userId);
        await ends.endAll(tx, userId, 'account_deactivated');
        await activity.record(tx, origin, { action: 'account_deactivated', userId, status: 200 });
        await notices.tell(tx, user, { kind: 'account_deactivated' }, origin);
      });
    },

    /**
     * Closes the account and has it erased when the days of grace are over, unless its owner signs in before.
     * @throws ApiError as `deactivate`
     */
    async delete({ userId }: Owner, origin: RequestOrigin): Promise<void> {
      await endingTransaction(db, changes, async (tx) => {
        const user = await lockClosable(tx, userId);
        const eraseAfter = await repo.delete(tx, userId, graceDays);
        await ends.endAll(tx, userId, 'account_deleted');
        await erasures.schedule(tx, userId, eraseAfter);
        await activity.record(tx, origin, { action: 'account_deleted', userId, status: 200, metadata: { erase_after: eraseAfter.toISOString() } });
        await notices.tell(tx, user, { kind: 'account_deleted', until: eraseAfter }, origin);
      });
    },
  };

  async function lockClosable(tx: Queryable, userId: string): Promise<UserRow> {
    await assertNotLastSuperAdmin(tx, userId);
    const user = await users.lockById(tx, userId);
    // The first of many at once closes it; the others are refused like any request that comes after it.
    if (!user || !mayUseAccount(user)) throw unauthorized();
    return user;
  }
}

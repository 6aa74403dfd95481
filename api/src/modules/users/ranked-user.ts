import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { assertRanksUser, type Caller } from '../../shared/rank.js';
import type { UserRow } from '../../shared/user-row.js';
import type { AssertNotLastSuperAdmin } from '../account/last-super-admin.js';
import type { RankRepo } from '../permissions/rank.repo.js';
import type { UsersRepo } from './users.repo.js';

export type LockRankedUserParts = {
  users: Pick<UsersRepo, 'lockById'>;
  ranks: Pick<RankRepo, 'find'>;
  assertNotLastSuperAdmin: AssertNotLastSuperAdmin;
};

/** The account of somebody else that the caller may open and close; locked until the transaction ends. */
export type LockRankedUser = (tx: Queryable, caller: Caller, userId: string) => Promise<UserRow>;

export function createLockRankedUser({ users, ranks, assertNotLastSuperAdmin }: LockRankedUserParts): LockRankedUser {
  /** @throws ApiError USER_NOT_FOUND; OWN_ACCOUNT; GROUP_DENIED, PERMISSION_DENIED above the caller's rank (D-11); LAST_SUPER_ADMIN */
  return async function lockRankedUser(tx, caller, userId) {
    const standing = await ranks.find(tx, userId);
    if (!standing) throw new ApiError(accessErrors.USER_NOT_FOUND);
    // Whoever locks himself out cannot take it back.
    if (userId === caller.userId) throw new ApiError(accessErrors.OWN_ACCOUNT);
    assertRanksUser(caller, standing);
    await assertNotLastSuperAdmin(tx, userId);
    const user = await users.lockById(tx, userId);
    // Its erasure has ended while we waited for it.
    if (!user) throw new ApiError(accessErrors.USER_NOT_FOUND);
    return user;
  };
}

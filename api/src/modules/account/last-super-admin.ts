import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { SuperAdminsRepo } from './super-admins.repo.js';

/** Before a super administrator is closed, suspended, demoted or removed, in the transaction that does it and before any other lock. */
export type AssertNotLastSuperAdmin = (tx: Queryable, userId: string) => Promise<void>;

/** Keeps the last super administrator, even from two requests at once: nobody could make another one (D-06). */
export function createAssertNotLastSuperAdmin(repo: SuperAdminsRepo): AssertNotLastSuperAdmin {
  /** @throws ApiError LAST_SUPER_ADMIN */
  return async function assertNotLastSuperAdmin(tx, userId) {
    const [first, second] = await repo.lockIfMember(tx, userId);
    if (first === userId && second === undefined) throw new ApiError(accessErrors.LAST_SUPER_ADMIN);
  };
}

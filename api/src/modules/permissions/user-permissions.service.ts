import { ApiError, httpErrors } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { HeldRow, HeldThen, UserPermissionsRepo } from './user-permissions.repo.js';

export type UserPermissions = ReturnType<typeof createUserPermissions>;

/** What a user may do, and which groups make it so; also at a moment of the past (API.md §4.3). */
export function createUserPermissions({ db, repo }: { db: Queryable; repo: UserPermissionsRepo }) {
  return {
    /** @throws ApiError USER_NOT_FOUND */
    async now(userId: string, explain: boolean): Promise<HeldRow[]> {
      return existing(await repo.find(db, userId, explain));
    },

    /**
     * @param at a moment in UTC, to the microsecond
     * @throws ApiError USER_NOT_FOUND; VALIDATION_ERROR for a moment in the future, whose answer could still change
     */
    async at(userId: string, at: string): Promise<HeldThen> {
      const held = existing(await repo.findAt(db, userId, at));
      if (held.isInTheFuture) throw new ApiError(httpErrors.VALIDATION_ERROR, { issues: [{ path: 'at', code: 'in_the_future' }] });
      return held;
    },
  };
}

function existing<Found>(found: Found | undefined): Found {
  if (found === undefined) throw new ApiError(accessErrors.USER_NOT_FOUND);
  return found;
}

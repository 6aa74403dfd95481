import { ApiError, httpErrors } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { PermissionPosition } from './permissions.repo.js';
import { pageOfPermissions } from './permissions.schema.js';
import type { HeldRow, HeldThen, UserPermissionsRepo } from './user-permissions.repo.js';

/** Which part of what is held. */
export type HeldAsked = { limit: number; cursor?: PermissionPosition | undefined; search?: string | undefined };

export type HeldPage<Held> = { held: Held; pagination: Pagination };

export type UserPermissions = ReturnType<typeof createUserPermissions>;

/** What a user may do, and which groups make it so; also at a moment of the past (API.md §4.3). */
export function createUserPermissions({ db, repo }: { db: Queryable; repo: UserPermissionsRepo }) {
  return {
    /** @returns a page by category, name and id @throws ApiError USER_NOT_FOUND */
    async now(userId: string, { explain, ...asked }: HeldAsked & { explain: boolean }): Promise<HeldPage<HeldRow[]>> {
      const { rows, pagination } = pageOfPermissions(existing(await repo.find(db, userId, { ...partOf(asked), explain })), asked.limit);
      return { held: rows, pagination };
    },

    /**
     * @param at a moment in UTC, to the microsecond
     * @throws ApiError USER_NOT_FOUND; VALIDATION_ERROR for a moment in the future, whose answer could still change
     */
    async at(userId: string, at: string, asked: HeldAsked): Promise<HeldPage<HeldThen>> {
      const held = existing(await repo.findAt(db, userId, at, partOf(asked)));
      if (held.isInTheFuture) throw new ApiError(httpErrors.VALIDATION_ERROR, { issues: [{ path: 'at', code: 'in_the_future' }] });
      const { rows, pagination } = pageOfPermissions(held.permissions, asked.limit);
      return { held: { ...held, permissions: rows }, pagination };
    },
  };
}

function partOf({ limit, cursor, search }: HeldAsked) {
  return { after: cursor, atMost: limit + 1, search };
}

function existing<Found>(found: Found | undefined): Found {
  if (found === undefined) throw new ApiError(accessErrors.USER_NOT_FOUND);
  return found;
}

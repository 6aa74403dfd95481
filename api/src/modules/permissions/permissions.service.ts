import { ApiError } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { PermissionPosition, PermissionRow, PermissionsRepo } from './permissions.repo.js';
import { pageOfPermissions } from './permissions.schema.js';

export type PermissionsAsked = { limit: number; cursor?: PermissionPosition | undefined; search?: string | undefined; category?: string | undefined };

export type PermissionsService = ReturnType<typeof createPermissionsService>;

/** The permissions there are: the built-in ones, and those that administrators have made. */
export function createPermissionsService({ db, repo }: { db: Queryable; repo: PermissionsRepo }) {
  return {
    /** @returns a page of them by category, name and id */
    async list({ limit, cursor, ...filters }: PermissionsAsked): Promise<{ permissions: PermissionRow[]; pagination: Pagination }> {
      const rows = await repo.list(db, { ...filters, after: cursor, atMost: limit + 1 });
      const page = pageOfPermissions(rows, limit);
      return { permissions: page.rows, pagination: page.pagination };
    },

    /** @throws ApiError PERMISSION_NOT_FOUND */
    async of(permissionId: string): Promise<PermissionRow> {
      const row = await repo.find(db, permissionId);
      if (!row) throw new ApiError(accessErrors.PERMISSION_NOT_FOUND);
      return row;
    },
  };
}

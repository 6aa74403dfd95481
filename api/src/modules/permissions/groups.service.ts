import { ApiError } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { GroupPosition, GroupRow, GroupsRepo } from './groups.repo.js';
import { groupPaging } from './groups.schema.js';

export type GroupsAsked = {
  limit: number;
  cursor?: GroupPosition | undefined;
  search?: string | undefined;
  /** Both when undefined. */
  isActive: boolean | undefined;
};

export type GroupsService = ReturnType<typeof createGroupsService>;

/** The groups there are, with what they grant. */
export function createGroupsService({ db, repo }: { db: Queryable; repo: GroupsRepo }) {
  return {
    /** @returns a page of them by name and id */
    async list({ limit, cursor, ...filters }: GroupsAsked): Promise<{ groups: GroupRow[]; pagination: Pagination }> {
      const rows = await repo.list(db, { ...filters, after: cursor, atMost: limit + 1 });
      const page = groupPaging.page(rows, limit, ({ name, group_id }) => [name, group_id]);
      return { groups: page.rows, pagination: page.pagination };
    },

    /** Also one that is not active. @throws ApiError GROUP_NOT_FOUND */
    async of(groupId: string): Promise<GroupRow> {
      return found(await repo.find(db, groupId));
    },
  };
}

/** @throws ApiError GROUP_NOT_FOUND */
export function found(group: GroupRow | undefined): GroupRow {
  if (!group) throw new ApiError(accessErrors.GROUP_NOT_FOUND);
  return group;
}

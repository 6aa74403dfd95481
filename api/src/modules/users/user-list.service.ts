import { ApiError } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { InTurn } from '../../shared/turns.js';
import { presentListedUser } from './user-list.presenter.js';
import type { UserListRepo, UserSelection } from './user-list.repo.js';
import { userPaging, type ListedUserView, type UserListQuery } from './user-list.schema.js';

export type UserList = ReturnType<typeof createUserList>;

/**
 * Who has an account, as administrators see it.
 * @param inTurn lets few searches run at a time: one that finds little to hold on to reads a large table, and must not take every connection of the worker
 */
export function createUserList({ db, repo, inTurn }: { db: Queryable; repo: UserListRepo; inTurn: InTurn }) {
  return {
    /** @returns a page of the users who are all that the query asks for */
    async page({ limit, cursor, sort, group, ...asked }: UserListQuery): Promise<{ users: ListedUserView[]; pagination: Pagination }> {
      const groupId = group === undefined ? undefined : await repo.findGroupId(db, group);
      // Nobody is in a group that there is not.
      if (group !== undefined && groupId === undefined) return pageOf([], limit);
      const selection: UserSelection = { ...asked, groupId };
      const list = () => repo.list(db, selection, { sort, after: cursor, atMost: limit + 1 });
      const rows = await (asked.search === undefined ? list() : inTurn(list));
      return pageOf(rows, limit);

      function pageOf(found: typeof rows, size: number) {
        const page = userPaging.page(found, size, ({ position, user_id }) => [sort, position, user_id]);
        return { users: page.rows.map(presentListedUser), pagination: page.pagination };
      }
    },

    /** @throws ApiError USER_NOT_FOUND */
    async one(userId: string): Promise<ListedUserView> {
      const row = await repo.findOne(db, userId);
      if (row === undefined) throw new ApiError(accessErrors.USER_NOT_FOUND);
      return presentListedUser(row);
    },
  };
}

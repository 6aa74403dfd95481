import { ApiError } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { presentListedUser } from './user-list.presenter.js';
import type { UserListRepo, UserSelection } from './user-list.repo.js';
import { userPaging, type ListedUserView, type UserListQuery } from './user-list.schema.js';

export type UserList = ReturnType<typeof createUserList>;

/** Who has an account, as administrators see it. */
export function createUserList({ db, repo }: { db: Queryable; repo: UserListRepo }) {
  return {
    /** @returns a page of the users who are all that the query asks for */
    async page({ limit, cursor, sort, group, ...asked }: UserListQuery): Promise<{ users: ListedUserView[]; pagination: Pagination }> {
      const groupId = group === undefined ? undefined : await repo.findGroupId(db, group);
      // Nobody is in a group that there is not.
      if (group !== undefined && groupId === undefined) return pageOf([], limit);
      const selection: UserSelection = { ...asked, groupId };
      const rows = await repo.list(db, selection, { sort, after: cursor, atMost: limit + 1 });
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

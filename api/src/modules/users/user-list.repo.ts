import type { Queryable } from '../../infra/postgres.js';
import type { ShownUserRow } from '../../shared/user-view.js';
import { keyOf, LISTED_COLUMNS, listStatement, type UserSelection } from './user-list.queries.js';
import type { Sort, UserPosition } from './user-list.schema.js';

export type { UserSelection };

export type ListedUserRow = ShownUserRow & { groups: string[] };

type PlacedUserRow = ListedUserRow & { position: UserPosition[1] };

export type UserListRepo = ReturnType<typeof createUserListRepo>;

/** Questions about who has an account. */
export function createUserListRepo() {
  return {
    /** Users of a selection in their order, from a position on. Those without the sort key come last, in either direction. */
    async list(db: Queryable, selection: UserSelection, { sort, after, atMost }: { sort: Sort; after: UserPosition | undefined; atMost: number }): Promise<PlacedUserRow[]> {
      const stretch = async (keyed: boolean, from: UserPosition | undefined, count: number) => {
        const { rows } = await db.query<PlacedUserRow>(listStatement(selection, { sort, keyed, after: from, atMost: count }));
        // A bigint arrives as text.
        return rows.map((row) => ({ ...row, position: keyOf(sort) === 'created_at' ? Number(row.position) : row.position }));
      };
      if (after?.[1] === null) return stretch(false, after, atMost);
      const keyed = await stretch(true, after, atMost);
      if (keyed.length === atMost || keyOf(sort) === 'created_at') return keyed;
      return [...keyed, ...(await stretch(false, undefined, atMost - keyed.length))];
    },

    async findOne(db: Queryable, userId: string): Promise<ListedUserRow | undefined> {
      const { rows } = await db.query<ListedUserRow>({ name: 'user_shown', text: `SELECT ${LISTED_COLUMNS} FROM "user" u WHERE u.user_id = $1`, values: [userId] });
      return rows[0];
    },

    /** @returns undefined when there is no such group */
    async findGroupId(db: Queryable, codename: string): Promise<string | undefined> {
      const { rows } = await db.query<{ group_id: string }>({ name: 'group_id_by_codename', text: 'SELECT g.group_id FROM "group" g WHERE g.codename = $1', values: [codename] });
      return rows[0]?.group_id;
    },
  };
}

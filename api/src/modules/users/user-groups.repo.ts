import type { Queryable } from '../../infra/postgres.js';
import { holdsText } from '../../shared/holds-text.js';

/** A group that a user is in. */
export type UserGroupRow = {
  group_id: string;
  name: string;
  codename: string;
  description: string | null;
  is_system: boolean;
  is_active: boolean;
  assigned_at: Date;
  assigned_by_user_id: string | null;
};

/** A part of a list: after which name, how many at the most, and what their texts must hold. */
export type UserGroupsPart = { after?: string | undefined; atMost?: number; search?: string | undefined };

export type UserGroupsRepo = ReturnType<typeof createUserGroupsRepo>;

/** Questions about the groups that users are in. */
export function createUserGroupsRepo() {
  return {
    /** The active groups of a user, by name; undefined when there is no such user. */
    async list(db: Queryable, userId: string, { after, atMost, search }: UserGroupsPart): Promise<UserGroupRow[] | undefined> {
      const { rows } = await db.query<UserGroupRow | { group_id: null }>({
        name: 'user_groups_list',
        text: `SELECT part.* FROM "user" u LEFT JOIN LATERAL (
                 SELECT g.group_id, g.name, g.codename, g.description, g.is_system, g.is_active, ug.assigned_at, ug.assigned_by_user_id
                 FROM user_group ug JOIN "group" g USING (group_id)
                 WHERE ug.user_id = u.user_id AND g.is_active AND ($2::text IS NULL OR g.name > $2)
                   AND ${holdsText('$3', ['g.name', 'g.codename', 'g.description'])}
                 ORDER BY g.name LIMIT $4) part ON true
               WHERE u.user_id = $1 ORDER BY part.name`,
        values: [userId, after ?? null, search ?? null, atMost ?? null],
      });
      if (rows.length === 0) return undefined;
      return rows.filter((row) => row.group_id !== null);
    },

    /** All groups of a user, also those that are not active. */
    async memberships(tx: Queryable, userId: string): Promise<Pick<UserGroupRow, 'group_id' | 'codename'>[]> {
      const { rows } = await tx.query<Pick<UserGroupRow, 'group_id' | 'codename'>>({
        name: 'user_groups_memberships',
        text: `SELECT g.group_id, g.codename FROM user_group ug JOIN "group" g USING (group_id) WHERE ug.user_id = $1 ORDER BY g.codename`,
        values: [userId],
      });
      return rows;
    },

    async remove(tx: Queryable, userId: string, groupIds: readonly string[]): Promise<void> {
      await tx.query({ name: 'user_groups_remove', text: `DELETE FROM user_group WHERE user_id = $1 AND group_id = ANY($2::uuid[])`, values: [userId, groupIds] });
    },

    async add(tx: Queryable, userId: string, groupIds: readonly string[], assignedBy: string): Promise<void> {
      await tx.query({
        name: 'user_groups_add',
        text: `INSERT INTO user_group (user_id, group_id, assigned_by_user_id) SELECT $1, unnest($2::uuid[]), $3 ON CONFLICT (user_id, group_id) DO NOTHING`,
        values: [userId, groupIds, assignedBy],
      });
    },
  };
}

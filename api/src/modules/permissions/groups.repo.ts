import type { Queryable } from '../../infra/postgres.js';
import { SUPER_ADMIN } from '../../shared/principal.js';
import { refusingTaken } from './names.repo.js';
import type { PermissionRef } from './permissions.repo.js';
import { holdsText } from '../../shared/holds-text.js';

export type GroupRow = {
  group_id: string;
  name: string;
  codename: string;
  description: string | null;
  is_system: boolean;
  is_active: boolean;
  created_at: Date;
  last_updated: Date;
  /** What it grants, or would grant if it were active; by category and name. */
  permissions: PermissionRef[];
};

/** What callers write of a group that is there. */
export type GroupFields = Pick<GroupRow, 'name' | 'codename' | 'description' | 'is_active'>;

/** A place in the list: name, id. */
export type GroupPosition = [name: string, groupId: string];

/** Read with the group, so that both are of one moment and a page is one statement. Super administrators hold every permission there is. */
const PERMISSIONS = `COALESCE((
  SELECT json_agg(json_build_object('permission_id', p.permission_id, 'name', p.name, 'codename', p.codename, 'description', p.description, 'category', p.category)
                  ORDER BY p.category, p.name, p.permission_id)
  FROM (SELECT gp.permission_id FROM group_permission gp WHERE gp.group_id = g.group_id
        UNION SELECT every.permission_id FROM permission every WHERE g.codename = '${SUPER_ADMIN}') granted
  JOIN permission p USING (permission_id)), '[]')`;
const COLUMNS = `g.group_id, g.name, g.codename, g.description, g.is_system, g.is_active, g.created_at, g.last_updated, ${PERMISSIONS} AS permissions`;
const SEARCHED = holdsText('$1', ['g.name', 'g.codename', 'g.description']);

export type GroupsRepo = ReturnType<typeof createGroupsRepo>;

export function createGroupsRepo() {
  return {
    /** By name and id, from a position on. @param isActive both when undefined */
    async list(db: Queryable, { search, isActive, after, atMost }: { search?: string | undefined; isActive: boolean | undefined; after: GroupPosition | undefined; atMost: number }): Promise<GroupRow[]> {
      const { rows } = await db.query<GroupRow>({
        name: 'group_list',
        text: `SELECT ${COLUMNS} FROM "group" g
               WHERE ${SEARCHED} AND ($2::boolean IS NULL OR g.is_active = $2) AND ($4::uuid IS NULL OR (g.name, g.group_id) > ($3::text, $4))
               ORDER BY g.name, g.group_id LIMIT $5`,
        values: [search ?? null, isActive ?? null, after?.[0] ?? null, after?.[1] ?? null, atMost],
      });
      return rows;
    },

    async find(db: Queryable, groupId: string): Promise<GroupRow | undefined> {
      const { rows } = await db.query<GroupRow>({ name: 'group_find', text: `SELECT ${COLUMNS} FROM "group" g WHERE g.group_id = $1`, values: [groupId] });
      return rows[0];
    },

    /** The same, for whoever is about to change it. Sign-ups into it need not wait. */
    async lock(tx: Queryable, groupId: string): Promise<GroupRow | undefined> {
      const { rows } = await tx.query<GroupRow>({ name: 'group_lock', text: `SELECT ${COLUMNS} FROM "group" g WHERE g.group_id = $1 FOR NO KEY UPDATE OF g`, values: [groupId] });
      return rows[0];
    },

    /** @throws ApiError DUPLICATE_ENTRY */
    async insert(tx: Queryable, { name, codename, description, is_active, is_system }: GroupFields & Pick<GroupRow, 'is_system'>): Promise<GroupRow> {
      const { rows } = await refusingTaken('group', () =>
        tx.query<GroupRow>({
          name: 'group_insert',
          text: `INSERT INTO "group" AS g (name, codename, description, is_active, is_system) VALUES ($1, $2, $3, $4, $5) RETURNING ${COLUMNS}`,
          values: [name, codename, description, is_active, is_system],
        }),
      );
      return rows[0]!;
    },

    /** @throws ApiError DUPLICATE_ENTRY */
    async update(tx: Queryable, groupId: string, { name, codename, description, is_active }: GroupFields): Promise<GroupRow> {
      const { rows } = await refusingTaken('group', () =>
        tx.query<GroupRow>({
          name: 'group_update',
          text: `UPDATE "group" g SET name = $2, codename = $3, description = $4, is_active = $5, last_updated = now() WHERE g.group_id = $1 RETURNING ${COLUMNS}`,
          values: [groupId, name, codename, description, is_active],
        }),
      );
      return rows[0]!;
    },

    /** Takes members out of a group. @returns how many: fewer than were asked for when none are left */
    async removeMembers(tx: Queryable, groupId: string, atMost: number): Promise<number> {
      const { rowCount } = await tx.query({
        name: 'group_remove_members',
        text: 'DELETE FROM user_group WHERE ctid = ANY(ARRAY(SELECT ctid FROM user_group WHERE group_id = $1 LIMIT $2 FOR UPDATE))',
        values: [groupId, atMost],
      });
      return rowCount!;
    },

    /** With what is left of its memberships. */
    async delete(tx: Queryable, groupId: string): Promise<void> {
      await tx.query({ name: 'group_delete', text: 'DELETE FROM "group" WHERE group_id = $1', values: [groupId] });
    },
  };
}

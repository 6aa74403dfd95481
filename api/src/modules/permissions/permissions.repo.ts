import type { Queryable } from '../../infra/postgres.js';
import { refusingTaken } from './names.repo.js';
import { holdsText } from '../../shared/holds-text.js';

/** A permission as groups show it. */
export type PermissionRef = { permission_id: string; name: string; codename: string; description: string | null; category: string | null };

export type PermissionRow = PermissionRef & { created_at: Date; last_updated: Date };

/** What callers write of a permission. */
export type PermissionFields = Pick<PermissionRow, 'name' | 'codename' | 'description' | 'category'>;

/** A place in the list: category, name, id. */
export type PermissionPosition = [category: string | null, name: string, permissionId: string];

const COLUMNS = 'p.permission_id, p.name, p.codename, p.description, p.category, p.created_at, p.last_updated';
const SEARCHED = holdsText('$1', ['p.name', 'p.codename', 'p.description', 'p.category']);

/** The order of every list of permissions: those without a category come last. @param p the alias of the rows */
export const inOrder = (p: string) => `${p}.category IS NULL, ${p}.category, ${p}.name, ${p}.permission_id`;

/** Whether a row comes after a position in that order, and every row does after none. @param first number of the first of the three parameters, which `valuesOfPosition` gives */
export const isAfter = (p: string, first: number) =>
  `($${first + 2}::uuid IS NULL OR (${p}.category IS NULL, COALESCE(${p}.category, ''), ${p}.name, ${p}.permission_id) > ($${first}::text IS NULL, COALESCE($${first}, ''), $${first + 1}::text, $${first + 2}))`;

export const valuesOfPosition = (after: PermissionPosition | undefined) => [after?.[0] ?? null, after?.[1] ?? null, after?.[2] ?? null];

export type PermissionsRepo = ReturnType<typeof createPermissionsRepo>;

export function createPermissionsRepo() {
  return {
    /** By category (those without one come last), name and id, from a position on. */
    async list(db: Queryable, { search, category, after, atMost }: { search?: string | undefined; category?: string | undefined; after: PermissionPosition | undefined; atMost: number }): Promise<PermissionRow[]> {
      const { rows } = await db.query<PermissionRow>({
        name: 'permission_list',
        text: `SELECT ${COLUMNS} FROM permission p
               WHERE ${SEARCHED} AND ($2::text IS NULL OR p.category = $2) AND ${isAfter('p', 3)}
               ORDER BY ${inOrder('p')} LIMIT $6`,
        values: [search ?? null, category ?? null, ...valuesOfPosition(after), atMost],
      });
      return rows;
    },

    async find(db: Queryable, permissionId: string): Promise<PermissionRow | undefined> {
      const { rows } = await db.query<PermissionRow>({ name: 'permission_find', text: `SELECT ${COLUMNS} FROM permission p WHERE p.permission_id = $1`, values: [permissionId] });
      return rows[0];
    },

    /** The same, for whoever is about to change it. */
    async lock(tx: Queryable, permissionId: string): Promise<PermissionRow | undefined> {
      const { rows } = await tx.query<PermissionRow>({ name: 'permission_lock', text: `SELECT ${COLUMNS} FROM permission p WHERE p.permission_id = $1 FOR NO KEY UPDATE`, values: [permissionId] });
      return rows[0];
    },

    /** @throws ApiError DUPLICATE_ENTRY */
    async insert(tx: Queryable, { name, codename, description, category }: PermissionFields): Promise<PermissionRow> {
      const { rows } = await refusingTaken('permission', () =>
        tx.query<PermissionRow>({
          name: 'permission_insert',
          text: `INSERT INTO permission AS p (name, codename, description, category) VALUES ($1, $2, $3, $4) RETURNING ${COLUMNS}`,
          values: [name, codename, description, category],
        }),
      );
      return rows[0]!;
    },

    /** @throws ApiError DUPLICATE_ENTRY */
    async update(tx: Queryable, permissionId: string, { name, codename, description, category }: PermissionFields): Promise<PermissionRow> {
      const { rows } = await refusingTaken('permission', () =>
        tx.query<PermissionRow>({
          name: 'permission_update',
          text: `UPDATE permission p SET name = $2, codename = $3, description = $4, category = $5, last_updated = now() WHERE p.permission_id = $1 RETURNING ${COLUMNS}`,
          values: [permissionId, name, codename, description, category],
        }),
      );
      return rows[0]!;
    },

    /** Also takes it away from every group. @returns the codenames of these */
    async delete(tx: Queryable, permissionId: string): Promise<string[]> {
      const { rows } = await tx.query<{ groups: string[] }>({
        name: 'permission_delete',
        // All parts see what was there before: the deletion takes the mappings with it.
        text: `WITH deleted AS (DELETE FROM permission WHERE permission_id = $1)
               SELECT ARRAY(SELECT g.codename FROM group_permission gp JOIN "group" g USING (group_id) WHERE gp.permission_id = $1 ORDER BY 1) AS groups`,
        values: [permissionId],
      });
      return rows[0]!.groups;
    },
  };
}

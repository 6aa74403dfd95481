import type { Queryable } from '../../infra/postgres.js';

export type KnownPermission = { permission_id: string; codename: string };

export type GroupPermissionsRepo = ReturnType<typeof createGroupPermissionsRepo>;

/** What groups grant. */
export function createGroupPermissionsRepo() {
  return {
    /** Which of these permissions there are. They stay until the transaction ends. */
    async keep(tx: Queryable, permissionIds: readonly string[]): Promise<KnownPermission[]> {
      const { rows } = await tx.query<KnownPermission>({
        name: 'group_permission_keep',
        text: 'SELECT permission_id, codename FROM permission WHERE permission_id = ANY($1::uuid[]) ORDER BY permission_id FOR KEY SHARE',
        values: [permissionIds],
      });
      return rows;
    },

    async add(tx: Queryable, groupId: string, permissionIds: readonly string[]): Promise<void> {
      await tx.query({
        name: 'group_permission_add',
        text: 'INSERT INTO group_permission (group_id, permission_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT (group_id, permission_id) DO NOTHING',
        values: [groupId, permissionIds],
      });
    },

    async remove(tx: Queryable, groupId: string, permissionIds: readonly string[]): Promise<void> {
      await tx.query({ name: 'group_permission_remove', text: 'DELETE FROM group_permission WHERE group_id = $1 AND permission_id = ANY($2::uuid[])', values: [groupId, permissionIds] });
    },
  };
}

import type { Queryable } from '../../infra/postgres.js';

export type KnownPermission = { permission_id: string; codename: string };

/** Permissions as a request names them: all in one way. */
export type WantedPermissions = Readonly<{ by: 'permission_id' | 'codename'; names: readonly string[] }>;

export type GroupPermissionsRepo = ReturnType<typeof createGroupPermissionsRepo>;

/** What groups grant. */
export function createGroupPermissionsRepo() {
  return {
    /** Which of these permissions there are. They stay until the transaction ends. */
    async keep(tx: Queryable, { by, names }: WantedPermissions): Promise<KnownPermission[]> {
      const { rows } = await tx.query<KnownPermission>({
        name: `group_permission_keep_by_${by}`,
        text: `SELECT permission_id, codename FROM permission WHERE ${by} = ANY($1::${by === 'codename' ? 'text' : 'uuid'}[]) ORDER BY permission_id FOR KEY SHARE`,
        values: [names],
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

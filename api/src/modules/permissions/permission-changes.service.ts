import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { assertHolds, assertSuperAdmin } from '../../shared/rank.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from './administer.js';
import { difference } from './difference.js';
import { assertNamesFree, isBuiltIn } from './names.js';
import type { NamesRepo } from './names.repo.js';
import type { PermissionFields, PermissionRow, PermissionsRepo } from './permissions.repo.js';

type Who = Pick<Principal, 'userId' | 'sessionId'>;

export type PermissionChanges = ReturnType<typeof createPermissionChanges>;

/** What administrators do with permissions. When a call returns, every worker obeys it (D-07). */
export function createPermissionChanges({ administer, repo, names, activity }: { administer: Administer; repo: PermissionsRepo; names: NamesRepo; activity: ActivityService }) {
  return {
    /** Makes a permission, which from then on super administrators alone hold. @throws ApiError DUPLICATE_ENTRY */
    create(principal: Who, fields: PermissionFields, origin: RequestOrigin): Promise<PermissionRow> {
      return administer(principal, 'add_permission', async (tx, { userId }) => {
        await assertNamesFree(names, tx, 'permission', fields);
        const row = await repo.insert(tx, fields);
        await activity.record(tx, origin, { action: 'permission_created', userId, status: 201, metadata: { permission_id: row.permission_id, after: factsOf(row) } });
        return row;
      });
    },

    /**
     * Writes the fields that are given.
     * @throws ApiError PERMISSION_NOT_FOUND, PERMISSION_DENIED, GROUP_DENIED, PERMISSION_UPDATE_FAILED for the names of a built-in one, DUPLICATE_ENTRY
     */
    update(principal: Who, permissionId: string, fields: Partial<{ [F in keyof PermissionFields]: PermissionFields[F] | undefined }>, origin: RequestOrigin): Promise<PermissionRow> {
      return administer(principal, 'edit_permission', async (tx, caller) => {
        const row = await lock(tx, permissionId);
        assertHolds(caller, [row.codename]);
        const change = difference(row, fields);
        if (!change) return row;
        const wanted = { ...row, ...change.after };
        if (wanted.name !== row.name || wanted.codename !== row.codename) {
          if (isBuiltIn('permission', row.codename)) throw new ApiError(accessErrors.PERMISSION_UPDATE_FAILED);
          // Whoever has the old codename is given the new one by it, whatever that opens.
          if (wanted.codename !== row.codename) assertSuperAdmin(caller);
          await assertNamesFree(names, tx, 'permission', wanted, { ...row, id: row.permission_id });
        }
        const updated = await repo.update(tx, permissionId, wanted);
        await activity.record(tx, origin, { action: 'permission_updated', userId: caller.userId, status: 200, metadata: { permission_id: permissionId, codename: row.codename, ...change } });
        return updated;
      });
    },

    /** Takes a permission away from everybody and deletes it. @throws ApiError PERMISSION_NOT_FOUND, PERMISSION_DENIED, PERMISSION_DELETE_FAILED for a built-in one */
    delete(principal: Who, permissionId: string, origin: RequestOrigin): Promise<void> {
      return administer(principal, 'delete_permission', async (tx, caller) => {
        const row = await lock(tx, permissionId);
        assertHolds(caller, [row.codename]);
        if (isBuiltIn('permission', row.codename)) throw new ApiError(accessErrors.PERMISSION_DELETE_FAILED);
        const groups = await repo.delete(tx, permissionId);
        await activity.record(tx, origin, { action: 'permission_deleted', userId: caller.userId, status: 200, metadata: { permission_id: permissionId, before: { ...factsOf(row), groups } } });
      });
    },
  };

  async function lock(tx: Queryable, permissionId: string): Promise<PermissionRow> {
    const row = await repo.lock(tx, permissionId);
    if (!row) throw new ApiError(accessErrors.PERMISSION_NOT_FOUND);
    return row;
  }
}

/** What the log keeps of a permission. */
function factsOf({ name, codename, description, category }: PermissionRow): PermissionFields {
  return { name, codename, description, category };
}

import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { SUPER_ADMIN, type Principal, type RequestOrigin } from '../../shared/principal.js';
import { assertHolds } from '../../shared/rank.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from './administer.js';
import type { GroupPermissionsRepo, KnownPermission, WantedPermissions } from './group-permissions.repo.js';
import type { GroupRow, GroupsRepo } from './groups.repo.js';
import { found } from './groups.service.js';
import { codenamesOf, rankedGroup } from './ranked-group.js';

export type GroupPermissionsParts = { administer: Administer; groups: Pick<GroupsRepo, 'lock' | 'find'>; repo: GroupPermissionsRepo; activity: ActivityService };

/** Under which name they were asked for. */
const FIELDS = { permission_id: 'permission_ids', codename: 'permission_codenames' } as const;

export type GroupPermissions = ReturnType<typeof createGroupPermissions>;

/** What a group grants, as administrators decide it. */
export function createGroupPermissions({ administer, groups, repo, activity }: GroupPermissionsParts) {
  return {
    /**
     * Makes these, and no others, the permissions of a group. A mapping that stays keeps its row and its `assigned_at`. When the
     * call returns, every worker obeys it (D-07).
     * @throws ApiError GROUP_NOT_FOUND, GROUP_DENIED, PERMISSION_DENIED, GROUP_ASSIGN_PERMISSIONS_FAILED with the ids or codenames that are unknown or repeated
     */
    replace(principal: Pick<Principal, 'userId' | 'sessionId'>, groupId: string, asked: WantedPermissions, origin: RequestOrigin): Promise<GroupRow> {
      return administer(principal, 'edit_group', async (tx, caller) => {
        // Before all else: whoever takes something away from a group, or empties it, ranks it as it is (D-04).
        const group = await rankedGroup(groups, tx, caller, groupId);
        // It holds every permission, also those that are yet to be made.
        if (group.codename === SUPER_ADMIN) throw new ApiError(accessErrors.GROUP_ASSIGN_PERMISSIONS_FAILED);
        const wanted = await known(tx, asked);
        const added = without(wanted, group.permissions);
        // And gives nothing that he does not hold himself (D-05).
        assertHolds(caller, added.map(({ codename }) => codename));
        const removed = without(group.permissions, wanted);
        if (added.length === 0 && removed.length === 0) return group;
        if (removed.length > 0) await repo.remove(tx, groupId, idsOf(removed));
        if (added.length > 0) await repo.add(tx, groupId, idsOf(added));
        const changed = found(await groups.find(tx, groupId));
        const metadata = { group_id: groupId, codename: group.codename, before: { permissions: codenamesOf(group) }, after: { permissions: codenamesOf(changed) } };
        await activity.record(tx, origin, { action: 'group_permissions_changed', userId: caller.userId, status: 200, metadata });
        return changed;
      });
    },
  };

  async function known(tx: Queryable, asked: WantedPermissions): Promise<KnownPermission[]> {
    const { by, names } = asked;
    const seen = new Set<string>();
    const repeated = names.filter((name) => seen.has(name) || !seen.add(name));
    const permissions = await repo.keep(tx, asked);
    const there = new Set(permissions.map((permission) => permission[by]));
    const wrong = new Set([...names.filter((name) => !there.has(name)), ...repeated]);
    if (wrong.size > 0) throw new ApiError(accessErrors.GROUP_ASSIGN_PERMISSIONS_FAILED, { details: { [FIELDS[by]]: [...wrong] } });
    return permissions;
  }
}

type Identified = { permission_id: string };

function idsOf(permissions: readonly Identified[]): string[] {
  return permissions.map(({ permission_id }) => permission_id);
}

function without<P extends Identified>(permissions: readonly P[], others: readonly Identified[]): P[] {
  const ids = new Set(idsOf(others));
  return permissions.filter(({ permission_id }) => !ids.has(permission_id));
}

import { ApiError } from '../../http/errors.js';
import { accessErrors } from '../../shared/access-errors.js';
import { SUPER_ADMIN, type Principal, type RequestOrigin } from '../../shared/principal.js';
import { assertSuperAdmin } from '../../shared/rank.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from './administer.js';
import { difference } from './difference.js';
import type { GroupFields, GroupRow, GroupsRepo } from './groups.repo.js';
import { assertNamesFree } from './names.js';
import type { NamesRepo } from './names.repo.js';
import { factsOf, isSystem, rankedGroup } from './ranked-group.js';

type Who = Pick<Principal, 'userId' | 'sessionId'>;

export type GroupChanges = ReturnType<typeof createGroupChanges>;

/** How administrators make and change groups. When a call returns, every worker obeys it (D-07, D-10). */
export function createGroupChanges({ administer, repo, names, activity }: { administer: Administer; repo: GroupsRepo; names: NamesRepo; activity: ActivityService }) {
  return {
    /** Makes a group that grants nothing yet. @throws ApiError GROUP_DENIED for a system group, DUPLICATE_ENTRY */
    create(principal: Who, fields: GroupFields & Pick<GroupRow, 'is_system'>, origin: RequestOrigin): Promise<GroupRow> {
      return administer(principal, 'add_group', async (tx, caller) => {
        if (fields.is_system) assertSuperAdmin(caller);
        await assertNamesFree(names, tx, 'group', fields);
        const group = await repo.insert(tx, fields);
        await activity.record(tx, origin, { action: 'group_created', userId: caller.userId, status: 201, metadata: { group_id: group.group_id, after: factsOf(group) } });
        return group;
      });
    },

    /**
     * Writes the fields that are given.
     * @throws ApiError GROUP_NOT_FOUND, GROUP_DENIED, PERMISSION_DENIED, GROUP_UPDATE_FAILED for the names of a system group and an end of super_admin, DUPLICATE_ENTRY
     */
    update(principal: Who, groupId: string, fields: Partial<{ [F in keyof GroupFields]: GroupFields[F] | undefined }>, origin: RequestOrigin): Promise<GroupRow> {
      return administer(principal, 'edit_group', async (tx, caller) => {
        const group = await rankedGroup(repo, tx, caller, groupId);
        const change = difference(group, fields);
        if (!change) return group;
        const wanted = { ...group, ...change.after };
        // Nobody could make it active again (D-06).
        if (group.codename === SUPER_ADMIN && !wanted.is_active) throw new ApiError(accessErrors.GROUP_UPDATE_FAILED);
        if (wanted.name !== group.name || wanted.codename !== group.codename) {
          if (isSystem(group)) throw new ApiError(accessErrors.GROUP_UPDATE_FAILED);
          await assertNamesFree(names, tx, 'group', wanted, { ...group, id: group.group_id });
        }
        const updated = await repo.update(tx, groupId, wanted);
        await activity.record(tx, origin, { action: 'group_updated', userId: caller.userId, status: 200, metadata: { group_id: groupId, codename: group.codename, ...change } });
        return updated;
      });
    },
  };
}

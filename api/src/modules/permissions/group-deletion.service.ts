import { ApiError } from '../../http/errors.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from './administer.js';
import type { GroupsRepo } from './groups.repo.js';
import { codenamesOf, factsOf, isSystem, rankedGroup } from './ranked-group.js';

/** So many memberships end well within the time that a statement has, with all that is recorded of each. */
const MEMBERS_AT_ONCE = 5_000;

export type GroupDeletion = ReturnType<typeof createGroupDeletion>;

/** The end of a group. When a call returns, every worker obeys it (D-07, D-10). */
export function createGroupDeletion({ administer, repo, activity }: { administer: Administer; repo: Pick<GroupsRepo, 'lock' | 'update' | 'removeMembers' | 'delete'>; activity: ActivityService }) {
  /** One transaction. @returns how many members it took out, and whether the group is gone */
  function step(principal: Pick<Principal, 'userId' | 'sessionId'>, groupId: string, origin: RequestOrigin, removedBefore: number) {
    return administer(principal, 'delete_group', async (tx, caller) => {
      const group = await rankedGroup(repo, tx, caller, groupId);
      if (isSystem(group)) throw new ApiError(accessErrors.GROUP_DELETE_FAILED);
      const record = (action: 'group_updated' | 'group_deleted', metadata: Record<string, unknown>) => activity.record(tx, origin, { action, userId: caller.userId, status: 200, metadata: { group_id: groupId, ...metadata } });
      const removed = await repo.removeMembers(tx, groupId, MEMBERS_AT_ONCE);
      if (removed === MEMBERS_AT_ONCE) {
        // What all members had by it ends at once, however long taking them out may last (D-10).
        if (group.is_active) {
          await repo.update(tx, groupId, { ...group, is_active: false });
          await record('group_updated', { codename: group.codename, before: { is_active: true }, after: { is_active: false } });
        }
        return { removed, isGone: false };
      }
      await repo.delete(tx, groupId);
      await record('group_deleted', { before: { ...factsOf(group), permissions: codenamesOf(group), members: removedBefore + removed } });
      return { removed, isGone: true };
    });
  }

  return {
    /**
     * Takes a group from its members and deletes it. A big one is made inactive first and goes in several transactions; what was
     * interrupted is inactive, and goes on with the next call.
     * @throws ApiError GROUP_NOT_FOUND, GROUP_DENIED, PERMISSION_DENIED, GROUP_DELETE_FAILED for a system group
     */
    async delete(principal: Pick<Principal, 'userId' | 'sessionId'>, groupId: string, origin: RequestOrigin): Promise<void> {
      for (let removed = 0, isGone = false; !isGone; ) {
        const done = await step(principal, groupId, origin, removed);
        removed += done.removed;
        isGone = done.isGone;
      }
    },
  };
}

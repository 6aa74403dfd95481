import { unauthorized } from '../../http/credentials.js';
import { ApiError } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { SUPER_ADMIN, type Principal, type RequestOrigin } from '../../shared/principal.js';
import { assertRanksGroup, assertRanksUser } from '../../shared/rank.js';
import { chooseGroups, type WantedGroups } from '../../shared/wanted-groups.js';
import type { AssertNotLastSuperAdmin } from '../account/last-super-admin.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from '../permissions/administer.js';
import type { RankRepo } from '../permissions/rank.repo.js';
import type { UserGroupRow, UserGroupsRepo } from './user-groups.repo.js';
import { groupPaging } from './user-groups.schema.js';
import type { UsersRepo } from './users.repo.js';

export type UserGroupsParts = {
  db: Database;
  users: Pick<UsersRepo, 'lockById'>;
  ranks: Pick<RankRepo, 'find' | 'findGroups'>;
  repo: UserGroupsRepo;
  administer: Administer;
  assertNotLastSuperAdmin: AssertNotLastSuperAdmin;
  activity: ActivityService;
};

export type UserGroupsAsked = { limit: number; cursor?: string | undefined; search?: string | undefined };

export type UserGroups = ReturnType<typeof createUserGroups>;

/** Which groups a user is in, and who may say so. */
export function createUserGroups({ db, users, ranks, repo, administer, assertNotLastSuperAdmin, activity }: UserGroupsParts) {
  return {
    /** @returns a page of the user's active groups, by name @throws ApiError USER_NOT_FOUND; UNAUTHORIZED to whoever is himself gone by now */
    async of(caller: Pick<Principal, 'userId'>, userId: string, { limit, cursor, search }: UserGroupsAsked): Promise<{ groups: UserGroupRow[]; pagination: Pagination }> {
      const rows = await repo.list(db, userId, { after: cursor, atMost: limit + 1, search });
      if (!rows) throw userId === caller.userId ? unauthorized() : notFound();
      const page = groupPaging.page(rows, limit, ({ name }) => name);
      return { groups: page.rows, pagination: page.pagination };
    },

    /**
     * Makes these a user's groups, all of them and no other; what he keeps stays as it was. Obeyed by every worker when it returns (D-07).
     * @returns his active groups, by name
     * @throws ApiError USER_NOT_FOUND, GROUP_ASSIGN_USERS_FAILED, LAST_SUPER_ADMIN; GROUP_DENIED, PERMISSION_DENIED above the caller's rank (D-04)
     */
    replace(principal: Principal, userId: string, wanted: WantedGroups, origin: RequestOrigin): Promise<UserGroupRow[]> {
      return administer(principal, 'assign_groups', async (tx, caller) => {
        const target = await ranks.find(tx, userId);
        if (!target) throw notFound();
        // Himself included: whoever could give himself a group could give himself all of them.
        assertRanksUser(caller, target);
        const before = await repo.memberships(tx, userId);
        const after = chooseGroups(wanted, await ranks.findGroups(tx, wanted.by, wanted.names), before);
        const added = without(after, before);
        for (const group of added) assertRanksGroup(caller, group);
        const removed = without(before, after);
        if (added.length + removed.length > 0) {
          if (removed.some(({ codename }) => codename === SUPER_ADMIN)) await assertNotLastSuperAdmin(tx, userId);
          await change(tx, userId, { added, removed, by: caller.userId });
          const metadata = { before: codenames(before), after: codenames(after) };
          await activity.record(tx, origin, { action: 'user_groups_changed', userId: caller.userId, targetUserId: userId, status: 200, metadata });
        }
        return (await repo.list(tx, userId, {}))!;
      });
    },
  };

  async function change(tx: Queryable, userId: string, { added, removed, by }: { added: readonly Id[]; removed: readonly Id[]; by: string }): Promise<void> {
    // Locked, so that an erasure that comes to its end now makes this a 404 and not a failure.
    if (!(await users.lockById(tx, userId))) throw notFound();
    if (removed.length > 0) await repo.remove(tx, userId, removed.map(({ group_id }) => group_id));
    if (added.length > 0) await repo.add(tx, userId, added.map(({ group_id }) => group_id), by);
  }
}

type Id = { group_id: string };

function without<Group extends Id>(groups: readonly Group[], others: readonly Id[]): Group[] {
  const ids = new Set(others.map(({ group_id }) => group_id));
  return groups.filter(({ group_id }) => !ids.has(group_id));
}

function codenames(groups: readonly { codename: string }[]): string[] {
  return groups.map(({ codename }) => codename).sort();
}

function notFound(): ApiError {
  return new ApiError(accessErrors.USER_NOT_FOUND);
}

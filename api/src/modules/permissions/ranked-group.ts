import type { Queryable } from '../../infra/postgres.js';
import { assertRanksGroup, type Caller } from '../../shared/rank.js';
import type { GroupFields, GroupRow, GroupsRepo } from './groups.repo.js';
import { found } from './groups.service.js';
import { isBuiltIn } from './names.js';

/** The group that is about to be changed, if the caller may. @throws ApiError GROUP_NOT_FOUND, GROUP_DENIED, PERMISSION_DENIED */
export async function rankedGroup(repo: Pick<GroupsRepo, 'lock'>, tx: Queryable, caller: Caller, groupId: string): Promise<GroupRow> {
  const group = found(await repo.lock(tx, groupId));
  assertRanksGroup(caller, { codename: group.codename, permissions: codenamesOf(group) });
  return group;
}

/** Whether it keeps its names and stays. What the code knows does so whatever its row says. */
export function isSystem({ is_system, codename }: Pick<GroupRow, 'is_system' | 'codename'>): boolean {
  return is_system || isBuiltIn('group', codename);
}

/** What a group grants, in the order of the alphabet. */
export function codenamesOf({ permissions }: Pick<GroupRow, 'permissions'>): string[] {
  return permissions.map(({ codename }) => codename).sort();
}

/** What the log keeps of a group. */
export function factsOf({ name, codename, description, is_active, is_system }: GroupRow): GroupFields & Pick<GroupRow, 'is_system'> {
  return { name, codename, description, is_active, is_system };
}

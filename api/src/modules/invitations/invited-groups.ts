import { ApiError } from '../../http/errors.js';
import { accessErrors } from '../../shared/access-errors.js';
import type { GroupRow } from './invitations.repo.js';

/** The groups that somebody is invited to, as a request names them: all in one way. */
export type WantedGroups = Readonly<{ by: 'group_id' | 'codename'; names: readonly string[] }>;

/**
 * @param found the groups of these names
 * @returns them in the order they were asked for
 * @throws ApiError GROUP_ASSIGN_USERS_FAILED, whose details name every group that is unknown, not active or repeated
 */
export function chooseGroups({ by, names }: WantedGroups, found: readonly GroupRow[]): GroupRow[] {
  const byName = new Map(found.map((group) => [group[by], group]));
  const distinct = [...new Set(names)];
  const problems = {
    unknown: distinct.filter((name) => !byName.has(name)),
    inactive: distinct.filter((name) => byName.get(name)?.is_active === false),
    repeated: distinct.filter((name) => names.indexOf(name) !== names.lastIndexOf(name)),
  };
  const named = Object.entries(problems).filter(([, groups]) => groups.length > 0);
  if (named.length > 0) throw new ApiError(accessErrors.GROUP_ASSIGN_USERS_FAILED, { details: Object.fromEntries(named) });
  return distinct.map((name) => byName.get(name)!);
}

import { ApiError } from '../http/errors.js';
import { accessErrors } from './access-errors.js';
import type { RankedGroup } from './rank.js';

/** A group that may be given. */
export type KnownGroup = RankedGroup & Readonly<{ group_id: string; is_active: boolean }>;

/** The groups that somebody is to be in, as a request names them: all in one way. */
export type WantedGroups = Readonly<{ by: 'group_id' | 'codename'; names: readonly string[] }>;

/**
 * @param found the groups of these names
 * @param before the groups the user is in, none for one who is yet to be: what he has may stay, also when it is not active
 * @returns them in the order they were asked for
 * @throws ApiError GROUP_ASSIGN_USERS_FAILED, whose details name every group that is unknown, not active or repeated
 */
export function chooseGroups({ by, names }: WantedGroups, found: readonly KnownGroup[], before: readonly Pick<KnownGroup, 'group_id'>[] = []): KnownGroup[] {
  const byName = new Map(found.map((group) => [group[by], group]));
  const kept = new Set(before.map(({ group_id }) => group_id));
  const distinct = [...new Set(names)];
  const problems = {
    unknown: distinct.filter((name) => !byName.has(name)),
    inactive: distinct.filter((name) => isInactive(byName.get(name))),
    repeated: distinct.filter((name) => names.indexOf(name) !== names.lastIndexOf(name)),
  };
  if (Object.values(problems).some((some) => some.length > 0)) throw new ApiError(accessErrors.GROUP_ASSIGN_USERS_FAILED, { details: named(problems) });
  return distinct.map((name) => byName.get(name)!);

  function isInactive(group: KnownGroup | undefined): boolean {
    return group !== undefined && !group.is_active && !kept.has(group.group_id);
  }
}

function named(problems: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(problems).filter(([, groups]) => groups.length > 0));
}

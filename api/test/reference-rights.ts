/**
 * Who may do what, written down a second time: as plain loops over plain maps, without a database and without a thought for
 * speed. Whatever decides or explains in the server is compared with it.
 */
export type WorldGroup = { codename: string; name: string; is_active: boolean };
export type WorldPermission = { codename: string; name: string; description: string | null; category: string | null };

export type World = {
  groups: Map<string, WorldGroup>;
  permissions: Map<string, WorldPermission>;
  /** By group: the ids of permissions. */
  mappings: Map<string, Set<string>>;
  /** By user: the ids of groups. */
  memberships: Map<string, Set<string>>;
};

export type Explained = WorldPermission & { permission_id: string; groups: { group_id: string; codename: string; name: string }[] };

export const emptyWorld = (): World => ({ groups: new Map(), permissions: new Map(), mappings: new Map(), memberships: new Map() });

/** A member of a set that is made when it is first asked for. */
export function setOf(sets: Map<string, Set<string>>, key: string): Set<string> {
  const known = sets.get(key) ?? new Set();
  sets.set(key, known);
  return known;
}

/** The codenames of a user's active groups. */
export function groupsOf(world: World, userId: string): string[] {
  return [...(world.memberships.get(userId) ?? [])].map((id) => world.groups.get(id)!).filter((group) => group.is_active).map(({ codename }) => codename).toSorted();
}

export function isSuperAdmin(world: World, userId: string): boolean {
  return groupsOf(world, userId).includes('super_admin');
}

/** What a user holds, by category and name, each with the groups that give it, by name. */
export function heldBy(world: World, userId: string): Explained[] {
  const held: Explained[] = [];
  for (const [permissionId, permission] of world.permissions) {
    const giving = [];
    for (const groupId of world.memberships.get(userId) ?? []) {
      const group = world.groups.get(groupId)!;
      if (!group.is_active) continue;
      if (group.codename === 'super_admin' || world.mappings.get(groupId)?.has(permissionId)) giving.push({ group_id: groupId, codename: group.codename, name: group.name });
    }
    if (giving.length > 0) held.push({ permission_id: permissionId, ...permission, groups: giving.toSorted((a, b) => compare(a.name, b.name)) });
  }
  return held.toSorted((a, b) => compareCategories(a.category, b.category) || compare(a.name, b.name));
}

/** Whether a request of this user passes where a permission is asked for. */
export function mayDo(world: World, userId: string, codename: string): boolean {
  return isSuperAdmin(world, userId) || heldBy(world, userId).some((permission) => permission.codename === codename);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function compareCategories(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(a, b);
}

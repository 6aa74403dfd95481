import type { HeldRow, HeldThen } from './user-permissions.repo.js';
import type { HeldView } from './user-permissions.schema.js';

/** What a user holds, with the groups that give it when an explanation is asked for. */
export function presentHeld(userId: string, permissions: readonly HeldRow[], explain: boolean): HeldView {
  return { user_id: userId, permissions: permissions.map((row) => presentPermission(row, explain)) };
}

/** @param at the moment that was asked for, in UTC to the microsecond */
export function presentHeldThen(userId: string, { permissions, recordedSince }: HeldThen, { at, explain }: { at: string; explain: boolean }): HeldView {
  return { ...presentHeld(userId, permissions, explain), at, recorded_since: recordedSince.toISOString() };
}

function presentPermission(row: HeldRow, explain: boolean): HeldView['permissions'][number] {
  return {
    permission_id: row.permission_id,
    name: row.name,
    codename: row.codename,
    description: row.description,
    category: row.category,
    ...(explain && { groups: row.groups.map(({ group_id, codename, name }) => ({ group_id, codename, name })) }),
  };
}

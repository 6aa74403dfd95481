import type { HeldRow, HeldThen } from './user-permissions.repo.js';
import type { HeldPage } from './user-permissions.service.js';
import type { HeldView } from './user-permissions.schema.js';

/** What a user holds, with the groups that give it when an explanation is asked for. */
export function presentHeld(userId: string, { held, pagination }: HeldPage<readonly HeldRow[]>, explain: boolean): HeldView {
  return { user_id: userId, permissions: presentPermissions(held, explain), pagination };
}

/** @param at the moment that was asked for, in UTC to the microsecond */
export function presentHeldThen(userId: string, { held: { permissions, recordedSince }, pagination }: HeldPage<HeldThen>, { at, explain }: { at: string; explain: boolean }): HeldView {
  return { ...presentHeld(userId, { held: permissions, pagination }, explain), at, recorded_since: recordedSince.toISOString() };
}

export function presentPermissions(rows: readonly HeldRow[], explain: boolean): HeldView['permissions'] {
  return rows.map((row) => presentPermission(row, explain));
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

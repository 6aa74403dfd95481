import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import { CODENAME, CODENAME_FORMAT, GROUPS, PERMISSIONS } from '../../shared/permission-catalogue.js';
import { duplicate, type Named, type Names, type NamesRepo } from './names.repo.js';

const BUILT_IN: Readonly<Record<Named, ReadonlySet<string>>> = { permission: new Set(Object.keys(PERMISSIONS)), group: new Set(Object.keys(GROUPS)) };

/** Whether a codename is one that the code itself knows. */
export function isBuiltIn(table: Named, codename: string): boolean {
  return BUILT_IN[table].has(codename);
}

/**
 * A built-in codename is taken also while its row is missing: with it, somebody's own entry would be what routes ask for. In
 * other capitals it would be taken for the built-in one by whoever reads it.
 * @param names what is to be written
 * @param own the permission or group as it is, where it is there already: what it keeps is not looked at
 * @throws ApiError AUTH_INVALID_PAYLOAD for what can be no codename; DUPLICATE_ENTRY with `details.fields`
 */
export async function assertNamesFree(repo: NamesRepo, tx: Queryable, table: Named, names: Names, own?: Names & { id: string }): Promise<void> {
  if (names.codename !== own?.codename && !CODENAME.test(names.codename)) {
    throw new ApiError(authErrors.AUTH_INVALID_PAYLOAD, { issues: [{ path: 'codename', code: 'invalid_format', params: { format: CODENAME_FORMAT } }] });
  }
  const taken = await repo.findTaken(tx, table, names, own?.id);
  if (names.codename !== own?.codename && isBuiltIn(table, names.codename.toLowerCase())) taken.codename = true;
  const fields = (['name', 'codename'] as const).filter((field) => taken[field]);
  if (fields.length > 0) throw duplicate(fields);
}

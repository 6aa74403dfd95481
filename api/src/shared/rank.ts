import { ApiError } from '../http/errors.js';
import { accessErrors } from './access-errors.js';
import { SUPER_ADMIN } from './principal.js';

/** Who gives or takes. */
export type Caller = Readonly<{ userId: string; isSuperAdmin: boolean; permissions: ReadonlySet<string> }>;

/** What somebody holds at this moment. */
export type Standing = {
  userId: string;
  /** May use the account. */
  usable: boolean;
  isProtected: boolean;
  isSuperAdmin: boolean;
  /** In the group of super administrators, be it active or not. */
  inSuperAdmins: boolean;
  permissions: string[];
  /** What all groups would give, those included that are not active. */
  potential: string[];
};

/** A group as rank sees it: with all that it grants, or would grant if it were active. */
export type RankedGroup = Readonly<{ codename: string; permissions: readonly string[] }>;

/**
 * Nobody gives, changes or takes away more than he holds himself (D-04, D-05, D-11, ASVS 8.2.1). Equals may act on each
 * other. Super administrators hold everything, also what is yet to be made, and they alone act on each other and on
 * protected accounts.
 */

/** Whether the caller may give or take permissions. @throws ApiError PERMISSION_DENIED, which names what the caller lacks */
export function assertHolds(caller: Caller, permissions: Iterable<string>): void {
  if (caller.isSuperAdmin) return;
  const missing = [...new Set(permissions)].filter((permission) => !caller.permissions.has(permission)).sort();
  if (missing.length > 0) throw new ApiError(accessErrors.PERMISSION_DENIED, { details: { message: `Missing permissions: ${missing.join(', ')}`, required_permissions: missing } });
}

/** Whether the caller may do what is for super administrators alone. @throws ApiError GROUP_DENIED */
export function assertSuperAdmin(caller: Caller): void {
  if (!caller.isSuperAdmin) throw new ApiError(accessErrors.GROUP_DENIED, { details: { message: `Missing required group: ${SUPER_ADMIN}`, required_groups: [SUPER_ADMIN] } });
}

/** Whether the caller may give, change or take away a group. @throws ApiError GROUP_DENIED, PERMISSION_DENIED */
export function assertRanksGroup(caller: Caller, { codename, permissions }: RankedGroup): void {
  if (codename === SUPER_ADMIN) assertSuperAdmin(caller);
  assertHolds(caller, permissions);
}

/** Whether the caller may change an account and what it holds. @throws ApiError GROUP_DENIED, PERMISSION_DENIED */
export function assertRanksUser(caller: Caller, target: Standing): void {
  if (target.isProtected || target.inSuperAdmins) assertSuperAdmin(caller);
  assertHolds(caller, target.potential);
}

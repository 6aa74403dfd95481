import type { UserRow } from './user-row.js';

/** Whether an account may sign in and keep its sessions (A-14, B-14). Suspended, deleted and trashed accounts may not, whatever their flags say. */
export function mayUseAccount(user: Pick<UserRow, 'is_active' | 'is_verified' | 'is_trashed' | 'status'>): boolean {
  const status = user.status?.toUpperCase();
  return user.is_active && user.is_verified && !user.is_trashed && status !== 'SUSPENDED' && status !== 'DELETED';
}

/** The same rule for a statement, over the alias `u`. */
export const MAY_USE_ACCOUNT_SQL = `u.is_active AND u.is_verified AND NOT u.is_trashed AND upper(COALESCE(u.status, '')) NOT IN ('SUSPENDED', 'DELETED')`;

/** Whether a sign-in brings an account back: its owner had deactivated it, or deleted it a short while ago (API.md §4.2). An administrator's decision stays. */
export function mayComeBack(user: Pick<UserRow, 'is_active' | 'is_verified' | 'is_trashed' | 'status' | 'deactivated_at' | 'erase_after' | 'closed_by_admin_at'>, now = new Date()): boolean {
  if (user.is_active || !user.is_verified || user.is_trashed || user.closed_by_admin_at !== null) return false;
  const status = user.status?.toUpperCase();
  if (status === 'INACTIVE') return user.deactivated_at !== null;
  return status === 'DELETED' && user.erase_after !== null && user.erase_after > now;
}

/** The same rule for a statement, over the alias `u`. */
export const MAY_COME_BACK_SQL = `NOT u.is_active AND u.is_verified AND NOT u.is_trashed AND u.closed_by_admin_at IS NULL
  AND ((upper(COALESCE(u.status, '')) = 'INACTIVE' AND u.deactivated_at IS NOT NULL) OR (upper(COALESCE(u.status, '')) = 'DELETED' AND u.erase_after > now()))`;

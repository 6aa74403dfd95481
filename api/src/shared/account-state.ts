import type { UserRow } from './user-row.js';

/** Whether an account may sign in and keep its sessions (A-14, B-14). Suspended, deleted and trashed accounts may not, whatever their flags say. */
export function mayUseAccount(user: Pick<UserRow, 'is_active' | 'is_verified' | 'is_trashed' | 'status'>): boolean {
  const status = user.status?.toUpperCase();
  return user.is_active && user.is_verified && !user.is_trashed && status !== 'SUSPENDED' && status !== 'DELETED';
}

/** The same rule for a statement, over the alias `u`. */
export const MAY_USE_ACCOUNT_SQL = `u.is_active AND u.is_verified AND NOT u.is_trashed AND upper(COALESCE(u.status, '')) NOT IN ('SUSPENDED', 'DELETED')`;

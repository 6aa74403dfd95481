import type { UserRow } from '../../shared/user-row.js';

/** What entries say of an account before and after an administrator has opened or closed it. */
export function stateOf(user: UserRow): Record<string, unknown> {
  return {
    status: user.status,
    is_active: user.is_active,
    is_verified: user.is_verified,
    deactivated_at: iso(user.deactivated_at),
    erase_after: iso(user.erase_after),
    closed_by_admin_at: iso(user.closed_by_admin_at),
  };
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

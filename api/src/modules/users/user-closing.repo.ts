import type { Queryable } from '../../infra/postgres.js';
import { USER_COLUMNS, type UserRow } from '../../shared/user-row.js';

/** Deleted by its owner before an administrator took that over: it bears one moment for both. Nobody deactivates what is deleted. Over the alias `u`. */
const OWNER_HAD_DELETED = `(upper(COALESCE(u.status, '')) = 'DELETED' AND u.deactivated_at = u.closed_by_admin_at)`;

export type UserClosingRepo = ReturnType<typeof createUserClosingRepo>;

/** What administrators decide about accounts. The caller has the account's row locked; each returns it as it is then. */
export function createUserClosingRepo() {
  return {
    async suspend(tx: Queryable, userId: string): Promise<UserRow> {
      const { rows } = await tx.query<UserRow>({
        name: 'user_suspend',
        text: `UPDATE "user" u SET status = 'SUSPENDED', is_active = false, last_updated = now() WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId],
      });
      return rows[0]!;
    },

    /**
     * Takes back what administrators have decided, and vouches for the account. What its owner has decided stays: an account
     * that he had deactivated before is as he left it, and comes back when he signs in; so does one that he had deleted, until
     * the day that was set then.
     */
    async activate(tx: Queryable, userId: string): Promise<UserRow> {
      const { rows } = await tx.query<UserRow>({
        name: 'user_activate',
        text: `UPDATE "user" u SET status = CASE WHEN ${OWNER_HAD_DELETED} THEN 'DELETED' WHEN u.deactivated_at IS NULL THEN 'ACTIVE' ELSE 'INACTIVE' END,
                 is_active = u.deactivated_at IS NULL, is_verified = true, deactivated_at = CASE WHEN ${OWNER_HAD_DELETED} THEN NULL ELSE u.deactivated_at END,
                 erase_after = CASE WHEN ${OWNER_HAD_DELETED} THEN u.erase_after END, closed_by_admin_at = NULL, last_updated = now()
               WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId],
      });
      return rows[0]!;
    },

    /** Closes the account for good: no sign-in brings it back, and it is erased after so many days of 24 hours. */
    async delete(tx: Queryable, userId: string, graceDays: number): Promise<UserRow> {
      const { rows } = await tx.query<UserRow>({
        name: 'user_delete',
        text: `UPDATE "user" u SET status = 'DELETED', is_active = false, closed_by_admin_at = now(), erase_after = now() + make_interval(hours => 24 * $2::int), last_updated = now()
               WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId, graceDays],
      });
      return rows[0]!;
    },

    /** Makes the deletion that the owner asked for an administrator's, on the day that was set. `deactivated_at` keeps that it was his. */
    async takeDeletionOver(tx: Queryable, userId: string): Promise<UserRow> {
      const { rows } = await tx.query<UserRow>({
        name: 'user_take_deletion_over',
        text: `UPDATE "user" u SET closed_by_admin_at = now(), deactivated_at = now(), last_updated = now() WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId],
      });
      return rows[0]!;
    },
  };
}

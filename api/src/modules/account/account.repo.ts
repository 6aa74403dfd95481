import type { Queryable } from '../../infra/postgres.js';

export type AccountRepo = ReturnType<typeof createAccountRepo>;

/** The ends of accounts that their owners ask for. */
export function createAccountRepo() {
  return {
    async deactivate(tx: Queryable, userId: string): Promise<void> {
      await tx.query({
        name: 'account_deactivate',
        text: `UPDATE "user" SET status = 'INACTIVE', is_active = false, deactivated_at = now(), last_updated = now() WHERE user_id = $1`,
        values: [userId],
      });
    },

    /** @returns when the account is erased: so many days of 24 hours from now */
    async delete(tx: Queryable, userId: string, graceDays: number): Promise<Date> {
      const { rows } = await tx.query<{ erase_after: Date }>({
        name: 'account_delete',
        text: `UPDATE "user" SET status = 'DELETED', is_active = false, erase_after = now() + make_interval(hours => 24 * $2::int), last_updated = now()
               WHERE user_id = $1 RETURNING erase_after`,
        values: [userId, graceDays],
      });
      return rows[0]!.erase_after;
    },
  };
}

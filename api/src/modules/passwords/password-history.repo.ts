import type { Queryable } from '../../infra/postgres.js';

export type PasswordHistoryRepo = ReturnType<typeof createPasswordHistoryRepo>;

/** The hashes of passwords that accounts had before. */
export function createPasswordHistoryRepo() {
  return {
    /** @returns the newest first */
    async newest(db: Queryable, userId: string, atMost: number): Promise<string[]> {
      const { rows } = await db.query<{ password: string }>({
        name: 'password_history_newest',
        text: 'SELECT password FROM password_history WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2',
        values: [userId, atMost],
      });
      return rows.map(({ password }) => password);
    },

    /** Adds the hash that was replaced. The caller has the account's row locked, so that the clock tells the order. */
    async add(tx: Queryable, userId: string, hash: string): Promise<void> {
      await tx.query({ name: 'password_history_add', text: 'INSERT INTO password_history (user_id, password, created_at) VALUES ($1, $2, clock_timestamp())', values: [userId, hash] });
    },

    /** Forgets all but the newest: what is not compared is not kept. */
    async trim(tx: Queryable, userId: string, kept: number): Promise<void> {
      await tx.query({
        name: 'password_history_trim',
        text: `DELETE FROM password_history WHERE user_id = $1 AND password_history_id NOT IN (
                 SELECT password_history_id FROM password_history WHERE user_id = $1 ORDER BY created_at DESC LIMIT $2)`,
        values: [userId, kept],
      });
    },
  };
}

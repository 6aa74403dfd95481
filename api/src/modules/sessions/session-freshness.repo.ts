import type { Queryable } from '../../infra/postgres.js';

export type SessionFreshnessRepo = ReturnType<typeof createSessionFreshnessRepo>;

/** How long ago somebody signed in. A refresh makes no session younger: it asks nobody who he is. */
export function createSessionFreshnessRepo() {
  return {
    /** Whether a session was opened less than so many seconds ago, by the database's clock. */
    async isFresh(db: Queryable, sessionId: string, seconds: number): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'session_is_fresh',
        text: 'SELECT FROM session WHERE session_id = $1 AND created_at > now() - make_interval(secs => $2)',
        values: [sessionId, seconds],
      });
      return rowCount === 1;
    },
  };
}

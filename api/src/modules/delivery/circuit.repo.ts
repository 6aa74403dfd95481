import type { Queryable } from '../../infra/postgres.js';
import type { Channel } from './delivery.repo.js';

/** Failures in a row after which a channel is known to be down. */
export const FAILURES_TO_OPEN = 5;
/** How long the first time; twice as long after each failure that follows. */
const FIRST_SECONDS = 30;
const LONGEST_SECONDS = 300;

export type ChannelHealth = { failures: number; downSeconds: number };

export type CircuitRepo = ReturnType<typeof createCircuitRepo>;

/** Whether a channel works, as all workers know it, by the clock of the database. */
export function createCircuitRepo() {
  return {
    /** Failures in a row, and the whole seconds for which it is still known to be down: the column is rounded to a millisecond, which must not count as another second. */
    async health(db: Queryable, channel: Channel): Promise<ChannelHealth> {
      const { rows } = await db.query<ChannelHealth>({
        name: 'circuit_health',
        text: `SELECT failures, coalesce(ceil(greatest(0, extract(epoch FROM down_until - clock_timestamp()) - 0.001)), 0)::int AS "downSeconds"
               FROM delivery_channel WHERE channel = $1`,
        values: [channel],
      });
      return rows[0] ?? { failures: 0, downSeconds: 0 };
    },

    /** Counts a failure. One that began before the channel was known to be down says nothing new. @returns the seconds for which this one closes it; 0 when it does not */
    async countFailure(db: Queryable, channel: Channel): Promise<number> {
      const { rows } = await db.query<{ seconds: number }>({
        name: 'circuit_count_failure',
        text: `INSERT INTO delivery_channel AS c (channel, failures) VALUES ($1, 1)
               ON CONFLICT (channel) DO UPDATE SET failures = c.failures + 1, changed_at = now(),
                 down_until = CASE WHEN c.failures + 1 >= $2 THEN
                   clock_timestamp() + make_interval(secs => least($4, $3 * 2 ^ least(c.failures + 1 - $2, 10))) END
               WHERE c.down_until IS NULL OR c.down_until <= clock_timestamp()
               RETURNING coalesce(round(extract(epoch FROM down_until - clock_timestamp())), 0)::int AS seconds`,
        values: [channel, FAILURES_TO_OPEN, FIRST_SECONDS, LONGEST_SECONDS],
      });
      return rows[0]?.seconds ?? 0;
    },

    /** A message was taken: the channel works. @returns true when it was known to be down before */
    async recover(db: Queryable, channel: Channel): Promise<boolean> {
      const { rows } = await db.query<{ was_down: boolean }>({
        name: 'circuit_recover',
        text: `UPDATE delivery_channel AS c SET failures = 0, down_until = NULL, changed_at = now()
               FROM (SELECT channel, down_until FROM delivery_channel WHERE channel = $1 FOR UPDATE) AS before
               WHERE c.channel = before.channel
               RETURNING before.down_until IS NOT NULL AS was_down`,
        values: [channel],
      });
      return rows[0]?.was_down === true;
    },
  };
}

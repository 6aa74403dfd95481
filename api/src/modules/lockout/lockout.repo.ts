import type { Queryable } from '../../infra/postgres.js';

/** When to wait and for how long. Seconds. */
export type LockoutOptions = Readonly<{ maxFailures: number; windowSeconds: number; maxSeconds: number }>;

export type LockoutRepo = ReturnType<typeof createLockoutRepo>;

const BUCKET = 'sign_in';
const FIRST_WAIT_SECONDS = 60;
/** Enough for any configured longest wait; two to the power of a number without bound is none that a column holds. */
const MOST_DOUBLINGS = 30;

/**
 * Failed attempts by who made them on what. Kept in Postgres: a lost cache forgives nothing (I4). The clock is read
 * behind the row's lock, so that simultaneous attempts are judged in line.
 */
export function createLockoutRepo({ maxFailures, windowSeconds, maxSeconds }: LockoutOptions) {
  // Numbers of the configuration, the same for the life of the process: as text they cost no parameters.
  const wait = `make_interval(secs => CASE WHEN t.hits < ${maxFailures} THEN 0 ELSE least(${maxSeconds}, ${FIRST_WAIT_SECONDS} * power(2, least(t.hits - ${maxFailures}, ${MOST_DOUBLINGS}))) END)`;
  const isForgotten = `t.last_hit_at + ${wait} + make_interval(secs => ${windowSeconds}) <= clock_timestamp()`;
  const seconds = `greatest(0, ceil(extract(epoch FROM t.last_hit_at + ${wait} - clock_timestamp())))::int AS seconds`;

  return {
    /** @returns the seconds each subject has to wait; none for one of which nothing is known */
    async waits(db: Queryable, subjects: readonly Buffer[]): Promise<Wait[]> {
      const { rows } = await db.query<Wait>({ name: 'lockout_waits', text: `SELECT t.subject, ${seconds} FROM throttle t WHERE t.bucket = '${BUCKET}' AND t.subject = ANY($1)`, values: [subjects] });
      return rows;
    },

    /** As `waits`, and nobody else fails or is forgiven until the transaction ends. */
    async lockWaits(db: Queryable, subjects: readonly Buffer[]): Promise<Wait[]> {
      const { rows } = await db.query<Wait>({
        name: 'lockout_lock_waits',
        text: `SELECT t.subject, ${seconds} FROM throttle t WHERE t.bucket = '${BUCKET}' AND t.subject = ANY($1) ORDER BY t.subject FOR UPDATE`,
        values: [subjects],
      });
      return rows;
    },

    /** Counts a failure of each subject that need not wait. @returns those that it was counted for */
    async countFailure(db: Queryable, subjects: readonly Buffer[]): Promise<Buffer[]> {
      const { rows } = await db.query<{ subject: Buffer }>({
        name: 'lockout_count_failure',
        text: `INSERT INTO throttle AS t (bucket, subject, window_started_at, hits, last_hit_at)
               SELECT '${BUCKET}', subject, clock_timestamp(), 1, clock_timestamp() FROM unnest($1::bytea[]) AS subject ORDER BY subject
               ON CONFLICT (bucket, subject) DO UPDATE SET
                 hits = CASE WHEN ${isForgotten} THEN 1 ELSE t.hits + 1 END,
                 window_started_at = CASE WHEN ${isForgotten} THEN clock_timestamp() ELSE t.window_started_at END,
                 last_hit_at = clock_timestamp()
               WHERE t.last_hit_at + ${wait} <= clock_timestamp()
               RETURNING t.subject`,
        values: [subjects],
      });
      return rows.map(({ subject }) => subject);
    },

    async forgive(db: Queryable, subjects: readonly Buffer[]): Promise<void> {
      await db.query({ name: 'lockout_forgive', text: `DELETE FROM throttle WHERE bucket = '${BUCKET}' AND subject = ANY($1)`, values: [subjects] });
    },

    /** Forgets some failures that count no more: each new one clears away more than itself. */
    async forgetOld(db: Queryable): Promise<void> {
      await db.query({
        name: 'lockout_forget_old',
        text: `DELETE FROM throttle WHERE ctid = ANY(ARRAY(
                 SELECT t.ctid FROM throttle t WHERE t.bucket = '${BUCKET}' AND t.last_hit_at < now() - make_interval(secs => ${maxSeconds + windowSeconds})
                 ORDER BY t.last_hit_at LIMIT 10 FOR UPDATE SKIP LOCKED))`,
      });
    },
  };
}

type Wait = { subject: Buffer; seconds: number };

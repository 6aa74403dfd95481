import type { Queryable } from '../../infra/postgres.js';

/** At most `max` in each window, none when that is zero; no two closer than the cool-down. No window is longer than a day. */
export type Budget = { bucket: string; subject: Buffer; windowSeconds: number; max: number; cooldownSeconds: number };

export type BudgetsRepo = ReturnType<typeof createBudgetsRepo>;

/**
 * Budgets that must not be lost with a cache: codes an identity may ask for,
 * accounts an address may make. Kept in Postgres, in the caller's transaction,
 * so they survive new codes and a flushed Redis (C-04, C-23).
 */
export function createBudgetsRepo() {
  return {
    /** Takes one. The clock is read behind the row's lock: simultaneous callers are served in line. @returns 0 when granted, else the seconds to wait */
    async take(db: Queryable, budget: Budget): Promise<number> {
      if (budget.max === 0) return budget.windowSeconds;
      const values = [budget.bucket, budget.subject, budget.windowSeconds, budget.max, budget.cooldownSeconds];
      const taken = await db.query({
        name: 'budget_take',
        text: `INSERT INTO throttle AS t (bucket, subject, window_started_at, hits, last_hit_at) VALUES ($1, $2, clock_timestamp(), 1, clock_timestamp())
               ON CONFLICT (bucket, subject) DO UPDATE SET
                 hits = CASE WHEN t.window_started_at <= clock_timestamp() - make_interval(secs => $3) THEN 1 ELSE t.hits + 1 END,
                 window_started_at = CASE WHEN t.window_started_at <= clock_timestamp() - make_interval(secs => $3) THEN clock_timestamp() ELSE t.window_started_at END,
                 last_hit_at = clock_timestamp()
               WHERE ($5::float8 = 0 OR t.last_hit_at <= clock_timestamp() - make_interval(secs => $5))
                 AND (t.hits < $4 OR t.window_started_at <= clock_timestamp() - make_interval(secs => $3))
               RETURNING hits`,
        values,
      });
      if (taken.rows.length > 0) return 0;
      const { rows } = await db.query<{ wait: number }>({
        name: 'budget_wait',
        text: `SELECT ceil(greatest(1, extract(epoch FROM t.last_hit_at - clock_timestamp()) + $4,
                 CASE WHEN t.hits >= $5 THEN extract(epoch FROM t.window_started_at - clock_timestamp()) + $3 ELSE 0 END))::int AS wait
               FROM throttle t WHERE bucket = $1 AND subject = $2`,
        values: [budget.bucket, budget.subject, budget.windowSeconds, budget.cooldownSeconds, budget.max],
      });
      return rows[0]?.wait ?? 1;
    },

    /** Forgets some budgets that have not been asked for a day, when every window is over: each one that is taken clears away more than itself. */
    async forgetOld(db: Queryable): Promise<void> {
      await db.query({
        name: 'budget_forget_old',
        text: `DELETE FROM throttle WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM throttle WHERE last_hit_at < now() - interval '1 day' ORDER BY last_hit_at LIMIT 10 FOR UPDATE SKIP LOCKED))`,
      });
    },
  };
}

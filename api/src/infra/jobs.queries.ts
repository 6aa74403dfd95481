import type { Queryable } from './postgres.js';
import type { SealedPayload } from './jobs.seal.js';

/**
 * The questions we put to graphile-worker's tables. `add_job` is its public
 * interface; the rest is what it lacks: leases that are short enough for a
 * one-time code, and a back-off that outlives a restart of the mail server.
 */

/** graphile-worker keeps its tables here; the same in every installation, so that SQL can name it. */
export const JOB_SCHEMA = 'graphile_worker';

export type NewJob = { name: string; payload: SealedPayload; maxAttempts: number; notBefore: Date | undefined; afterSeconds: number | undefined; key: string | undefined };
export type LostJob = { id: string; name: string; attempt: number; maxAttempts: number };

/** Adds a job in the caller's transaction; one with the same key that has not begun is replaced. */
export async function addJob(db: Queryable, job: NewJob): Promise<void> {
  await db.query({
    name: 'jobs_add',
    text: 'SELECT 1 FROM graphile_worker.add_job($1, payload := $2::json, max_attempts := $3, job_key := $4, run_at := coalesce($5, now() + make_interval(secs => $6)))',
    values: [job.name, JSON.stringify(job.payload), job.maxAttempts, job.key ?? null, job.notBefore?.toISOString() ?? null, job.afterSeconds ?? null],
  });
}

/** Removes a job that is done. */
export async function finishJob(db: Queryable, id: string): Promise<void> {
  await db.query({ text: 'DELETE FROM graphile_worker._private_jobs WHERE id = $1', values: [id] });
}

/**
 * Puts off the next try of a job that this worker holds, in seconds from now. A final failure uses up
 * its tries; one that was put off has used none, unless it was replaced meanwhile: then it has none left.
 */
export async function postponeJob(db: Queryable, id: string, seconds: number, outcome: 'tried' | 'put_off' | 'final'): Promise<void> {
  await db.query({
    text: `UPDATE graphile_worker._private_jobs
              SET run_at = now() + make_interval(secs => $2),
                  attempts = CASE WHEN $3 = 'final' THEN max_attempts WHEN $3 = 'put_off' AND attempts < max_attempts THEN attempts - 1 ELSE attempts END
            WHERE id = $1`,
    values: [id, seconds, outcome],
  });
}

/** Says that the jobs held by this worker are still being worked on. */
export async function renewLeases(db: Queryable, worker: string): Promise<void> {
  await db.query({
    name: 'jobs_renew_leases',
    text: 'UPDATE graphile_worker._private_jobs SET locked_at = now() WHERE locked_by = $1',
    values: [worker],
  });
}

/** Takes jobs back from workers that have said nothing for so many seconds: they were killed. */
export async function takeBackLostJobs(db: Queryable, leaseSeconds: number): Promise<LostJob[]> {
  const { rows } = await db.query<LostJob>({
    name: 'jobs_take_back',
    text: `UPDATE graphile_worker._private_jobs AS job
              SET locked_at = NULL, locked_by = NULL, run_at = greatest(job.run_at, now())
             FROM graphile_worker._private_tasks AS task
            WHERE task.id = job.task_id AND job.locked_at < now() - make_interval(secs => $1)
        RETURNING job.id::text, task.identifier AS name, job.attempts AS attempt, job.max_attempts AS "maxAttempts"`,
    values: [leaseSeconds],
  });
  return rows;
}

/** Forgets jobs that failed for good so many days ago. */
export async function purgeFailedJobs(db: Queryable, days: number): Promise<void> {
  await db.query({
    text: `DELETE FROM graphile_worker._private_jobs
            WHERE attempts >= max_attempts AND locked_at IS NULL AND run_at < now() - make_interval(days => $1)`,
    values: [days],
  });
}

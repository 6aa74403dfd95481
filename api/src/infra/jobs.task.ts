import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Task } from 'graphile-worker';
import type { HandleOptions, JobHandler } from './jobs.js';
import { finishJob, postponeJob } from './jobs.queries.js';
import { openPayload } from './jobs.seal.js';
import type { Logger } from './logger.js';
import type { Queryable } from './postgres.js';

/** What is sealed into a job. `notAfter` is in milliseconds since the epoch. */
export type Envelope = { payload: unknown; notAfter?: number | undefined };

export type TaskParts = {
  db: Queryable;
  keys: readonly Buffer[];
  /** Seconds until the next try after so many tries. */
  retrySeconds: (attempt: number) => number;
  /** True when nobody waits for the outcome any more. */
  abandoned: () => boolean;
  logger: Logger;
};

const SETTLE_RETRY_MS = 500;
/** graphile-worker adds e^attempts seconds of its own to the wait, up to this exponent. */
const MAX_OWN_EXPONENT = 10;

/** Makes what graphile-worker runs for a name: opens the payload, does the work unless its time has passed, records the outcome. */
export function createTask<P>(name: string, { handler, expired }: { handler: JobHandler<P> } & HandleOptions<P>, { db, keys, retrySeconds, abandoned, logger }: TaskParts): Task {
  return async function runJob(sealed, { job }) {
    const facts = { job: name, jobId: job.id, attempt: job.attempts, maxAttempts: job.max_attempts };
    let notAfter = Infinity;
    try {
      const envelope = openPayload(keys, name, sealed) as Envelope;
      notAfter = envelope.notAfter ?? Infinity;
      if (Date.now() >= notAfter) {
        logger.warn('A job was dropped because its time had passed', facts);
        await expired?.(envelope.payload as P);
      } else await handler(envelope.payload as P, { attempt: job.attempts, maxAttempts: job.max_attempts, createdAt: job.created_at });
    } catch (error) {
      await recordFailure(job, error, (notAfter - Date.now()) / 1000, facts);
      // The sentence stands in the table as `last_error`: what a provider answers may name the recipient, so it is not in it.
      throw new Error('The job failed; the log says why', { cause: error });
    }
    // Removed here and not by graphile-worker, which gives up at once when the database is away: the mail would be sent again.
    await settle(() => finishJob(db, job.id));
  };

  async function recordFailure(job: Job, error: unknown, secondsLeft: number, facts: object): Promise<void> {
    const { permanent, postponeSeconds } = Object(error) as { permanent?: unknown; postponeSeconds?: unknown };
    const final = job.attempts >= job.max_attempts || permanent === true;
    const wasTry = typeof postponeSeconds !== 'number';
    // Halved, so that the last tries still fall into the time in which they are worth something. Once it is over, the next look drops the job.
    const seconds = Math.max(0, Math.min(wasTry ? retrySeconds(job.attempts) : postponeSeconds, secondsLeft / 2));
    if (final) logger.error('A job failed for good', { ...facts, error });
    else if (wasTry) logger.warn('A job failed and will be tried again', { ...facts, seconds: Math.round(seconds), error });
    else logger.debug('A job was put off', { ...facts, seconds: Math.round(seconds), error });
    const own = Math.exp(Math.min(wasTry ? job.attempts : job.attempts - 1, MAX_OWN_EXPONENT));
    const outcome = final ? 'final' : wasTry ? 'tried' : 'put_off';
    await settle(() => postponeJob(db, job.id, final ? 0 : Math.max(0, seconds - own), outcome));
  }

  /** Repeats a statement until the database has taken it. */
  async function settle(statement: () => Promise<void>): Promise<void> {
    while (!abandoned()) {
      try {
        return await statement();
      } catch (error) {
        logger.warn('The outcome of a job could not be recorded yet', { job: name, error });
        await sleep(SETTLE_RETRY_MS);
      }
    }
  }
}

import type pg from 'pg';
import { purgeFailedJobs, renewLeases, takeBackLostJobs } from './jobs.queries.js';
import type { Logger } from './logger.js';

export type JobLeases = {
  /** The name under which this process locks its jobs from now on. */
  holdAs(worker: string): void;
  start(): void;
  close(): Promise<void>;
};

type Options = { pool: pg.Pool; leaseSeconds: number; onRenewed: () => void };

const RENEWALS_PER_LEASE = 4;
const PURGE_EVERY_MS = 3_600_000;
const KEEP_FAILED_DAYS = 7;

/**
 * Leases on running jobs. graphile-worker holds the job of a killed worker for
 * four hours, longer than any code lives; here a worker renews its locks every
 * few seconds, and another takes back what was not renewed for a whole lease.
 * Both by the clock of the database.
 */
export function createJobLeases({ pool, leaseSeconds, onRenewed }: Options, logger: Logger): JobLeases {
  const everyMs = (leaseSeconds * 1000) / RENEWALS_PER_LEASE;
  let worker: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let closed = false;
  let lastRenewal = -Infinity;
  /** Since when this worker has renewed without a gap. */
  let steadySince = Infinity;
  let lastPurge = -Infinity;

  async function tick(): Promise<void> {
    try {
      if (worker) await renewLeases(pool, worker);
      const now = performance.now();
      if (now - lastRenewal > everyMs * 2) steadySince = now;
      lastRenewal = now;
      onRenewed();
      // After an outage every lease looks old, also those of live workers: they get a whole lease to renew theirs.
      if (now - steadySince >= leaseSeconds * 1000) await takeBack();
      if (now - lastPurge >= PURGE_EVERY_MS) {
        await purgeFailedJobs(pool, KEEP_FAILED_DAYS);
        lastPurge = now;
      }
    } catch (error) {
      if (steadySince !== Infinity) logger.warn('The leases of running jobs could not be renewed', { error });
      steadySince = Infinity;
      lastRenewal = -Infinity;
    }
  }

  async function takeBack(): Promise<void> {
    for (const { id, ...facts } of await takeBackLostJobs(pool, leaseSeconds)) {
      if (facts.attempt >= facts.maxAttempts) logger.error('A job failed for good', { job: facts.name, jobId: id, attempt: facts.attempt, reason: 'its worker died' });
      else logger.warn('A job was taken back from a worker that died', { job: facts.name, jobId: id, attempt: facts.attempt });
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      running = tick().finally(() => void (closed || schedule()));
    }, everyMs);
  }

  return {
    holdAs(name) {
      worker = name;
    },
    start() {
      running = tick().finally(() => void (closed || schedule()));
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
    },
  };
}

import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations, type Task } from 'graphile-worker';
import pg from 'pg';
import { addJob, JOB_SCHEMA } from './jobs.queries.js';
import { createJobRunner } from './jobs.runner.js';
import { checkSealingKeys, sealPayload } from './jobs.seal.js';
import { toWorkerLogger, withErrorListeners } from './jobs.support.js';
import { createTask, type Envelope } from './jobs.task.js';
import type { Logger } from './logger.js';
import { connectionSettings } from './postgres-connection.js';
import type { Queryable } from './postgres.js';
import { endsWithin } from './within.js';

export type JobInfo = { attempt: number; maxAttempts: number; createdAt: Date };
export type JobHandler<P> = (payload: P, info: JobInfo) => Promise<void>;
export type HandleOptions<P> = {
  /** Told of a job that was dropped because its time had passed. */
  expired?: (payload: P) => Promise<void>;
};
export type AddOptions = {
  /** Tries before the job is given up (default 10). */
  maxAttempts?: number;
  /** The work waits for so long, by the clock of the database alone: this machine's may be wrong (F11). Not together with `notBefore`. */
  afterSeconds?: number;
  /** The work is pointless from then on: the job is dropped instead of done. */
  notAfter?: Date;
  /** The work waits until then, by the clock of the database. */
  notBefore?: Date;
  /** A job with the same key that has not begun is replaced by this one. Stored as a keyed hash. */
  key?: string;
};

/** Work that is not an answer: durable in Postgres, tried again, done at least once. */
export type Jobs = {
  /**
   * Says what is done for a name; before `start`. An error whose `permanent` is true is not tried again;
   * one with `postponeSeconds` puts the job off for so long, and that was no try.
   */
  handle<P>(name: string, handler: JobHandler<P>, options?: HandleOptions<P>): void;
  /** Installs or updates the job tables. Safe when several processes start at once. */
  prepare(): Promise<void>;
  /** Begins to work. From then on it mends itself when the database goes away. */
  start(): Promise<void>;
  /** Adds a job in the caller's own transaction: a rollback takes it back. */
  add(tx: Queryable, name: string, payload: object, options?: AddOptions): Promise<void>;
  /** Takes no new jobs and waits for the running ones, at most `drainSeconds`. */
  close(): Promise<void>;
};

export type JobsOptions = {
  pool: pg.Pool;
  /** Gives the runner a small pool of its own, so that a busy API cannot keep it from renewing its leases. */
  url?: string;
  concurrency: number;
  /** 32 bytes each, because payloads hold codes and personal data. The first seals, all of them open: so a key can be changed while jobs wait. */
  encryptionKey: Buffer | readonly Buffer[];
  /** A job is taken back from a worker that has been silent for this long (default 20). */
  leaseSeconds?: number;
  /** How long `close` waits (default 10). */
  drainSeconds?: number;
  /** Seconds until the next try after so many tries (default 3, 36, 432, then hourly). */
  retrySeconds?: (attempt: number) => number;
};

/** Any number that nobody else locks: one process at a time changes the job tables. */
const PREPARE_LOCK = 72_707_370;
const PREPARE_WAIT_MS = 60_000;
const OWN_POOL_CONNECTIONS = 3;
const DEFAULT_ATTEMPTS = 10;
const HOUR_SECONDS = 3_600;
const POOL_END_MS = 2_000;

const patientBackOff = (attempt: number): number => Math.min(HOUR_SECONDS, 3 * 12 ** (attempt - 1));

/** @throws RangeError when an encryption key has not 32 bytes */
export function createJobs(options: JobsOptions, logger: Logger): Jobs {
  const keys = [options.encryptionKey].flat();
  const sealingKey = checkSealingKeys(keys);
  const { retrySeconds = patientBackOff, leaseSeconds = 20, drainSeconds = 10 } = options;
  const ownPool = options.url === undefined ? undefined : openOwnPool(options.url, options.pool);
  const pool = withErrorListeners(ownPool ?? options.pool, logger);
  const tasks = new Map<string, Task>();
  const runner = createJobRunner({ pool, tasks, concurrency: options.concurrency, leaseSeconds, drainSeconds }, logger);
  let closing: Promise<void> | undefined;

  async function endOwnPool(): Promise<void> {
    if (ownPool && !(await endsWithin(POOL_END_MS, ownPool.end()))) logger.warn('A connection of the job runner did not end in time');
  }

  return {
    handle(name, handler, { expired } = {}) {
      if (tasks.has(name)) throw new Error(`The job ${name} has two handlers`);
      tasks.set(name, createTask(name, { handler, expired }, { db: pool, keys, retrySeconds, abandoned: () => runner.abandoned(), logger }));
    },

    async prepare() {
      const client = await pool.connect();
      try {
        const giveUpAt = performance.now() + PREPARE_WAIT_MS;
        while (!(await tryLock(client))) {
          if (performance.now() > giveUpAt) throw new Error('Another process has been changing the job tables for a minute');
          await sleep(100);
        }
        await runMigrations({ pgPool: pool, schema: JOB_SCHEMA, logger: toWorkerLogger(logger) });
      } finally {
        // Closed, not reused: the lock ends with its connection, whatever happened.
        client.release(true);
      }
    },

    start: () => runner.start(),

    async add(tx, name, payload, { maxAttempts = DEFAULT_ATTEMPTS, notBefore, afterSeconds, notAfter, key } = {}) {
      // A name that nobody handles would wait for ever, unseen.
      if (!tasks.has(name)) throw new Error(`No handler for the job ${name}`);
      const envelope: Envelope = { payload, notAfter: notAfter?.getTime() };
      await addJob(tx, { name, payload: sealPayload(sealingKey, name, envelope), maxAttempts, notBefore, afterSeconds, key: key === undefined ? undefined : hashKey(sealingKey, name, key) });
    },

    close() {
      closing ??= runner.close().then(() => endOwnPool());
      return closing;
    },
  };
}

/** Few connections, patient ones: nobody waits for a job. */
function openOwnPool(url: string, { options: { ssl } }: pg.Pool): pg.Pool {
  const address = { url, ssl: typeof ssl === 'object' ? { rejectUnauthorized: ssl.rejectUnauthorized !== false } : undefined, applicationName: 'tessera-jobs' };
  const { config } = connectionSettings(address, { statement_timeout: 10_000 });
  return new pg.Pool({ ...config, max: OWN_POOL_CONNECTIONS, connectionTimeoutMillis: 5_000, query_timeout: 15_000 });
}

async function tryLock(client: pg.PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [PREPARE_LOCK]);
  return rows[0]?.locked === true;
}

/** A key may name a person; equal keys must only be recognised as equal. */
function hashKey(secret: Buffer, name: string, key: string): string {
  return createHmac('sha256', secret).update(`${name}\n${key}`).digest('base64url');
}

import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, type Runner, type Task, type WorkerEvents } from 'graphile-worker';
import type pg from 'pg';
import { createJobLeases } from './jobs.leases.js';
import { JOB_SCHEMA } from './jobs.queries.js';
import { toWorkerLogger } from './jobs.support.js';
import type { Logger } from './logger.js';
import { endsWithin } from './within.js';

export type JobRunner = {
  start(): Promise<void>;
  /** True once `close` has stopped waiting: what still runs is on its own. */
  abandoned(): boolean;
  close(): Promise<void>;
};

type Options = { pool: pg.Pool; tasks: ReadonlyMap<string, Task>; concurrency: number; leaseSeconds: number; drainSeconds: number };

/** Jobs announce themselves; polling finds those whose time has come, and all of them when the announcement was lost. */
const POLL_MS = 2_000;
const RESTART_MS = 1_000;
/** Failed fetches in a row, with a database that answers, after which the runner is built anew. */
const STUCK_AFTER_FETCHES = 3;

/** graphile-worker under supervision: it stops for good after some database faults, and must not. */
export function createJobRunner({ pool, tasks, concurrency, leaseSeconds, drainSeconds }: Options, logger: Logger): JobRunner {
  const events: WorkerEvents = new EventEmitter();
  let runner: Runner | undefined;
  let supervision: Promise<void> | undefined;
  let closing = false;
  let abandoned = false;
  let failedFetches = 0;

  const leases = createJobLeases({ pool, leaseSeconds, onRenewed: restartWhenStuck }, logger);
  events.on('pool:create', ({ workerPool }) => leases.holdAs(workerPool.id));
  events.on('worker:getJob:error', () => (failedFetches += 1));
  events.on('worker:getJob:empty', () => (failedFetches = 0));
  events.on('job:start', () => (failedFetches = 0));

  function launch(): Promise<Runner> {
    return run({
      pgPool: pool,
      schema: JOB_SCHEMA,
      taskList: Object.fromEntries(tasks),
      parsedCronItems: [],
      concurrency,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      events,
      logger: toWorkerLogger(logger),
      // Only in batches does graphile-worker handle the failure of these statements; else it is an unhandled rejection.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    });
  }

  /** graphile-worker keeps a failed first look-up of its task names for ever; only a new runner asks again. */
  function restartWhenStuck(): void {
    if (failedFetches < STUCK_AFTER_FETCHES * concurrency || closing) return;
    failedFetches = 0;
    logger.warn('The job runner is stuck and is started again');
    runner?.stop().catch((error: unknown) => logger.warn('The job runner did not stop cleanly', { error }));
  }

  async function supervise(): Promise<void> {
    while (!closing) {
      await runner?.promise.catch((error: unknown) => logger.warn('The job runner failed', { error }));
      if (closing) return;
      await sleep(RESTART_MS);
      logger.warn('The job runner stopped and is started again');
      runner = await launch().catch((error: unknown) => void logger.warn('The job runner could not be started', { error }));
    }
    // Launched while `close` was already on its way.
    await runner?.stop().catch((error: unknown) => logger.debug('The job runner had stopped', { error }));
  }

  async function drain(): Promise<void> {
    await runner?.stop().catch((error: unknown) => logger.debug('The job runner had stopped', { error }));
    await supervision;
  }

  return {
    async start() {
      if (tasks.size === 0 || supervision || closing) return;
      runner = await launch();
      leases.start();
      supervision = supervise();
    },

    abandoned: () => abandoned,

    async close() {
      if (closing) return;
      closing = true;
      if (!(await endsWithin(drainSeconds * 1000, drain()))) logger.warn('Some jobs were still running at shutdown and are left to another worker');
      abandoned = true;
      await leases.close();
    },
  };
}

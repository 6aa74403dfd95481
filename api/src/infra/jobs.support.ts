import { Logger as WorkerLogger } from 'graphile-worker';
import type pg from 'pg';
import type { Logger } from './logger.js';

/**
 * graphile-worker's log in ours. Its errors are warnings here: it mends itself,
 * and a job that failed is reported by us, without what it holds.
 */
export function toWorkerLogger(logger: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message, meta) => {
    if (meta?.['failure'] === true || meta?.['success'] === true) return;
    if (['error', 'warning'].includes(String(level))) logger.warn('The job runner met a problem', { problem: message });
    else logger.debug('The job runner says', { text: message });
  });
}

const guarded = new WeakSet<pg.Pool>();

/**
 * Listens for the errors of connections, idle and in use: an error event that
 * nobody hears ends a Node process. The statement that needed the connection
 * fails by itself.
 */
export function withErrorListeners(pool: pg.Pool, logger: Logger): pg.Pool {
  if (guarded.has(pool)) return pool;
  guarded.add(pool);
  const onError = (error: Error) => logger.warn('A database connection of the job runner was lost', { error });
  pool.on('error', onError);
  pool.on('connect', (client) => void client.on('error', onError));
  return pool;
}

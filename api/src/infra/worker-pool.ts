import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

/** Threads for work that would keep the event loop from answering other requests. */
export interface WorkerPool {
  /**
   * Hands a task to the next free thread, in the order of asking.
   * @returns what the worker returned for it
   * @throws WorkerQueueFullError when too many tasks wait already; else whatever the worker threw
   */
  run<T>(task: unknown): Promise<T>;
  /** Whether `run` would refuse a task now. */
  isFull(): boolean;
  /** Takes no more tasks, finishes those that were taken, and ends the threads. */
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  /** Most threads at a time (default: the cores but one, which is left to the event loop). */
  threads?: number;
  /** Most tasks that wait for a thread (default: 16 a thread). */
  maxQueue?: number;
  /** The worker: a plain JavaScript module whose default export takes a task (default: password hashing). */
  worker?: URL;
}

/** Too many tasks wait already: the caller should come back later. */
export class WorkerQueueFullError extends Error {
  override readonly name = 'WorkerQueueFullError';
  constructor() {
    super('Too many tasks wait for a worker thread');
  }
}

const PASSWORD_WORKER = new URL('./password-hash.worker.mjs', import.meta.url);
const QUEUE_PER_THREAD = 16;
const IDLE_MS = 60_000;
/** Threads yield to the event loop when there are not cores enough for all; elsewhere niceness belongs to the whole process. */
const NICENESS = process.platform === 'linux' ? 5 : 0;

/** Threads start when there is work, end after a minute without any, and do not keep the process from ending. */
export function createWorkerPool(options: WorkerPoolOptions = {}): WorkerPool {
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1);
  const capacity = threads + (options.maxQueue ?? threads * QUEUE_PER_THREAD);
  const pool = new Piscina({
    filename: fileURLToPath(options.worker ?? PASSWORD_WORKER),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    niceIncrement: NICENESS,
    // The process's own flags (a debugger's port, a script given on the command line) mean nothing to a thread, or stop it.
    execArgv: [],
    stricterFIFO: true,
    recordTiming: false,
  });
  const waiting = new Set<(error: unknown) => void>();
  let idle: (() => void) | undefined;
  let closing: Promise<void> | undefined;

  // A thread that died before it took a task tells only this event, and the tasks behind it would wait for ever.
  pool.on('error', (error) => waiting.forEach((reject) => reject(error)));

  function isFull(): boolean {
    return waiting.size >= capacity;
  }

  async function run<T>(task: unknown): Promise<T> {
    if (closing) throw new Error('The worker pool is closed');
    if (isFull()) throw new WorkerQueueFullError();
    const { promise: failure, reject } = withReject();
    waiting.add(reject);
    try {
      return (await Promise.race([pool.run(task), failure])) as T;
    } finally {
      waiting.delete(reject);
      if (waiting.size === 0) idle?.();
    }
  }

  async function drain(): Promise<void> {
    if (waiting.size > 0) await new Promise<void>((resolve) => (idle = resolve));
    await pool.destroy();
  }

  return { run, isFull, close: () => (closing ??= drain()) };
}

function withReject(): { promise: Promise<never>; reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<never>((_resolve, rejectPromise) => (reject = rejectPromise));
  return { promise, reject };
}

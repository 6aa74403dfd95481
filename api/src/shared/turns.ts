import { ApiError, httpErrors } from '../http/errors.js';

/** Runs work when its turn comes. @throws ApiError SERVICE_UNAVAILABLE when it does not come in time */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

const RETRY_AFTER_SECONDS = 1;

/**
 * So many works at a time, in the order in which they were asked for: what takes long, or waits for a lock, then leaves
 * the other connections of the worker to everybody else.
 * @param what is said of it in the log, where somebody waited in vain
 * @param maxWaitMs the longest wait for a turn
 */
export function createTurns({ what, atOnce, maxWaitMs }: { what: string; atOnce: number; maxWaitMs: number }): InTurn {
  const waiting = new Set<() => void>();
  let running = 0;

  return async function inTurn(work) {
    if (running >= atOnce) await turn();
    else running += 1;
    try {
      return await work();
    } finally {
      const [next] = waiting;
      // Handed over without a moment in which somebody else could take it.
      if (next) next();
      else running -= 1;
    }
  };

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(new ApiError(httpErrors.SERVICE_UNAVAILABLE, { cause: new Error(`No turn for ${what} within ${maxWaitMs} ms: ${waiting.size} more are waiting`), headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } }));
      }, maxWaitMs);
      const begin = () => {
        clearTimeout(timer);
        waiting.delete(begin);
        resolve();
      };
      waiting.add(begin);
    });
  }
}

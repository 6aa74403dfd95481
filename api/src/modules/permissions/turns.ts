import { ApiError, httpErrors } from '../../http/errors.js';

/** Runs work when its turn comes. @throws ApiError SERVICE_UNAVAILABLE when it does not come in time */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

const RETRY_AFTER_SECONDS = 1;

/** One work after the other, in the order in which it was asked for. @param maxWaitMs the longest wait for a turn */
export function createTurns(maxWaitMs: number): InTurn {
  const waiting = new Set<() => void>();
  let isTaken = false;

  return async function inTurn(work) {
    if (isTaken) await turn();
    isTaken = true;
    try {
      return await work();
    } finally {
      const [next] = waiting;
      // Handed over without a moment in which somebody else could take it.
      if (next) next();
      else isTaken = false;
    }
  };

  function turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(new ApiError(httpErrors.SERVICE_UNAVAILABLE, { headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } }));
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

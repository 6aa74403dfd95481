/** The work took longer than it was given. It may still finish; its result is dropped. */
export class DeadlineError extends Error {
  constructor() {
    super('The work did not finish in time.');
    this.name = 'DeadlineError';
  }
}

/**
 * The result of `work`, or a DeadlineError after `ms` milliseconds.
 *
 * When time is up the sockets are read once more before the verdict: an answer
 * that already arrived while this process was busy counts as in time.
 */
export function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new DeadlineError())), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Too many images wait already, or this one has waited too long: the caller should come back later. */
export class ImageQueueFullError extends Error {
  override readonly name = 'ImageQueueFullError';
  readonly retryAfterSeconds = 10;
  constructor() {
    super('Too many images wait to be decoded');
  }
}

export type ImageQueueOptions = {
  /** How many are worked on at a time. */
  atOnce: number;
  maxWaiting: number;
  /** Whoever has waited for so many milliseconds waits no longer. */
  maxWaitMs: number;
};

/** Work in the order of asking, few at a time, with a bounded line before it. */
export function createImageQueue({ atOnce, maxWaiting, maxWaitMs }: ImageQueueOptions): { run<T>(work: () => Promise<T>): Promise<T> } {
  const waiting = new Set<() => void>();
  let running = 0;

  /** @throws ImageQueueFullError */
  async function takeTurn(): Promise<void> {
    if (running < atOnce) return void (running += 1);
    if (waiting.size >= maxWaiting) throw new ImageQueueFullError();
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(new ImageQueueFullError());
      }, maxWaitMs);
      waiting.add(begin);
    });
  }

  /** A turn is handed on, not given back: nobody overtakes those who wait. */
  function endTurn(): void {
    const [next] = waiting;
    if (!next) return void (running -= 1);
    waiting.delete(next);
    next();
  }

  return {
    async run(work) {
      await takeTurn();
      try {
        return await work();
      } finally {
        endTurn();
      }
    },
  };
}

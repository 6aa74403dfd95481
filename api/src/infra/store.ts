/** One counter after a hit. */
export type Hit = {
  /** The count of the current window, this hit included. */
  hits: number;
  /** Whole milliseconds until the window ends. */
  resetMs: number;
};

/**
 * What the workers share: counters, short lists and news. Redis keeps it for
 * several processes, the memory of the process keeps it for one. Nothing in it
 * is a record: losing it makes the server slower or stricter, never more
 * lenient. Keys are made by `storeKey`.
 *
 * Every method but `subscribe` and `close` rejects with StoreUnavailableError
 * when the store does not answer in time; none hangs.
 */
export interface Store {
  readonly kind: 'memory' | 'redis';

  /**
   * Counts `amount` (default 1) into a fixed window that begins with its first
   * hit, as one atomic step over all workers. An amount of 0 reads without
   * opening a window. A key keeps one window length for its whole life.
   */
  hit(key: string, windowMs: number, amount?: number): Promise<Hit>;

  /** Adds a value to the front of a list and keeps the newest `max`. */
  push(key: string, value: string, max: number): Promise<void>;

  /** The list, newest first; empty when there is none. */
  list(key: string): Promise<string[]>;

  /** Forgets a counter or a list. */
  delete(key: string): Promise<void>;

  /** Sends a message to every process that is subscribed at this moment, this one included. */
  publish(channel: string, message: string): Promise<void>;

  /**
   * Calls `listener` with each message, in the order of sending, at most once.
   * Never rejects: when the store is away, delivery begins as soon as it is
   * back, and again after every interruption. What was published meanwhile is
   * lost, so `onResume` is then called: reload what the messages would have said.
   * A listener must not throw.
   * @returns ends the subscription
   */
  subscribe(channel: string, listener: (message: string) => void, onResume?: () => void): Promise<() => Promise<void>>;

  /** One round trip, in milliseconds. */
  check(): Promise<{ latency_ms: number }>;

  /** False while the store is known not to answer: a call would be refused at once. */
  available(): boolean;

  /** Commands sent for callers since the start; the store's own probes are not counted. */
  commands(): number;

  /** Ends all connections and timers. Calls after it are refused. */
  close(): Promise<void>;
}

/** The store did not answer, or is known not to. `reason` is a short code that holds no secret. */
export class StoreUnavailableError extends Error {
  constructor(readonly reason: string) {
    super(`The shared store does not answer (${reason}).`);
    this.name = 'StoreUnavailableError';
  }
}

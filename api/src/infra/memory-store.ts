import { StoreUnavailableError, type Store } from './store.js';

/** Beyond this many live keys the one that would end first is dropped: memory stays bounded in a flood of addresses. */
const MAX_KEYS = 1_000_000;
const SWEEP_EVERY_MS = 1_000;
/** Keeps one sweep under a few milliseconds. */
const MAX_SWEPT_AT_ONCE = 20_000;

type Counter = { hits: number; endsAt: number };

/**
 * The store of a server that is one process: the same promises as Redis, kept
 * in memory and gone with it.
 * @param now milliseconds of a clock that never goes back
 * @param maxKeys most counters, and most lists, that are kept
 */
export function createMemoryStore(now: () => number = () => performance.now(), maxKeys = MAX_KEYS): Store {
  // A map per window length: in each, the order of insertion is the order of expiry.
  const windows = new Map<number, Map<string, Counter>>();
  const lists = new Map<string, string[]>();
  const channels = new Map<string, Set<(message: string) => void>>();
  let commands = 0;
  let counters = 0;
  let closed = false;

  function sweep(most: number): void {
    const time = now();
    for (const window of windows.values()) {
      for (const [key, counter] of window) {
        if (counter.endsAt > time || most-- <= 0) break;
        window.delete(key);
        counters -= 1;
      }
    }
  }
  const sweeper = setInterval(() => sweep(MAX_SWEPT_AT_ONCE), SWEEP_EVERY_MS);
  sweeper.unref();

  function dropFirstToEnd(): void {
    let first: { window: Map<string, Counter>; key: string; endsAt: number } | undefined;
    for (const window of windows.values()) {
      for (const [key, { endsAt }] of window) {
        if (!first || endsAt < first.endsAt) first = { window, key, endsAt };
        break;
      }
    }
    if (first?.window.delete(first.key)) counters -= 1;
  }

  function openWindow(window: Map<string, Counter>, key: string, windowMs: number): Counter {
    if (window.delete(key)) counters -= 1;
    if (counters >= maxKeys) dropFirstToEnd();
    const counter = { hits: 0, endsAt: now() + windowMs };
    window.set(key, counter);
    counters += 1;
    return counter;
  }

  async function command<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreUnavailableError('CLOSED');
    commands += 1;
    return work();
  }

  return {
    kind: 'memory',
    hit: (key, windowMs, amount = 1) =>
      command(() => {
        const window = windows.get(windowMs) ?? new Map<string, Counter>();
        windows.set(windowMs, window);
        let counter = window.get(key);
        if (!counter || counter.endsAt <= now()) {
          if (amount === 0) return { hits: 0, resetMs: windowMs };
          counter = openWindow(window, key, windowMs);
        }
        counter.hits += amount;
        return { hits: counter.hits, resetMs: Math.floor(counter.endsAt - now()) };
      }),
    push: (key, value, max) =>
      command(() => {
        const kept = [value, ...(lists.get(key) ?? [])].slice(0, max);
        lists.delete(key);
        lists.set(key, kept);
        const oldest = lists.keys().next();
        if (lists.size > maxKeys && !oldest.done) lists.delete(oldest.value);
      }),
    list: (key) => command(() => [...(lists.get(key) ?? [])]),
    delete: (key) =>
      command(() => {
        lists.delete(key);
        for (const window of windows.values()) if (window.delete(key)) counters -= 1;
      }),
    publish: (channel, message) =>
      command(() => {
        for (const listener of channels.get(channel) ?? []) {
          // Later and each on its own, as from Redis: a publisher never runs inside a listener.
          queueMicrotask(() => void (channels.get(channel)?.has(listener) && listener(message)));
        }
      }),
    async subscribe(channel, listener) {
      // Wrapped, so that the same function may be subscribed twice.
      const subscription = (message: string) => listener(message);
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(subscription));
      return async () => {
        listeners.delete(subscription);
        if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
      };
    },
    check: () => command(() => ({ latency_ms: 0 })),
    available: () => !closed,
    commands: () => commands,
    async close() {
      closed = true;
      clearInterval(sweeper);
      for (const map of [windows, lists, channels]) map.clear();
    },
  };
}

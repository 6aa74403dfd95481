import { storeKey } from '../infra/store-key.js';
import { StoreUnavailableError, type Hit, type Store } from '../infra/store.js';
import type { LimitRule } from './rate-limit-rules.js';

/** Beyond this many clients the one seen first is forgotten here; the shared count still knows it. */
const MAX_CLIENTS = 500_000;
const SWEPT_AT_ONCE = 5_000;
/** Counters that are shared in one go, so that no command waits for thousands of others. */
const BATCH = 256;
/** While the store is away, a refusal for want of knowledge may end at any moment. */
const RETRY_WHEN_AWAY_MS = 5_000;

/** What a client has used of a limit, this request included. It is refused when `used` is more than the limit. */
export type Usage = { used: number; resetMs: number };

export type LimitCounters = {
  /** Counts in this process; the shared count follows with the next `share`. */
  count(key: string): Usage;
  /** Counts for all workers in one step, or alone and stricter while the store is away. Never rejects for want of a store. */
  countExactly(key: string): Promise<Usage>;
  /** Tells the store what was counted here and learns what was counted elsewhere. */
  share(): Promise<void>;
  /** Forgets some of the windows that have ended. */
  sweep(): void;
};

type Counter = {
  readonly key: string;
  /** The highest count that the store has told of this window. */
  shared: number;
  /** Counted here and not yet told to the store. */
  unsent: number;
  /** Being told to the store at this moment. */
  inFlight: number;
  /** Counted in a window that the store has lost, and how long that still matters. */
  lost: number;
  lostUntil: number;
  /** Never later than the store's own end of the window: it is reckoned from the moment of asking. */
  endsAt: number;
  /** Changes whenever the counting begins anew. */
  period: number;
};

export type LimitCountersOptions = {
  name: string;
  rule: LimitRule;
  store: Store;
  /** How many processes count: while the store is away each gives only its share of the limit. */
  workers: number;
  /** Milliseconds of a clock that never goes back (F11). */
  now?: () => number;
};

/**
 * The counts of one limit, by client. The store holds the truth of all
 * workers; here is what this one knows of it, so that neither an outage nor
 * an emptied store gives a client a fresh start (F2).
 */
export function createLimitCounters({ name, rule, store, workers, now = () => performance.now() }: LimitCountersOptions): LimitCounters {
  const { limit, windowMs } = rule;
  const alone = store.kind === 'memory';
  const counters = new Map<string, Counter>();
  const unshared = new Set<Counter>();
  let sweeping = counters.values();

  function counterOf(key: string, time: number): Counter {
    const known = counters.get(key);
    if (known) {
      if (known.endsAt <= time) restart(known, time);
      return known;
    }
    const oldest = counters.size < MAX_CLIENTS ? undefined : counters.values().next().value;
    if (oldest) forget(oldest);
    const counter = { key, shared: 0, unsent: 0, inFlight: 0, lost: 0, lostUntil: 0, endsAt: time + windowMs, period: 0 };
    counters.set(key, counter);
    return counter;
  }

  function restart(counter: Counter, time: number): void {
    counter.shared = counter.unsent = counter.lost = 0;
    counter.endsAt = time + windowMs;
    counter.period += 1;
  }

  function forget(counter: Counter): void {
    counters.delete(counter.key);
    unshared.delete(counter);
  }

  async function tell(counter: Counter, amount: number): Promise<Hit> {
    const asked = { at: now(), period: counter.period, shared: counter.shared };
    const hit = await store.hit(storeKey('limit', name, counter.key), windowMs, amount);
    const time = now();
    const endsAt = asked.at + hit.resetMs;
    if (endsAt <= time) return hit;
    if (counter.endsAt <= time) restart(counter, time);
    if (counter.period === asked.period && hit.hits < asked.shared + amount) {
      // It was counted on top of less than the store had told before: the store has lost the window.
      counter.lost += counter.shared;
      counter.lostUntil = counter.endsAt;
      counter.shared = 0;
      counter.period += 1;
    }
    counter.endsAt = counter.shared > 0 ? Math.max(counter.endsAt, endsAt) : endsAt;
    counter.shared = Math.max(counter.shared, hit.hits);
    return hit;
  }

  function usage(counter: Counter, hits: number, time: number): Usage {
    if (counter.lostUntil <= time) counter.lost = 0;
    const endsAt = counter.lost > 0 && hits <= limit ? counter.lostUntil : counter.endsAt;
    return { used: hits + counter.lost, resetMs: endsAt - time };
  }

  /** What this worker admits alone is counted as if every worker admitted as much: together they stay within the limit. */
  function usageAlone(counter: Counter, time: number): Usage {
    const mine = counter.inFlight + counter.unsent;
    const { used, resetMs } = usage(counter, counter.shared + mine * workers, time);
    if (used <= limit) return { used, resetMs };
    // Refused, perhaps for want of knowledge only: it must not weigh on the client once the store is back.
    counter.unsent -= 1;
    const certain = used - mine * (workers - 1);
    return { used, resetMs: certain > limit ? resetMs : Math.min(resetMs, RETRY_WHEN_AWAY_MS) };
  }

  async function shareOne(counter: Counter): Promise<void> {
    const amount = counter.endsAt > now() ? counter.unsent : 0;
    counter.unsent = 0;
    if (amount === 0) return;
    counter.inFlight += amount;
    try {
      await tell(counter, amount);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      counter.unsent += amount;
      unshared.add(counter);
    } finally {
      counter.inFlight -= amount;
    }
  }

  return {
    count(key) {
      const time = now();
      const counter = counterOf(key, time);
      if (alone) {
        counter.shared += 1;
        return { used: counter.shared, resetMs: counter.endsAt - time };
      }
      counter.unsent += 1;
      unshared.add(counter);
      if (!store.available()) return usageAlone(counter, time);
      return usage(counter, counter.shared + counter.inFlight + counter.unsent, time);
    },

    async countExactly(key) {
      const counter = counterOf(key, now());
      if (store.available()) {
        // Hits of an outage go along; taken at once, so that a second request does not bring them again.
        const before = counter.unsent;
        counter.unsent = 0;
        counter.inFlight += before;
        try {
          const { hits } = await tell(counter, before + 1);
          return usage(counter, hits, now());
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error;
          counter.unsent += before;
        } finally {
          counter.inFlight -= before;
        }
      }
      counter.unsent += 1;
      unshared.add(counter);
      return usageAlone(counter, now());
    },

    async share() {
      if (!store.available()) return;
      const waiting = [...unshared];
      unshared.clear();
      for (let start = 0; start < waiting.length; start += BATCH) await Promise.all(waiting.slice(start, start + BATCH).map(shareOne));
    },

    sweep() {
      const time = now();
      for (let looked = 0; looked < SWEPT_AT_ONCE; looked += 1) {
        const { value: counter, done } = sweeping.next();
        if (done) {
          sweeping = counters.values();
          return;
        }
        if (counter.endsAt <= time) forget(counter);
      }
    },
  };
}

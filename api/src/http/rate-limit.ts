import type { Request } from 'express';
import { rateLimit, type AugmentedRequest, type Store as LimiterStore } from 'express-rate-limit';
import type { Store } from '../infra/store.js';
import { addressKey } from './address-key.js';
import { createLimitHeaders } from './rate-limit-headers.js';
import { generalRule, limitRules, type LimitName, type LimitRule, type LimitSettings } from './rate-limit-rules.js';
import { createLimitCounters, type LimitCounters, type Usage } from './rate-limit-store.js';
import type { Step } from './steps.js';

export { addressKey } from './address-key.js';
export type { LimitName } from './rate-limit-rules.js';

/** With the way to the store and back this stays under a quarter of a second, which is all that the general limit may be late (G-02). */
const SHARE_EVERY_MS = 200;

export type RateLimitsOptions = {
  limits: LimitSettings;
  store: Store;
  /** How many processes serve this API. */
  workers: number;
  /** Who is asking: `u:<user_id>` when signed in, else `addressKey(req.context.ip)`. */
  keyOf: (req: Request) => string;
  /** Makes the error that is answered, with the seconds after which to try again. */
  tooMany: (retryAfterSeconds: number) => Error;
};

export type RateLimits = {
  /** For every request: counted in the process, shared five times a second. */
  general: Step;
  /** For the endpoints that name it: exact over all workers, one round trip. */
  of(name: LimitName): Step;
  /** Shares what was counted last, so that the windows survive a reload, and stops. */
  close(): Promise<void>;
};

/** The limits of API.md §7. While the store is away they are stricter, never more lenient, and never a failure. */
export function createRateLimits({ limits, store, workers, keyOf, tooMany }: RateLimitsOptions): RateLimits {
  const all: LimitCounters[] = [];
  let sharing: Promise<unknown> | undefined;

  function countersOf(name: string, rule: LimitRule): LimitCounters {
    const counters = createLimitCounters({ name, rule, store, workers });
    all.push(counters);
    return counters;
  }

  const forEveryone = generalRule(limits);
  const general = createGeneralLimit(forEveryone, countersOf('general', forEveryone), keyOf, tooMany);
  const exact = new Map<string, Step>();
  for (const [name, rule] of Object.entries<LimitRule>(limitRules(limits))) {
    const key = rule.by === 'caller' ? keyOf : (req: Request) => addressKey(req.context.ip);
    exact.set(name, createExactLimit(rule, countersOf(name, rule), key, tooMany));
  }

  function share(): Promise<unknown> {
    sharing ??= Promise.all(all.map((counters) => counters.share())).finally(() => (sharing = undefined));
    return sharing;
  }
  const timer = setInterval(() => {
    for (const counters of all) counters.sweep();
    void share();
  }, SHARE_EVERY_MS);
  timer.unref();

  return {
    general,
    of: (name) => exact.get(name)!,
    async close() {
      clearInterval(timer);
      await sharing;
      await share();
    },
  };
}

type KeyOf = RateLimitsOptions['keyOf'];
type TooMany = RateLimitsOptions['tooMany'];

/** Written out instead of taken from express-rate-limit, whose promises cost several times as much as all of this. */
function createGeneralLimit(rule: LimitRule, counters: LimitCounters, keyOf: KeyOf, tooMany: TooMany): Step {
  const headers = createLimitHeaders(rule);
  return function generalLimit(req) {
    const usage = counters.count(keyOf(req));
    if (usage.used > rule.limit) throw tooMany(headers.refuse(req, usage));
    headers.describe(req, usage);
  };
}

function createExactLimit(rule: LimitRule, counters: LimitCounters, keyOf: KeyOf, tooMany: TooMany): Step {
  const headers = createLimitHeaders(rule);
  const limiter = rateLimit({
    windowMs: rule.windowMs,
    limit: rule.limit,
    keyGenerator: keyOf,
    store: limiterStore(counters),
    // They would describe this limit even where the general one is tighter.
    standardHeaders: false,
    legacyHeaders: false,
    // Its checks speak to the console, and what they look for is settled by our types.
    validate: false,
    handler: (req, _res, next) => next(tooMany(headers.refuse(req, usageOf(req)))),
  });
  return async function exactLimit(req, res) {
    const refusal = await new Promise<unknown>((resolve) => void limiter(req, res, resolve));
    if (refusal !== undefined) throw refusal as Error;
    headers.describe(req, usageOf(req));
  };
}

/** What the limiter has noted on the request. */
function usageOf(req: Request): Usage {
  const { used, resetTime } = (req as AugmentedRequest)['rateLimit']!;
  return { used, resetMs: resetTime!.getTime() - Date.now() };
}

function limiterStore(counters: LimitCounters): LimiterStore {
  const everyRequestCounts = () => {
    throw new Error('A counted request is not taken back.');
  };
  return {
    async increment(key) {
      const { used, resetMs } = await counters.countExactly(key);
      return { totalHits: used, resetTime: new Date(Date.now() + resetMs) };
    },
    decrement: everyRequestCounts,
    resetKey: everyRequestCounts,
  };
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBreaker, reasonOf } from './breaker.js';
import { withDeadline } from './deadline.js';
import type { Logger } from './logger.js';
import { createRedisConnection } from './redis-connection.js';
import { defineScripts } from './redis-scripts.js';
import { createRedisSubscriptions } from './redis-subscriptions.js';
import type { Store } from './store.js';

/** How long the start waits for Redis before it goes on without. */
const FIRST_ANSWER_MS = 1_000;
const GOODBYE_MS = 200;
/** A second without an answer on an open connection: it leads nowhere. */
const FAILED_PROBES_TO_RENEW = 4;
const PROBE_KEY = 'probe';
const PROBE_WINDOW_MS = 1_000;
const REFUSED_PASSWORD = new Set(['WRONGPASS', 'NOAUTH']);

export type RedisStoreOptions = {
  url: string;
  /** Stands before every key and channel, so that one Redis may serve several applications. */
  keyPrefix?: string;
};

/**
 * The store of a server with several workers. Its making neither throws nor
 * hangs when Redis is away (F24): it begins unavailable and heals by itself.
 * Every command that fails, for whatever reason, is a StoreUnavailableError.
 */
export async function createRedisStore({ url, keyPrefix = 'tessera:' }: RedisStoreOptions, logger: Logger): Promise<Store> {
  const { host: address } = new URL(url);
  let commands = 0;
  let lastError = 'DISCONNECTED';
  let passwordRefused = false;
  let firstAnswer = () => {};
  const started = new Promise<void>((resolve) => (firstAnswer = resolve));

  const connection = createRedisConnection(url, 'tessera', {
    onReady() {
      passwordRefused = false;
      void breaker.probe().then(firstAnswer);
    },
    onError(error) {
      lastError = reasonOf(error);
      if (!REFUSED_PASSWORD.has(lastError) || passwordRefused) return;
      passwordRefused = true;
      logger.error('Redis refuses the user or the password of REDIS_URL: correct it and restart.', { address });
    },
    onClose() {
      breaker.open(lastError);
      lastError = 'DISCONNECTED';
      firstAnswer();
    },
  });
  const { redis } = connection;
  const scripts = defineScripts(redis);
  const breaker = createBreaker({
    // It writes, because a full or read-only Redis still answers a PING.
    probe: () => scripts.tesseraHit(keyPrefix + PROBE_KEY, 1, PROBE_WINDOW_MS),
    onOpen(reason) {
      // That one has been said already, and more clearly.
      if (!passwordRefused) logger.warn('Redis does not answer: until it does, each worker counts alone and with stricter limits.', { address, reason });
    },
    onClose: () => logger.info('Redis answers again.', { address }),
    onProbeFailed: (inARow) => {
      if (inARow % FAILED_PROBES_TO_RENEW === 0) connection.renew();
    },
  });
  const subscriptions = createRedisSubscriptions(url, keyPrefix, logger);

  function send<T>(command: () => Promise<T>): Promise<T> {
    return breaker.run(() => {
      commands += 1;
      return command();
    });
  }

  // Whatever came first has been handled where it happened.
  await withDeadline(started, FIRST_ANSWER_MS).catch(() => breaker.open('TIMEOUT'));

  return {
    kind: 'redis',
    async hit(key, windowMs, amount = 1) {
      const [hits, resetMs] = await send(() => scripts.tesseraHit(keyPrefix + key, amount, windowMs));
      return { hits, resetMs };
    },
    push: async (key, value, max) => void (await send(() => scripts.tesseraPush(keyPrefix + key, value, max))),
    list: (key) => send(() => redis.lrange(keyPrefix + key, 0, -1)),
    delete: async (key) => void (await send(() => redis.del(keyPrefix + key))),
    publish: async (channel, message) => void (await send(() => redis.publish(keyPrefix + channel, message))),
    subscribe: subscriptions.subscribe,
    async check() {
      const before = performance.now();
      await send(() => redis.ping());
      return { latency_ms: Math.round((performance.now() - before) * 100) / 100 };
    },
    available: breaker.available,
    commands: () => commands,
    async close() {
      breaker.close();
      subscriptions.close();
      // Lets commands of this turn leave, and their answers come, before the connection ends.
      await nextTurn();
      if (redis.status === 'ready') await withDeadline(redis.quit(), GOODBYE_MS).catch(() => undefined);
      connection.close();
    },
  };
}

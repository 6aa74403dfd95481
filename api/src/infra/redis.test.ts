import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createRecordingLogger, type RecordingLogger } from '../../test/recording-logger.js';
import { createRedisServer, type RedisServer, type RedisServerOptions } from '../../test/redis-server.js';
import { answerOf, connectRedisStore } from '../../test/redis-store.js';
import { standStill } from '../../test/standing-clock.js';
import { createTcpProxy } from '../../test/tcp-proxy.js';
import { until } from '../../test/until.js';
import { createRedisStore } from './redis.js';
import type { Store } from './store.js';

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  jest.useRealTimers();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startServer(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await createRedisServer(options);
  cleanUps.push(() => server.stop());
  return server;
}

/** Where Redis need not be there. */
async function connect(url: string, logger: RecordingLogger = createRecordingLogger()): Promise<Store> {
  const store = await createRedisStore({ url }, logger);
  cleanUps.push(() => store.close());
  return store;
}

/** Where it is. */
async function connectWhole(url: string, logger: RecordingLogger = createRecordingLogger()): Promise<Store> {
  const store = await connectRedisStore(url, logger);
  cleanUps.push(() => store.close());
  // What a slow machine may have said on the way there.
  logger.lines.length = 0;
  return store;
}

/** What became of a call, and whether it came to anything. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  const settled = call.then(() => 'answered', (error: Error) => error.name);
  return Promise.race([settled, delay(10_000, 'hangs', { ref: false })]);
}

/** Every command a caller can send. */
const calls: ((store: Store) => Promise<unknown>)[] = [
  (store) => store.hit('key', 60_000),
  (store) => store.push('list', 'value', 3),
  (store) => store.list('list'),
  (store) => store.delete('key'),
  (store) => store.publish('channel', 'message'),
  (store) => store.check(),
];
const healed = (store: Store) => until(() => store.available());

describe('when Redis is killed (F2)', () => {
  it('no call hangs, later ones are refused at once without being sent, and service returns with the server', async () => {
    const server = await startServer();
    const logger = createRecordingLogger();
    const store = await connectWhole(server.url, logger);
    await answerOf(store, () => store.hit('key', 60_000));
    const inFlight = calls.map((call) => outcome(call(store)));
    await server.kill();
    for (const result of await Promise.all(inFlight)) expect(['answered', 'StoreUnavailableError']).toContain(result);
    await until(() => !store.available());

    const sent = store.commands();
    expect(await Promise.all(calls.map((call) => outcome(call(store))))).toEqual(calls.map(() => 'StoreUnavailableError'));
    expect(store.commands()).toBe(sent);

    await server.start();
    await healed(store);
    expect(await answerOf(store, () => store.list('list'))).toEqual([]);
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ['warn', 'Redis does not answer: until it does, each worker counts alone and with stricter limits.'],
      ['info', 'Redis answers again.'],
    ]);
  });

  it('subscriptions come back by themselves and say that something may have been missed', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    const received: string[] = [];
    let resumed = 0;
    await store.subscribe('channel', (message) => received.push(message), () => (resumed += 1));
    await answerOf(store, () => store.publish('channel', 'before'));
    await until(() => received.includes('before'));
    const resumedBefore = resumed;
    await server.kill();
    await until(() => !store.available());
    await server.start();
    await healed(store);
    await until(() => resumed > resumedBefore);
    await answerOf(store, () => store.publish('channel', 'after'));
    await until(() => received.includes('after'));
    // A message whose answer came too late has been sent twice.
    expect([...new Set(received)]).toEqual(['before', 'after']);
  });
});

describe('when Redis is frozen (F3)', () => {
  it('no call hangs, the breaker opens and then refuses at once; frozen commands are not sent twice', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    server.freeze();
    expect(await Promise.all(calls.map((call) => outcome(call(store))))).toEqual(calls.map(() => 'StoreUnavailableError'));
    expect(store.available()).toBe(false);
    let refused = false;
    store.hit('key', 60_000).catch(() => (refused = true));
    // No timer and no socket has had a turn.
    await Promise.resolve().then(() => Promise.resolve());
    expect(refused).toBe(true);

    server.thaw();
    await healed(store);
    expect((await answerOf(store, () => store.list('list'))).length).toBeLessThanOrEqual(1);
  });

  it('heals after a long frost, with the subscription', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    const received: string[] = [];
    await store.subscribe('channel', (message) => received.push(message));
    server.freeze();
    await outcome(store.check());
    await delay(2_500);
    server.thaw();
    await healed(store);
    await until(() => {
      store.publish('channel', 'after').catch(() => undefined);
      return received.includes('after');
    });
  });

  it('one late answer does not open the breaker', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    server.freeze();
    expect(await outcome(store.check())).toBe('StoreUnavailableError');
    server.thaw();
    expect(store.available()).toBe(true);
    standStill('setTimeout');
    expect(await outcome(store.check())).toBe('answered');
  });
});

describe('when the line is bad (F4)', () => {
  it.each([250, 1_000])('answers that take %i ms open the breaker, and a good line closes it', async (ms) => {
    const server = await startServer();
    const proxy = await createTcpProxy(server.port);
    cleanUps.push(() => proxy.close());
    const store = await connectWhole(`redis://127.0.0.1:${proxy.port}`);
    proxy.slow(ms);
    expect(await Promise.all(calls.map((call) => outcome(call(store))))).toEqual(calls.map(() => 'StoreUnavailableError'));
    expect(store.available()).toBe(false);
    proxy.pass();
    await healed(store);
  });

  it('a half-open connection is given up and replaced, for commands and for subscriptions', async () => {
    const server = await startServer();
    const proxy = await createTcpProxy(server.port);
    cleanUps.push(() => proxy.close());
    const store = await connectWhole(`redis://127.0.0.1:${proxy.port}`);
    const received: string[] = [];
    await store.subscribe('channel', (message) => received.push(message));
    proxy.swallow();
    expect(await Promise.all(calls.map((call) => outcome(call(store))))).toEqual(calls.map(() => 'StoreUnavailableError'));
    // Both connections are dead now: the one by the calls, the other by its first heartbeat.
    await delay(1_200);
    proxy.pass();
    await healed(store);
    await until(() => {
      store.publish('channel', 'after').catch(() => undefined);
      return received.includes('after');
    });
  });
});

describe('when Redis forgets or refuses (F2, F5)', () => {
  it('scripts that were flushed are sent again, also in the middle of a burst', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    standStill('setTimeout');
    await store.hit('key', 60_000);
    server.command('SCRIPT', 'FLUSH');
    const results = await Promise.all(Array.from({ length: 64 }, () => store.hit('key', 60_000)));
    expect(results.map(({ hits }) => hits).sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, index) => index + 2));
    server.command('SCRIPT', 'FLUSH');
    await store.push('list', 'a', 3);
    expect(await store.list('list')).toEqual(['a']);
  });

  it('a full Redis counts as away, although it answers a PING, until it takes writes again', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    server.command('CONFIG', 'SET', 'maxmemory', '1');
    standStill('setTimeout');
    for (let attempt = 0; attempt < 3; attempt += 1) await expect(store.hit('key', 60_000)).rejects.toMatchObject({ reason: 'OOM' });
    expect(store.available()).toBe(false);
    jest.useRealTimers();
    await delay(600);
    expect(store.available()).toBe(false);
    server.command('CONFIG', 'SET', 'maxmemory', '0');
    await healed(store);
  });

  it('a window whose end was lost or moved away gets an end again', async () => {
    const server = await startServer();
    const store = await connectWhole(server.url);
    standStill('setTimeout');
    // Long enough not to be over before its end is taken away.
    await store.hit('key', 60_000);
    server.command('PERSIST', 'tessera:key');
    expect((await store.hit('key', 60_000)).resetMs).toBe(60_000);
    server.command('PEXPIRE', 'tessera:key', '3600000');
    expect((await store.hit('key', 60_000)).resetMs).toBe(60_000);
  });
});

describe('at the start (F24)', () => {
  it('without Redis the store is there at once, unavailable, and heals when Redis appears', async () => {
    const server = await startServer({ started: false });
    const logger = createRecordingLogger();
    const store = await connect(server.url, logger);
    expect(store.available()).toBe(false);
    await expect(store.hit('key', 60_000)).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'ECONNREFUSED' });
    const received: string[] = [];
    let resumed = 0;
    await store.subscribe('channel', (message) => received.push(message), () => (resumed += 1));
    await server.start();
    await until(() => store.available() && resumed > 0);
    await answerOf(store, () => store.publish('channel', 'first'));
    await until(() => received.length > 0);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('with a frozen Redis it begins unavailable instead of hanging', async () => {
    const server = await startServer();
    server.freeze();
    const store = await connect(server.url);
    expect(store.available()).toBe(false);
    server.thaw();
    await healed(store);
  });

  it('a wrong password is said in one sentence, once, and no password is ever shown', async () => {
    const server = await startServer({ password: 'right-password' });
    const logger = createRecordingLogger();
    const store = await connect(`redis://:wrong-password@127.0.0.1:${server.port}`, logger);
    let failure: unknown;
    await until(async () => {
      failure = await store.hit('key', 60_000).catch((error: unknown) => error);
      return (failure as { reason?: string }).reason === 'WRONGPASS' && logger.lines.length > 0;
    });
    // Some more tries to connect, of which nothing more is said.
    await delay(1_200);
    expect(failure).toMatchObject({ reason: 'WRONGPASS' });
    expect(logger.lines).toEqual([
      { level: 'error', message: 'Redis refuses the user or the password of REDIS_URL: correct it and restart.', fields: { address: `127.0.0.1:${server.port}` } },
    ]);
    expect(JSON.stringify([logger.lines, failure, String((failure as Error).stack)])).not.toContain('password@');
    expect(JSON.stringify([failure, String((failure as Error).stack)])).not.toContain('wrong-password');
  });

  it('the right password opens, also for subscriptions', async () => {
    const server = await startServer({ password: 'p@ss/word:1' });
    const store = await connectWhole(`redis://:${encodeURIComponent('p@ss/word:1')}@127.0.0.1:${server.port}`);
    const received: string[] = [];
    await store.subscribe('channel', (message) => received.push(message));
    standStill('setTimeout');
    await store.publish('channel', 'hello');
    await until(() => received.length === 1);
    expect(store.available()).toBe(true);
  });

  it('keys and channels stand under a prefix', async () => {
    const server = await startServer();
    const store = await createRedisStore({ url: server.url, keyPrefix: 'one:' }, createRecordingLogger());
    cleanUps.push(() => store.close());
    await answerOf(store, () => store.hit('key', 60_000));
    await store.subscribe('channel', () => undefined);
    expect(server.command('EXISTS', 'one:key')).toBe('1');
    await until(() => server.command('PUBSUB', 'CHANNELS') === 'one:channel');
  });

  it('a listener that fails is logged and disturbs no other', async () => {
    const server = await startServer();
    const logger = createRecordingLogger();
    const store = await connectWhole(server.url, logger);
    standStill('setTimeout');
    const received: string[] = [];
    await store.subscribe('channel', () => {
      throw new Error('broken listener');
    });
    await store.subscribe('channel', (message) => received.push(message));
    await store.publish('channel', 'a');
    await until(() => received.length === 1);
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'A listener failed on a message from Redis.' }]);
  });
});

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import express, { type NextFunction, type Request, type Response } from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { createRedisServer, type RedisServer, type RedisServerOptions } from '../../test/redis-server.js';
import { connectRedisStore } from '../../test/redis-store.js';
import { standStill } from '../../test/standing-clock.js';
import { until } from '../../test/until.js';
import { createMemoryStore } from '../infra/memory-store.js';
import { createRedisStore } from '../infra/redis.js';
import type { Store } from '../infra/store.js';
import { addressKey, createRateLimits } from './rate-limit.js';
import type { LimitSettings } from './rate-limit-rules.js';
import { requestContext } from './request-context.js';
import { middleware } from './steps.js';

/** One interval in which the general counts are shared (G-02). */
const SHARE_EVERY_MS = 200;
const ALICE = { 'x-user': 'alice' };

const cleanUps: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  jest.useRealTimers();
});

async function startServer(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await createRedisServer(options);
  cleanUps.push(() => server.stop());
  return server;
}

type Answer = { status: number; headers: Headers; retryAfter: number | undefined };
/** `told` is how many hits of a limit Redis has taken from this worker. */
type Worker = { get(path: string, headers?: Record<string, string>): Promise<Answer>; store: Store; told(limit: string): number; stop(): Promise<void> };

/** One worker: an Express app with the limits, on a free port. The caller names itself by header. */
async function startWorker(given: Store, { workers = 1, ...limits }: Partial<LimitSettings> & { workers?: number } = {}): Promise<Worker> {
  const told = new Map<string, number>();
  const store: Store = {
    ...given,
    async hit(key, windowMs, amount = 1) {
      const hit = await given.hit(key, windowMs, amount);
      const limit = key.split(':')[1]!;
      told.set(limit, (told.get(limit) ?? 0) + amount);
      return hit;
    },
  };
  const app = express();
  app.set('trust proxy', 'loopback');
  const rateLimits = createRateLimits({
    limits: { generalPerMinute: 1_000, authPerMinute: 1_000, availabilityPerMinute: 1_000, ...limits },
    store,
    workers,
    keyOf: (req) => (req.get('x-user') ? `u:${req.get('x-user')}` : addressKey(req.ip)),
    tooMany: (seconds) => Object.assign(new Error('too many'), { seconds }),
  });
  app.use(middleware(requestContext(), rateLimits.general));
  for (const name of ['auth', 'otp_send'] as const) app.get(`/${name}`, middleware(rateLimits.of(name)));
  app.use((_req, res) => void res.json({}));
  app.use((error: Error & { seconds?: number }, _req: Request, res: Response, _next: NextFunction) => void res.status(error.seconds ? 429 : 500).json({ seconds: error.seconds }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    server.closeAllConnections();
    server.close();
    await rateLimits.close();
    await store.close();
  };
  cleanUps.push(stop);
  return {
    store,
    told: (limit) => told.get(limit) ?? 0,
    stop,
    async get(path, headers = {}) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      const { seconds } = (await response.json()) as { seconds?: number };
      return { status: response.status, headers: response.headers, retryAfter: seconds };
    },
  };
}

const redisWorker = async (server: RedisServer, options?: Parameters<typeof startWorker>[1]) => startWorker(await connectRedisStore(server.url), options);
const workerWithoutRedis = async (server: RedisServer, options?: Parameters<typeof startWorker>[1]) =>
  startWorker(await createRedisStore({ url: server.url }, createRecordingLogger()), options);
const memoryWorker = (options?: Parameters<typeof startWorker>[1]) => startWorker(createMemoryStore(), options);

const described = ({ headers }: Answer) => ({
  policy: headers.get('ratelimit-policy'),
  limit: headers.get('ratelimit-limit'),
  remaining: headers.get('ratelimit-remaining'),
});
const admitted = (answers: Answer[]) => answers.filter(({ status }) => status === 200).length;
const burst = async (workers: Worker[], path: string, count: number, headers?: Record<string, string>) =>
  Promise.all(Array.from({ length: count }, (_, index) => workers[index % workers.length]!.get(path, headers)));
/** The same while no answer of Redis is late: one that comes too late for its request is counted twice. */
async function burstInTime(...burstOf: Parameters<typeof burst>): Promise<Answer[]> {
  standStill('setTimeout');
  try {
    return await burst(...burstOf);
  } finally {
    jest.useRealTimers();
  }
}

describe('what a caller is told', () => {
  it('every answer describes the limit, a refusal says when to come back', async () => {
    const worker = await memoryWorker({ generalPerMinute: 2 });
    const first = await worker.get('/');
    expect(described(first)).toEqual({ policy: '2;w=60', limit: '2', remaining: '1' });
    expect(first.headers.get('ratelimit-reset')).toBe('60');
    expect(first.headers.get('retry-after')).toBeNull();
    expect(described(await worker.get('/'))).toMatchObject({ remaining: '0' });

    const refused = await worker.get('/');
    expect(refused.status).toBe(429);
    expect(described(refused)).toEqual({ policy: '2;w=60', limit: '2', remaining: '0' });
    expect(refused.headers.get('retry-after')).toBe(refused.headers.get('ratelimit-reset'));
    expect(refused.retryAfter).toBe(Number(refused.headers.get('retry-after')));
    expect([...first.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('where several limits apply the tightest is described', async () => {
    const worker = await memoryWorker({ generalPerMinute: 5, authPerMinute: 3 });
    const looser = await memoryWorker({ generalPerMinute: 5, authPerMinute: 9 });
    expect(described(await worker.get('/auth'))).toEqual({ policy: '3;w=60', limit: '3', remaining: '2' });
    expect(described(await worker.get('/'))).toEqual({ policy: '5;w=60', limit: '5', remaining: '3' });
    expect(described(await looser.get('/auth'))).toEqual({ policy: '5;w=60', limit: '5', remaining: '4' });
    await worker.get('/auth');
    await worker.get('/auth');
    const refused = await worker.get('/auth', ALICE);
    expect([refused.status, described(refused).policy, refused.headers.get('retry-after')]).toEqual([429, '3;w=60', refused.headers.get('ratelimit-reset')]);
  });
});

describe('who is counted', () => {
  it('a signed-in caller by user, wherever he calls from, others by address', async () => {
    const worker = await memoryWorker({ generalPerMinute: 1 });
    const from = (ip: string, more = {}) => worker.get('/', { 'x-forwarded-for': ip, ...more });
    expect(admitted([await from('203.0.113.1', ALICE), await from('203.0.113.2', ALICE)])).toBe(1);
    expect(admitted([await from('203.0.113.1'), await from('203.0.113.2'), await from('203.0.113.1')])).toBe(2);
  });

  it('a collection of accounts does not multiply the tries of a password (auth, otp_send)', async () => {
    const worker = await memoryWorker({ authPerMinute: 2 });
    for (const path of ['/auth', '/otp_send']) {
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((user) => worker.get(path, { 'x-user': user })));
      expect(admitted(answers)).toBe(2);
    }
    expect(admitted(await Promise.all(['a', 'b', 'c'].map((user) => worker.get('/', { 'x-user': user }))))).toBe(3);
  });

  it('IPv6 clients by /64 (G-05), an IPv4 address as one client in every spelling', async () => {
    const worker = await memoryWorker({ generalPerMinute: 2 });
    const from = (ip: string) => worker.get('/', { 'x-forwarded-for': ip });
    expect(admitted([await from('2001:db8:1:2::1'), await from('2001:0DB8:1:2:ffff::9'), await from('2001:db8:1:2:3:4:5:6')])).toBe(2);
    expect((await from('2001:db8:1:3::1')).status).toBe(200);
    expect(admitted([await from('203.0.113.9'), await from('::ffff:203.0.113.9'), await from('::ffff:cb00:7109')])).toBe(2);
  });

  it('whoever has no readable address is counted too', () => {
    expect(addressKey(undefined)).toBe('ip:unknown');
    expect(addressKey('anything: at all')).toBe('ip:anything: at all');
  });
});

describe('limits shared by workers (G-02)', () => {
  it.each(['/auth', '/otp_send'])('%s admits exactly its limit of a 64-way burst over two workers', async (path) => {
    const server = await startServer();
    const limits = { authPerMinute: 20, workers: 2 };
    const workers = [await redisWorker(server, limits), await redisWorker(server, limits)];
    const answers = await burstInTime(workers, path, 64);
    expect(admitted(answers)).toBe(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(44);
    const remaining = answers.filter(({ status }) => status === 200).map((answer) => Number(described(answer).remaining));
    expect(remaining.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('the general limit is learnt from the other workers within one interval, without a round trip for a request', async () => {
    const server = await startServer();
    const stores = [await connectRedisStore(server.url), await connectRedisStore(server.url)];
    // From here on an interval is over when the test says so, and no answer of Redis is late.
    standStill('setInterval', 'setTimeout');
    const workers = [await startWorker(stores[0]!, { generalPerMinute: 10, workers: 2 }), await startWorker(stores[1]!, { generalPerMinute: 10, workers: 2 })];
    const interval = async (...told: number[]) => {
      jest.advanceTimersByTime(SHARE_EVERY_MS);
      await until(() => workers.every((worker, index) => worker.told('general') === told[index]));
    };
    const before = stores[0]!.commands();
    expect(admitted(await burst([workers[0]!], '/', 8))).toBe(8);
    expect(stores[0]!.commands()).toBe(before);
    await interval(8, 0);
    expect((await workers[1]!.get('/')).status).toBe(200);
    await interval(8, 1);
    expect(described(await workers[1]!.get('/'))).toMatchObject({ remaining: '0' });
    // A worker that nobody asked meanwhile learns with its first request.
    await burst(workers, '/', 2);
    await interval(9, 3);
    expect(admitted(await burst(workers, '/', 10))).toBe(0);
  });

  it('windows survive the reload of a worker', async () => {
    const server = await startServer();
    const limits = { generalPerMinute: 10, authPerMinute: 5 };
    const before = await redisWorker(server, limits);
    await burstInTime([before], '/auth', 5);
    await burst([before], '/', 5);
    await until(() => before.told('general') === 10);
    await before.stop();
    const after = await redisWorker(server, limits);
    expect(admitted(await burstInTime([after], '/auth', 1))).toBe(0);
    await until(() => after.told('general') === 1);
    expect((await after.get('/')).status).toBe(429);
  });

  it('keys of callers cannot meet keys of other limits (B-18)', async () => {
    const server = await startServer();
    const worker = await redisWorker(server);
    await burstInTime([worker], '/auth', 1, { 'x-user': 'x:limit:auth*' });
    await until(() => worker.told('general') === 1);
    const keys = server.command('KEYS', 'tessera:limit:*').split('\n').sort();
    expect(keys).toEqual(['tessera:limit:auth:ip%3a127.0.0.1', 'tessera:limit:general:u%3ax%3alimit%3aauth%2a']);
  });
});

describe('when Redis is away (F2, F3): stricter, never more lenient, never a failure', () => {
  const away = (worker: Worker) => until(() => !worker.store.available());
  const back = (worker: Worker) => until(() => worker.store.available());

  it('each worker admits its share of the limit', async () => {
    const server = await startServer({ started: false });
    const limits = { generalPerMinute: 9, authPerMinute: 9, workers: 2 };
    const workers = [await workerWithoutRedis(server, limits), await workerWithoutRedis(server, limits)];
    const answers = await burst(workers, '/auth', 40);
    expect(admitted(answers)).toBe(8);
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(admitted(await burst(workers, '/', 40, ALICE))).toBe(8);
    // A limit of one is too small to be shared.
    const refused = await (await workerWithoutRedis(server, { ...limits, authPerMinute: 1 })).get('/auth');
    expect(refused.status).toBe(429);
    // Not the whole window: Redis may be back at any moment.
    expect(refused.retryAfter).toBe(5);
  });

  it('a burst that meets a frozen Redis is answered, within the share', async () => {
    const server = await startServer();
    const worker = await redisWorker(server, { authPerMinute: 10, workers: 2 });
    await worker.get('/auth');
    server.freeze();
    expect(admitted(await burst([worker], '/auth', 64))).toBe(4);
    server.thaw();
  });

  it('what was used before the outage is not given again: during it, after a restart with nothing kept, or after a flush', async () => {
    const server = await startServer();
    const worker = await redisWorker(server, { generalPerMinute: 20, authPerMinute: 10 });
    let total = admitted(await burstInTime([worker], '/auth', 6));
    expect(total).toBe(6);
    await until(() => worker.told('general') === 6);
    await server.kill();
    await away(worker);
    total += admitted(await burst([worker], '/auth', 2));
    await server.start();
    await back(worker);
    total += admitted(await burst([worker], '/auth', 1));
    server.command('FLUSHALL');
    total += admitted(await burst([worker], '/auth', 30));
    // Not always all of them: a hit that was cut off may have been counted twice.
    expect(total).toBeGreaterThanOrEqual(7);
    expect(total).toBeLessThanOrEqual(10);
    // The general limit has been passed meanwhile and knows it.
    expect((await worker.get('/')).status).toBe(429);
  });

  it('what one worker admitted during the outage is known to the others afterwards', async () => {
    const server = await startServer();
    const limits = { authPerMinute: 10, workers: 2 };
    const workers = [await redisWorker(server, limits), await redisWorker(server, limits)];
    await server.kill();
    await Promise.all(workers.map(away));
    expect(admitted(await burst([workers[0]!], '/auth', 20))).toBe(5);
    await server.start();
    await Promise.all(workers.map(back));
    await until(() => workers[0]!.told('auth') === 5);
    expect(admitted(await burstInTime([workers[1]!], '/auth', 20))).toBe(5);
  });

  it('being refused for want of knowledge does not weigh on a client afterwards', async () => {
    const server = await startServer({ started: false });
    const worker = await workerWithoutRedis(server, { authPerMinute: 3, workers: 4 });
    expect(admitted(await burst([worker], '/otp_send', 10))).toBe(0);
    await server.start();
    await back(worker);
    expect(admitted(await burstInTime([worker], '/otp_send', 10))).toBe(3);
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { createRedisServer, type RedisServer } from '../../test/redis-server.js';
import { connectRedisStore } from '../../test/redis-store.js';
import { standStill } from '../../test/standing-clock.js';
import { until } from '../../test/until.js';
import { createMemoryStore } from './memory-store.js';
import { storeKey } from './store-key.js';
import type { Store } from './store.js';

let server: RedisServer;
let number = 0;
const uniqueKey = () => storeKey('test', String(process.pid), String((number += 1)));

beforeAll(async () => {
  server = await createRedisServer();
});
afterAll(() => server.stop());

const kinds: Record<Store['kind'], () => Promise<Store>> = {
  memory: async () => createMemoryStore(),
  redis: () => connectRedisStore(server.url),
};

describe.each(Object.keys(kinds) as Store['kind'][])('every store keeps the same promises: %s', (kind) => {
  let store: Store;
  beforeAll(async () => {
    store = await kinds[kind]();
    standStill('setTimeout');
  });
  afterAll(async () => {
    jest.useRealTimers();
    await store.close();
  });

  it('says what it is, is available and answers a check', async () => {
    expect(store.kind).toBe(kind);
    expect(store.available()).toBe(true);
    const { latency_ms } = await store.check();
    expect(latency_ms).toBeGreaterThanOrEqual(0);
  });

  it('counts each of 200 simultaneous hits exactly once', async () => {
    const key = uniqueKey();
    const results = await Promise.all(Array.from({ length: 200 }, () => store.hit(key, 60_000)));
    expect(results.map(({ hits }) => hits).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  it('counts an amount in one step, and reads with an amount of 0 without opening a window', async () => {
    const key = uniqueKey();
    expect(await store.hit(key, 60_000, 0)).toEqual({ hits: 0, resetMs: 60_000 });
    expect(await store.hit(key, 60_000, 5)).toMatchObject({ hits: 5 });
    expect(await store.hit(key, 60_000)).toMatchObject({ hits: 6 });
    expect(await store.hit(key, 60_000, 0)).toMatchObject({ hits: 6 });
  });

  it('keeps the window that the first hit opened: later hits do not move its end', async () => {
    const key = uniqueKey();
    const first = await store.hit(key, 60_000);
    await delay(30);
    const second = await store.hit(key, 60_000);
    expect(first.resetMs).toBeLessThanOrEqual(60_000);
    expect(second.resetMs).toBeLessThan(first.resetMs);
    expect(Number.isInteger(second.resetMs)).toBe(true);
  });

  it('begins again after the window', async () => {
    const key = uniqueKey();
    await store.hit(key, 40, 7);
    await delay(60);
    expect(await store.hit(key, 40)).toMatchObject({ hits: 1 });
  });

  it('forgets a counter and a list that are deleted', async () => {
    const [counter, list] = [uniqueKey(), uniqueKey()];
    await store.hit(counter, 60_000, 3);
    await store.push(list, 'a', 3);
    await store.delete(counter);
    await store.delete(list);
    expect(await store.hit(counter, 60_000)).toMatchObject({ hits: 1 });
    expect(await store.list(list)).toEqual([]);
  });

  it('keeps the newest values of a list, newest first, byte for byte', async () => {
    const key = uniqueKey();
    expect(await store.list(key)).toEqual([]);
    for (const value of ['1', '2 \r\n "ü" 😀', '', '4']) await store.push(key, value, 3);
    expect(await store.list(key)).toEqual(['4', '', '2 \r\n "ü" 😀']);
  });

  it('delivers messages in the order of sending, to every listener of the channel and to no other', async () => {
    const [channel, other] = [uniqueKey(), uniqueKey()];
    const [first, second, elsewhere] = [[], [], []] as [string[], string[], string[]];
    const ends = [
      await store.subscribe(channel, (message) => first.push(message)),
      await store.subscribe(channel, (message) => second.push(message)),
      await store.subscribe(other, (message) => elsewhere.push(message)),
    ];
    const sent = Array.from({ length: 100 }, (_, index) => `message ${index} \n ü`);
    await Promise.all(sent.map((message) => store.publish(channel, message)));
    await until(() => first.length === sent.length && second.length === sent.length);
    expect(first).toEqual(sent);
    expect(second).toEqual(sent);
    expect(elsewhere).toEqual([]);
    await Promise.all(ends.map((end) => end()));
  });

  it('delivers nothing after the subscription has ended, and other subscriptions go on', async () => {
    const channel = uniqueKey();
    const [ended, going] = [[], []] as [string[], string[]];
    const end = await store.subscribe(channel, (message) => ended.push(message));
    const endOther = await store.subscribe(channel, (message) => going.push(message));
    await end();
    await end();
    await store.publish(channel, 'a');
    await until(() => going.length === 1);
    expect(ended).toEqual([]);
    await endOther();
    const again: string[] = [];
    const endAgain = await store.subscribe(channel, (message) => again.push(message));
    await store.publish(channel, 'b');
    await until(() => again.length === 1);
    expect(going).toEqual(['a']);
    await endAgain();
  });

  it('counts its commands', async () => {
    const before = store.commands();
    await store.hit(uniqueKey(), 1_000);
    await store.list(uniqueKey());
    expect(store.commands() - before).toBe(2);
  });

  it('refuses calls after it was closed', async () => {
    const closing = await kinds[kind]();
    await closing.close();
    expect(closing.available()).toBe(false);
    await expect(closing.hit(uniqueKey(), 1_000)).rejects.toMatchObject({ name: 'StoreUnavailableError', reason: 'CLOSED' });
  });
});

describe('keys (B-18)', () => {
  const hostile = ['', 'a', ':', '::', 'a:b', '*', 'a*', '\n', '%', '%3a', '%003a', '#', '#a', ' ', 'ü', 'Ü', '\u0000', '\ud800', '\udc00', '\ufffd', '😀', 'a'.repeat(128), 'a'.repeat(129), 'x'.repeat(5_000), `${'x'.repeat(4_999)}y`, '\ud800'.repeat(200), '\udc00'.repeat(200)];

  it('two different lists of parts never give the same key', () => {
    const lists = [...hostile.map((part) => [part]), ...hostile.flatMap((left) => hostile.map((right) => [left, right])), ['a', 'b', 'c'], ['a', 'b:c'], ['a:b', 'c']];
    const distinct = new Set(lists.map((parts) => JSON.stringify(parts)));
    expect(new Set(lists.map((parts) => storeKey(...parts))).size).toBe(distinct.size);
  });

  it('are short and plain, whatever the caller sends', () => {
    for (const part of [...hostile, 'x'.repeat(1_000_000)]) expect(storeKey(part)).toMatch(/^[\w.@%#-]{0,768}$/);
    expect(storeKey('limit', 'auth', 'ip:203.0.113.7')).toBe('limit:auth:ip%3a203.0.113.7');
  });
});

describe('the store in memory is bounded', () => {
  let time = 0;
  const stores: Store[] = [];
  const createSmall = (maxKeys: number) => {
    const store = createMemoryStore(() => time, maxKeys);
    stores.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });

  it('drops the window that ends first when it is full, so an ended one before a live one', async () => {
    const store = createSmall(3);
    await store.hit('long', 60_000, 5);
    await store.hit('short', 1_000, 5);
    await store.hit('middle', 30_000, 5);
    await store.hit('new', 60_000);
    expect(await store.hit('short', 1_000, 0)).toMatchObject({ hits: 0 });
    for (const [key, windowMs] of [['long', 60_000], ['middle', 30_000]] as const) expect(await store.hit(key, windowMs, 0)).toMatchObject({ hits: 5 });
  });

  it('never drops a live counter below its cap', async () => {
    const store = createSmall(10_000);
    await Promise.all(Array.from({ length: 10_000 }, (_, index) => store.hit(`key ${index}`, 60_000)));
    time += 59_999;
    for (let index = 0; index < 10_000; index += 1) expect((await store.hit(`key ${index}`, 60_000)).hits).toBe(2);
  });
});

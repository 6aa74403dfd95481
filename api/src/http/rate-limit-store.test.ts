import { afterEach, describe, expect, it } from '@jest/globals';
import { createMemoryStore } from '../infra/memory-store.js';
import { StoreUnavailableError, type Store } from '../infra/store.js';
import { createLimitCounters } from './rate-limit-store.js';

const rule = { limit: 10, windowMs: 60_000, by: 'caller' } as const;

/** A shared store under a clock that the test moves; it can be taken away. */
function createWorld() {
  let time = 1_000;
  const state = { away: false };
  const memory = createMemoryStore(() => time);
  const store: Store = {
    ...memory,
    kind: 'redis',
    available: () => !state.away,
    hit: async (...args) => {
      if (state.away) throw new StoreUnavailableError('TEST');
      return memory.hit(...args);
    },
  };
  return {
    state,
    store,
    pass: (ms: number) => void (time += ms),
    worker: (workers = 1) => createLimitCounters({ name: 'test', rule, store, workers, now: () => time }),
  };
}

describe('the counts of a limit', () => {
  let world = createWorld();
  afterEach(async () => {
    await world.store.close();
    world = createWorld();
  });

  it('begin again when the window is over, locally and shared', async () => {
    const worker = world.worker();
    worker.count('a');
    await worker.share();
    world.pass(60_000);
    expect(worker.count('a')).toMatchObject({ used: 1, resetMs: 60_000 });
    await worker.countExactly('b');
    world.pass(60_000);
    expect(await worker.countExactly('b')).toMatchObject({ used: 1, resetMs: 60_000 });
  });

  it('adopt the end of the window that another worker opened', async () => {
    const [first, second] = [world.worker(), world.worker()];
    await first.countExactly('a');
    world.pass(40_000);
    expect(await second.countExactly('a')).toMatchObject({ used: 2, resetMs: 20_000 });
    second.count('a');
    await second.share();
    expect(second.count('a')).toMatchObject({ used: 4, resetMs: 20_000 });
  });

  it('are told to the store once, in sums', async () => {
    const worker = world.worker();
    for (let index = 0; index < 5; index += 1) worker.count('a');
    await worker.share();
    await worker.share();
    expect(world.store.commands()).toBe(1);
    expect((await world.store.hit('limit:test:a', 60_000, 0)).hits).toBe(5);
  });

  it('do not drop while they are on their way to the store', async () => {
    const worker = world.worker();
    for (let index = 0; index < 10; index += 1) worker.count('a');
    const sharing = worker.share();
    expect(worker.count('a').used).toBe(11);
    await sharing;
    expect(worker.count('a').used).toBe(12);
  });

  it('go on from what was known when the store has lost its keys (F2), until the old window would have ended', async () => {
    const worker = world.worker();
    for (let index = 0; index < 6; index += 1) await worker.countExactly('a');
    world.pass(10_000);
    await world.store.delete('limit:test:a');
    expect((await worker.countExactly('a')).used).toBe(7);
    for (let index = 0; index < 3; index += 1) await worker.countExactly('a');
    const refused = await worker.countExactly('a');
    expect(refused).toEqual({ used: 11, resetMs: 50_000 });
    world.pass(50_000);
    expect((await worker.countExactly('a')).used).toBe(6);
  });

  it('notice a lost window once, however many requests were under way', async () => {
    const worker = world.worker();
    await Promise.all(Array.from({ length: 4 }, () => worker.countExactly('a')));
    await world.store.delete('limit:test:a');
    const used = await Promise.all(Array.from({ length: 5 }, () => worker.countExactly('a')));
    expect(used.map((usage) => usage.used)).toEqual([5, 6, 7, 8, 9]);
  });

  it('take a slow answer for what it is, not for a lost window', async () => {
    const worker = world.worker();
    const { hit } = world.store;
    // The first answer stays in a busy process for 900 ms.
    world.store.hit = async (...args) => {
      world.pass(450);
      const answer = await hit(...args);
      world.pass(450);
      return answer;
    };
    await worker.countExactly('a');
    world.store.hit = hit;
    for (let index = 0; index < 5; index += 1) await worker.countExactly('a');
    expect((await worker.countExactly('a')).used).toBe(7);
  });

  it('share the rest of the limit among the workers while the store is away', async () => {
    const worker = world.worker(2);
    for (let index = 0; index < 4; index += 1) await worker.countExactly('a');
    world.state.away = true;
    const used = [];
    for (let index = 0; index < 5; index += 1) used.push((await worker.countExactly('a')).used);
    expect(used).toEqual([6, 8, 10, 12, 12]);
  });

  it('bring what was admitted during an outage to the store afterwards, and nothing that was refused', async () => {
    const worker = world.worker(2);
    world.state.away = true;
    for (let index = 0; index < 50; index += 1) await worker.countExactly('a');
    for (let index = 0; index < 50; index += 1) worker.count('b');
    await worker.share();
    world.state.away = false;
    await worker.share();
    expect((await world.store.hit('limit:test:a', 60_000, 0)).hits).toBe(5);
    expect((await world.store.hit('limit:test:b', 60_000, 0)).hits).toBe(5);
  });

  it('are not forgotten by one request while another brings them to a store that then fails', async () => {
    const worker = world.worker(2);
    world.state.away = true;
    for (let index = 0; index < 5; index += 1) await worker.countExactly('a');
    world.state.away = false;
    const failures: (() => void)[] = [];
    world.store.hit = () => new Promise((_resolve, reject) => failures.push(() => reject(new StoreUnavailableError('TEST'))));
    const bringing = worker.countExactly('a');
    const second = worker.countExactly('a');
    failures[1]!();
    expect((await second).used).toBeGreaterThan(rule.limit);
    failures[0]!();
    expect((await bringing).used).toBeGreaterThan(rule.limit);
  });

  it('forget windows that ended, also those that an outage kept from being shared', async () => {
    const worker = world.worker();
    world.state.away = true;
    for (let index = 0; index < 100; index += 1) worker.count(`client ${index}`);
    world.pass(60_001);
    worker.sweep();
    world.state.away = false;
    await worker.share();
    expect(world.store.commands()).toBe(0);
  });
});

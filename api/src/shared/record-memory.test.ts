import { describe, expect, it } from '@jest/globals';
import type { Change, Changes } from './changes.js';
import { createRecordMemory } from './record-memory.js';

function createWorld(maxUsers = 10) {
  let listener: (change: Change) => void = () => undefined;
  let current = true;
  const changes: Changes = { current: () => current, listen: (one) => void (listener = one), settled: () => Promise.resolve() };
  const memory = createRecordMemory<string>({ changes, maxUsers });
  return { memory, tell: (userId?: string) => listener({ userId }), setCurrent: (is: boolean) => void (current = is) };
}

const remember = (memory: ReturnType<typeof createWorld>['memory'], userId: string, value = `${userId}!`) => memory.read(userId, () => Promise.resolve(value), (row) => row);

describe('what was read of the record', () => {
  it('is remembered until a change of that user is told', async () => {
    const { memory, tell } = createWorld();
    await remember(memory, 'ann');
    await remember(memory, 'bob');
    expect([memory.get('ann'), memory.get('bob'), memory.get('cid')]).toEqual(['ann!', 'bob!', undefined]);
    tell('ann');
    expect([memory.get('ann'), memory.get('bob')]).toEqual([undefined, 'bob!']);
    tell();
    expect(memory.get('bob')).toBeUndefined();
  });

  it('is not given out while a change may have been missed, and is again afterwards', async () => {
    const { memory, setCurrent } = createWorld();
    await remember(memory, 'ann');
    setCurrent(false);
    expect(memory.get('ann')).toBeUndefined();
    setCurrent(true);
    expect(memory.get('ann')).toBe('ann!');
  });

  it('B-01: is not remembered when a change was told while it was being read: it may not know of it', async () => {
    const { memory, tell } = createWorld();
    let answer: (value: string) => void = () => undefined;
    const reading = memory.read('ann', () => new Promise<string>((resolve) => (answer = resolve)), (row) => row);
    tell('ann');
    answer('old');
    expect(await reading).toBe('old');
    expect(memory.get('ann')).toBeUndefined();
  });

  it('is read by each caller himself, never shared with one who asked earlier', async () => {
    const { memory } = createWorld();
    let reads = 0;
    const load = async () => String((reads += 1));
    expect(await Promise.all([memory.read('ann', load, (row) => row), memory.read('ann', load, (row) => row)])).toEqual(['1', '2']);
  });

  it('makes what is kept from what was known, and keeps nothing that is undefined', async () => {
    const { memory } = createWorld();
    await remember(memory, 'ann');
    await memory.read('ann', () => Promise.resolve('?'), (row, known) => `${known}${row}`);
    expect(memory.get('ann')).toBe('ann!?');
    await memory.read('bob', () => Promise.resolve(undefined), (row) => row);
    expect(memory.get('bob')).toBeUndefined();
  });

  it('stays bounded', async () => {
    const { memory } = createWorld(10);
    for (let count = 0; count < 100; count += 1) await remember(memory, `user ${count}`);
    expect(Array.from({ length: 100 }, (_, count) => memory.get(`user ${count}`)).filter((value) => value !== undefined).length).toBeLessThanOrEqual(10);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { runInChild } from '../../test/child-process.js';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './worker-pool.js';

let folder: string;
let worker: URL;
const pools: WorkerPool[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'worker-pool-'));
  const file = join(folder, 'worker.mjs');
  writeFileSync(
    file,
    `import { threadId } from 'node:worker_threads';
     export default async function work({ ms = 0, fail, die, value }) {
       if (die) process.exit(1);
       if (ms) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
       if (fail) throw new RangeError(fail);
       return { value, threadId };
     }`,
  );
  worker = pathToFileURL(file);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function poolOf(options: WorkerPoolOptions = {}): WorkerPool {
  const pool = createWorkerPool({ worker, threads: 1, ...options });
  pools.push(pool);
  return pool;
}

describe('createWorkerPool', () => {
  it('runs tasks outside of the main thread and returns what they return', async () => {
    expect(await poolOf().run({ value: 'x' })).toEqual({ value: 'x', threadId: expect.any(Number) });
  });

  it('passes on what a task throws, and goes on', async () => {
    const pool = poolOf();
    await expect(pool.run({ fail: 'no' })).rejects.toThrow('no');
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  it('serves tasks in the order of asking', async () => {
    const pool = poolOf();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 10 }, (_, index) => pool.run({ ms: 5 }).then(() => order.push(index))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('refuses the task that is one too many, at once, and takes new ones when there is room again (C-19)', async () => {
    const pool = poolOf({ threads: 2, maxQueue: 3 });
    const taken = Array.from({ length: 5 }, () => pool.run({ ms: 50 }));
    expect(pool.isFull()).toBe(true);
    await expect(pool.run({})).rejects.toMatchObject({ name: 'WorkerQueueFullError' });
    await Promise.all(taken);
    expect(pool.isFull()).toBe(false);
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  it('fails the task whose thread died, and goes on with a new thread', async () => {
    const pool = poolOf();
    await expect(pool.run({ die: true })).rejects.toThrow('exited');
    expect(await pool.run({ value: 1 })).toMatchObject({ value: 1 });
  });

  it('fails every waiting task when threads cannot start, instead of leaving them waiting', async () => {
    const pool = poolOf({ worker: pathToFileURL(join(folder, 'missing.mjs')) });
    const results = await Promise.allSettled([pool.run({}), pool.run({}), pool.run({})]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('finishes what it has taken when it is closed, and takes no more', async () => {
    const pool = poolOf();
    const taken = Promise.all(Array.from({ length: 4 }, (_, value) => pool.run({ ms: 20, value })));
    const closed = pool.close();
    await expect(pool.run({})).rejects.toThrow('closed');
    await closed;
    expect(await taken).toMatchObject([{ value: 0 }, { value: 1 }, { value: 2 }, { value: 3 }]);
    await pool.close();
  });

  it('hashes passwords unless told otherwise', async () => {
    const pool = createWorkerPool({ threads: 1 });
    pools.push(pool);
    expect(await pool.run({ kind: 'hash', text: 'x', rounds: 4 })).toMatch(/^\$2b\$04\$/);
  });

  it('keeps the process alive for a task, and not for idle threads', async () => {
    const child = runInChild(
      `const { createWorkerPool } = await src('infra/worker-pool.js');
       const pool = createWorkerPool();
       process.stdout.write(await pool.run({ kind: 'hash', text: 'x', rounds: 4 }));`,
      {},
    );
    expect(await child.ended).toBe(0);
    expect(child.output()).toMatch(/^\$2b\$04\$/);
  });
});

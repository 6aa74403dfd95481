import { expect, it } from '@jest/globals';
import { createTurns } from './turns.js';

/** Work that is done when somebody says so. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

it('runs one work at a time, in order, also after one that fails', async () => {
  const inTurn = createTurns({ what: 'tests', atOnce: 1, maxWaitMs: 60_000 });
  const story: string[] = [];
  const work = (name: string, fails = false) =>
    inTurn(async () => {
      story.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      story.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const results = await Promise.allSettled([work('first'), work('second', true), work('third')]);
  expect(results.map((result) => (result.status === 'fulfilled' ? result.value : String(result.reason)))).toEqual(['first', 'Error: second', 'third']);
  expect(story).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(await work('fourth')).toBe('fourth');
});

it('whoever waits too long is 503 and never runs, and holds up nobody', async () => {
  const inTurn = createTurns({ what: 'tests', atOnce: 1, maxWaitMs: 20 });
  const { opened, open } = gate();
  const first = inTurn(() => opened);
  let ran = 0;
  const late = inTurn(() => Promise.resolve((ran += 1)));
  await expect(late).rejects.toMatchObject({ definition: { key: 'SERVICE_UNAVAILABLE' }, headers: { 'Retry-After': '1' }, cause: { message: 'No turn for tests within 20 ms: 0 more are waiting' } });
  open();
  await first;
  expect(await inTurn(() => Promise.resolve('next'))).toBe('next');
  expect(ran).toBe(0);
});

it('runs as many at a time as may, and never more', async () => {
  const inTurn = createTurns({ what: 'tests', atOnce: 3, maxWaitMs: 60_000 });
  let running = 0;
  const seen: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      inTurn(async () => {
        seen.push((running += 1));
        for (let pause = 0; pause <= index % 4; pause += 1) await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      }),
    ),
  );
  expect([Math.max(...seen), seen.length, running]).toEqual([3, 20, 0]);
});

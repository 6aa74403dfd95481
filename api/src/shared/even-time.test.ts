import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { failEvenly } from './even-time.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** How long a failure after so much work is on its way. */
async function timeOfFailure(workMs: number): Promise<number> {
  const began = Date.now();
  const failure = failEvenly(async () => {
    await new Promise((resolve) => setTimeout(resolve, workMs));
    throw new Error('refused');
  }).then(
    () => undefined,
    () => Date.now() - began,
  );
  await jest.advanceTimersByTimeAsync(1_000);
  return (await failure)!;
}

describe('C-10: failures leave evenly', () => {
  it('whatever the work took, as long as it was about the same', async () => {
    const times: number[] = [];
    for (const workMs of [0, 1, 7, 15, 19]) times.push(await timeOfFailure(workMs));
    expect(times).toEqual([20, 20, 20, 20, 20]);
    expect([await timeOfFailure(290), await timeOfFailure(299)]).toEqual([300, 300]);
  });

  it('what succeeds is not held, and no timer stays behind', async () => {
    expect(await failEvenly(async () => 'done')).toBe('done');
    await timeOfFailure(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});

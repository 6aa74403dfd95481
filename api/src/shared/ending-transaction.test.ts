import { describe, expect, it } from '@jest/globals';
import type { Database } from '../infra/postgres.js';
import { endingTransaction } from './ending-transaction.js';

const LOST = new Error('Connection terminated unexpectedly');

/** What happened, in order. `after` stands for the COMMIT. */
async function run(work: () => Promise<unknown>, after: () => Promise<void> = () => Promise.resolve()): Promise<string[]> {
  const story: string[] = [];
  const db = Object.create(null, {
    transaction: {
      async value(inside: () => Promise<unknown>) {
        const result = await inside();
        await after();
        story.push('committed');
        return result;
      },
    },
  }) as Database;
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    story.push('settled');
  };
  await endingTransaction(db, { settled }, work).then(() => story.push('answered'), () => story.push('failed'));
  return story;
}

describe('B-01: a transaction that ends access', () => {
  it('is answered when every worker obeys, whether or not it found something to end', async () => {
    for (const found of [1, 0]) expect(await run(() => Promise.resolve(found))).toEqual(['committed', 'settled', 'answered']);
  });

  it('fails no earlier when nobody can tell whether it was committed', async () => {
    expect(await run(() => Promise.resolve(), () => Promise.reject(LOST))).toEqual(['settled', 'failed']);
  });

  it('fails at once when it has ended nothing (F9)', async () => {
    expect(await run(() => Promise.reject(LOST))).toEqual(['failed']);
  });
});

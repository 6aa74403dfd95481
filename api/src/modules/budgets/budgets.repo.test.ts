import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../../../test/harness.js';
import { createBudgetsRepo } from './budgets.repo.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const { take } = createBudgetsRepo();
const budget = (change = {}) => ({ bucket: 'test', subject: randomBytes(32), windowSeconds: 3_600, max: 5, cooldownSeconds: 0, ...change });

describe('a budget', () => {
  it('gives what it has, however quickly it is asked, and then says when the window ends', async () => {
    const many = budget({ max: 300 });
    for (let count = 0; count < 300; count += 1) expect(await take(api.context.db, many)).toBe(0);
    const wait = await take(api.context.db, many);
    expect(wait).toBeGreaterThan(3_500);
    expect(wait).toBeLessThanOrEqual(3_600);
  });

  it('C-23: gives no two within the cool-down, nor more than it has to simultaneous callers', async () => {
    const slow = budget({ cooldownSeconds: 3_600 });
    expect(await take(api.context.db, slow)).toBe(0);
    const wait = await take(api.context.db, slow);
    expect(wait).toBeGreaterThan(3_500);
    expect(wait).toBeLessThanOrEqual(3_600);
    const burst = budget();
    const waits = await Promise.all(Array.from({ length: 20 }, () => take(api.context.db, burst)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import type { Queryable } from '../../infra/postgres.js';
import { createSessionFreshness } from './session-freshness.js';
import { createSessionFreshnessRepo } from './session-freshness.repo.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const HOUR = 3_600;
const isFresh = (sessionId: string, reauthSeconds = HOUR, db: Queryable = api.context.db) => createSessionFreshness({ repo: createSessionFreshnessRepo(), reauthSeconds }).isFresh(db, sessionId);
const age = (sessionId: string, text: string, db: Queryable = api.context.db) => db.query({ text: 'UPDATE session SET created_at = now() - $2::interval WHERE session_id = $1', values: [sessionId, text] });

describe('a sign-in', () => {
  it('counts for so many seconds (C-15, C-16)', async () => {
    const { sessionId } = await signUp(api);
    expect(await isFresh(sessionId)).toBe(true);
    // In a transaction the clock stands still.
    const found = await api.context.db.transaction(async (tx) => {
      await age(sessionId, '59 minutes 59 seconds', tx);
      const before = await isFresh(sessionId, HOUR, tx);
      await age(sessionId, '60 minutes 1 second', tx);
      return [before, await isFresh(sessionId, HOUR, tx)];
    });
    expect(found).toEqual([true, false]);
  });

  it('is not made younger by a refresh', async () => {
    const { sessionId, refreshToken } = await signUp(api);
    await age(sessionId, '2 hours');
    expect((await api.client.post('/auth/refresh-token', { refresh_token: refreshToken })).status).toBe(200);
    expect(await isFresh(sessionId)).toBe(false);
  });

  it('counts for ever when that is configured; one that is not there counts for nothing', async () => {
    const { sessionId } = await signUp(api);
    await age(sessionId, '10 years');
    expect(await isFresh(sessionId, 0)).toBe(true);
    expect(await isFresh(randomUUID())).toBe(false);
  });
});

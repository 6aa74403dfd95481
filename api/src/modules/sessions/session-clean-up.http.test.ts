import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { createSessionEndsRepo } from './session-ends.repo.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Sessions that were opened, and ended, so many days ago. */
const add = (userId: string, count: number, times: { expired: number; revoked?: number }) =>
  api.sql(
    `INSERT INTO session (user_id, rotated_at, created_at, expires_at, revoked_at)
     SELECT $1, now(), now() - interval '200 days', now() - make_interval(days => $3), now() - make_interval(days => $4) FROM generate_series(1, $2::int)`,
    [userId, count, times.expired, times.revoked ?? null],
  );
const count = async (userId: string) => (await api.sql<{ count: number }>('SELECT count(*)::int FROM session WHERE user_id = $1', [userId]))[0]!.count;
const waiting = async () => (await api.sql<{ count: number }>(`SELECT count(*)::int FROM graphile_worker.jobs WHERE task_identifier = 'forget_old_sessions'`))[0]!.count;
const done = () => until(async () => (await waiting()) === 0, 30_000);

describe('sessions that ended long ago', () => {
  it('are cleared away, however many, after a sign-in that finds some; those that ended lately or live stay', async () => {
    const [person, stranger] = [await signUp(api), await signUp(api)];
    await add(stranger.userId, 1_200, { expired: 92 });
    await add(stranger.userId, 7, { expired: -5, revoked: 92 });
    await add(stranger.userId, 3, { expired: 89 });
    await add(stranger.userId, 2, { expired: -5, revoked: 89 });
    await add(stranger.userId, 1, { expired: -5 });
    await signIn(api, person);
    await done();
    expect(await count(stranger.userId)).toBe(1 + 3 + 2 + 1);
    expect(await count(person.userId)).toBe(2);
    for (const { sessionToken } of [person, stranger]) expect((await api.client.get('/settings/profile', { token: sessionToken })).status).toBe(200);
  });

  it('are no reason for a job until one is a day late: one job a day, whatever the traffic', async () => {
    const person = await signUp(api);
    await add(person.userId, 3, { expired: 90, revoked: 90 });
    await api.sql(`UPDATE session SET expires_at = expires_at - interval '1 hour', revoked_at = revoked_at - interval '1 hour' WHERE user_id = $1 AND revoked_at IS NOT NULL`, [person.userId]);
    await signIn(api, person);
    expect([await waiting(), await count(person.userId)]).toEqual([0, 5]);
  });

  it('are cleared away by several workers at once without waiting for each other, each row once', async () => {
    const person = await signUp(api);
    await api.sql('DELETE FROM session WHERE expires_at < now()');
    await add(person.userId, 300, { expired: 95 });
    const { forgetOld } = createSessionEndsRepo();
    const { db } = api.context;
    const counts = await db.transaction(async (tx) => {
      const first = await forgetOld(tx, 100);
      // While the first has its rows locked.
      return [first, await forgetOld(db, 100), await forgetOld(db, 500), await forgetOld(db, 500)];
    });
    expect(counts).toEqual([100, 100, 100, 0]);
    expect(await count(person.userId)).toBe(1);
  });
});

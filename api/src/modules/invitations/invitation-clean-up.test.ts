import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { createInvitationsRepo } from './invitations.repo.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Invitations that ended so many days ago. */
const add = (name: string, count: number, days: number) =>
  api.sql(
    `INSERT INTO invitation (kind, identity_key, address, language, expires_at) SELECT 'email', $1 || n || '@example.com', 'x', 'en', now() - make_interval(days => $3) FROM generate_series(1, $2::int) n`,
    [name, count, days],
  );
const left = async () => (await api.sql<{ key: string }>('SELECT identity_key AS key FROM invitation ORDER BY 1')).map(({ key }) => key);
const KEPT = ['lately1@example.com', 'waiting1@example.com'];

describe('invitations that ended a month ago', () => {
  it('are cleared away at a start and once a day, however many; those that ended lately or wait stay', async () => {
    await add('old', 1_200, 31);
    await add('lately', 1, 29);
    await add('waiting', 1, -5);
    const worker = await startApi({ beside: api });
    await until(async () => (await left()).length === KEPT.length, 30_000);
    expect(await left()).toEqual(KEPT);
    // The next, and none that is still at it: it would take part in the next test.
    const later = () => api.sql<{ is_later: boolean }>(`SELECT run_at > now() + interval '1 hour' AS is_later FROM graphile_worker.jobs WHERE task_identifier = 'forget_old_invitations'`);
    await until(async () => (await later()).map(({ is_later }) => is_later).join() === 'true', 30_000);
    await worker.close();
  });

  it('are cleared away by several workers at once without waiting for each other, each row once', async () => {
    await add('old', 900, 31);
    const { db } = api.context;
    const repo = createInvitationsRepo();
    const counts = await Promise.all(Array.from({ length: 4 }, () => db.transaction((tx) => repo.forgetOld(tx, 500))));
    expect(counts.reduce((sum, count) => sum + count)).toBe(900);
    expect(await left()).toEqual(KEPT);
  });
});

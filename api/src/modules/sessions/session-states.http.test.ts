import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { account, signUp, type Account } from '../../../test/accounts.js';
import { startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

/** Many rounds on a machine that may do other things. */
jest.setTimeout(300_000);

/** Two workers on one record. */
let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { REFRESH_RACE_SECONDS: '0', SESSION_IDLE_TIMEOUT_MINUTES: '10' } });
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => api.close());

const refresh = (token: string, worker = api) => worker.client.post('/auth/refresh-token', { refresh_token: token });
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const logout = (token: string, worker = api) => worker.client.post('/auth/logout', undefined, { token });
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const refreshed = async (person: Account): Promise<Account> => ({ ...account(person.email, (await refresh(person.refreshToken)).body.data), userId: person.userId });
/** What is asked of the record about sessions, by a worker that has not missed a change: one that is slow may not know that it has not. Messages on their way ask too, and so does what is noted after an answer. */
async function questions(worker: Api, work: () => Promise<void>): Promise<string[]> {
  const current = jest.spyOn(worker.context.changes, 'current').mockReturnValue(true);
  const query = jest.spyOn(worker.context.db, 'query');
  await work();
  const names = query.mock.calls.map(([{ name = 'unnamed' }]) => name).filter((name) => !/^(delivery|circuit|lease)_|^session_seen$/.test(name));
  query.mockRestore();
  current.mockRestore();
  return names;
}
/** A change made by hand in the database, obeyed by both workers. */
async function byHand(text: string, values: unknown[]): Promise<void> {
  await api.sql(text, values);
  await api.context.changes.settled();
}

describe('what a worker remembers of sessions', () => {
  it('B-01: is forgotten on the other worker before a sign-out is answered, however often', async () => {
    for (let round = 0; round < 60; round += 1) {
      const person = await signUp(api);
      const workers = round % 2 === 0 ? [api, other] : [other, api];
      for (const worker of workers) expect((await profile(person.sessionToken, worker)).status).toBe(200);
      expect((await logout(person.sessionToken, workers[0])).status).toBe(200);
      const answers = await Promise.all([person.sessionToken, person.accessToken].flatMap((token) => workers.map((worker) => profile(token, worker))));
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    }
  });

  it('A-14, B-07: follows what is done to the account by hand, and back', async () => {
    const person = await signUp(api);
    const onBoth = () => Promise.all([api, other].map(async (worker) => (await profile(person.sessionToken, worker)).status));
    expect(await onBoth()).toEqual([200, 200]);
    for (const change of [`status = 'SUSPENDED'`, `is_active = false`, `is_trashed = true`, `is_verified = false`]) {
      await byHand(`UPDATE "user" SET ${change} WHERE user_id = $1`, [person.userId]);
      expect(await onBoth()).toEqual([401, 401]);
      await byHand(`UPDATE "user" SET status = 'ACTIVE', is_active = true, is_trashed = false, is_verified = true WHERE user_id = $1`, [person.userId]);
      expect(await onBoth()).toEqual([200, 200]);
    }
    await byHand(`DELETE FROM session WHERE session_id = $1`, [person.sessionId]);
    expect(await onBoth()).toEqual([401, 401]);
  });

  it('B-17, D-07, D-10: follows groups and what they grant', async () => {
    const person = await signUp(api);
    const onBoth = () => Promise.all([api, other].map(async (worker) => (await profile(person.sessionToken, worker)).status));
    expect(await onBoth()).toEqual([200, 200]);
    await byHand(`DELETE FROM user_group WHERE user_id = $1`, [person.userId]);
    expect(await onBoth()).toEqual([403, 403]);
    await byHand(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'user'`, [person.userId]);
    expect(await onBoth()).toEqual([200, 200]);
    await byHand(`UPDATE "group" SET is_active = $1 WHERE codename = 'user'`, [false]);
    expect(await onBoth()).toEqual([403, 403]);
    await byHand(`UPDATE "group" SET is_active = $1 WHERE codename = 'user'`, [true]);
    await byHand(`DELETE FROM group_permission WHERE permission_id = (SELECT permission_id FROM permission WHERE codename = $1) AND group_id = (SELECT group_id FROM "group" WHERE codename = 'user')`, ['view_profile']);
    expect(await onBoth()).toEqual([403, 403]);
    await byHand(`INSERT INTO group_permission (group_id, permission_id) SELECT g.group_id, p.permission_id FROM "group" g, permission p WHERE g.codename = 'user' AND p.codename = $1`, ['view_profile']);
    expect(await onBoth()).toEqual([200, 200]);
  });

  it('is not used while the worker may miss a change: the record is asked', async () => {
    const person = await signUp(api);
    expect((await profile(person.sessionToken, other)).status).toBe(200);
    jest.spyOn(other.context.changes, 'current').mockReturnValue(false);
    const before = other.context.db.commands();
    for (let count = 0; count < 5; count += 1) expect((await profile(person.sessionToken, other)).status).toBe(200);
    expect(other.context.db.commands() - before).toBeGreaterThanOrEqual(5);
    await api.sql('UPDATE session SET revoked_at = now() WHERE session_id = $1', [person.sessionId]);
    expect((await profile(person.sessionToken, other)).status).toBe(401);
  });

  it('needs no question to Postgres or Redis', async () => {
    const person = await signUp(api);
    await api.context.changes.settled();
    await profile(person.sessionToken);
    const asked = await questions(api, async () => {
      for (let count = 0; count < 200; count += 1) expect((await profile(person.sessionToken)).status).toBe(200);
    });
    expect(asked).toEqual([]);
  });
});

describe('a session token with older claims', () => {
  it('B-17: is answered with a new one of the same session, generation and end, on every worker, and heals the client', async () => {
    const person = await refreshed(await signUp(api));
    expect((await profile(person.sessionToken)).headers.get('x-session-token')).toBeNull();
    await byHand(`UPDATE "user" SET first_name = 'Zoë' WHERE user_id = (SELECT user_id FROM session WHERE session_id = $1)`, [person.sessionId]);
    for (const worker of [api, other]) {
      const answer = await profile(person.sessionToken, worker);
      const renewed = answer.headers.get('x-session-token')!;
      const [old, fresh] = [claimsOf(person.sessionToken), claimsOf(renewed)];
      expect(answer.status).toBe(200);
      expect(fresh).toMatchObject({ type: 'session', first_name: 'Zoë', session_id: old['session_id'], gen: old['gen'], exp: old['exp'], sub: old['sub'] });
      expect(fresh['pv']).not.toBe(old['pv']);
      const healed = await profile(renewed, worker);
      expect([healed.status, healed.headers.get('x-session-token')]).toEqual([200, null]);
      // A client that does not listen costs nothing more.
      const asked = await questions(worker, async () => expect((await profile(person.sessionToken, worker)).headers.get('x-session-token')).toBe(renewed));
      expect(asked).toEqual([]);
    }
    expect((await profile(person.accessToken)).headers.get('x-session-token')).toBeNull();
  });

  it('B-17: says in the new one what was taken, also when the answer is a refusal', async () => {
    const person = await signUp(api);
    await byHand(`DELETE FROM user_group WHERE user_id = $1`, [person.userId]);
    const answer = await profile(person.sessionToken);
    expect(answer.status).toBe(403);
    expect(claimsOf(answer.headers.get('x-session-token')!)['permissions']).toMatchObject({ groups: [], codenames: [] });
  });

  it('gets one that says what the record says, also when that has changed there and back meanwhile', async () => {
    const person = await signUp(api);
    const leave = () => api.sql(`DELETE FROM user_group WHERE user_id = $1`, [person.userId]);
    const join = (codename: string) => api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = $2`, [person.userId, codename]);
    const groupsOf = (token: string | null) => (claimsOf(token!)['permissions'] as { groups: string[] }).groups;
    await byHand(`DELETE FROM user_group WHERE user_id = $1`, [person.userId]);
    const query = api.context.db.query;
    // Between the state and the token the person joins another group.
    const spy = jest.spyOn(api.context.db, 'query').mockImplementation((async (statement: { name?: string; text: string }) => {
      if (statement.name === 'session_subject') await join('business');
      return query(statement);
    }));
    expect(groupsOf((await profile(person.sessionToken)).headers.get('x-session-token'))).toEqual(['business']);
    spy.mockRestore();
    await leave();
    await api.context.changes.settled();
    expect(groupsOf((await profile(person.sessionToken)).headers.get('x-session-token'))).toEqual([]);
  });

  it('is decided just as well when no new one can be made, and gets it later', async () => {
    const person = await signUp(api);
    await byHand(`UPDATE "user" SET bio = 'new' WHERE user_id = $1`, [person.userId]);
    const query = api.context.db.query;
    const failing = jest.spyOn(api.context.db, 'query').mockImplementation((statement) => (statement.name === 'session_subject' ? Promise.reject(new Error('Connection terminated unexpectedly')) : query(statement)));
    const answer = await profile(person.sessionToken);
    expect([answer.status, answer.headers.get('x-session-token')]).toEqual([200, null]);
    failing.mockRestore();
    expect((await profile(person.sessionToken)).headers.get('x-session-token')).not.toBeNull();
  });
});

describe('the first token of a new generation', () => {
  it('B-09, B-10: is recorded before it is answered, so that the token before is cut off at its next use', async () => {
    for (let round = 0; round < 10; round += 1) {
      const person = await signUp(api);
      const renewed = await refreshed(person);
      const tokens = [renewed.accessToken, renewed.sessionToken];
      expect((await profile(tokens[round % 2]!)).status).toBe(200);
      expect((await refresh(person.refreshToken, other)).body.error_key).toBe('AUTH_REFRESH_REUSED');
      expect((await profile(renewed.sessionToken, other)).status).toBe(401);
    }
  });

  it('gets 503 while it cannot be recorded, and the client may go on with the token before', async () => {
    const person = await signUp(api);
    const renewed = await refreshed(person);
    const query = other.context.db.query;
    const failing = jest.spyOn(other.context.db, 'query').mockImplementation((statement) => (statement.name === 'session_confirm' ? Promise.reject(new Error('Connection terminated unexpectedly')) : query(statement)));
    expect((await profile(renewed.sessionToken, other)).status).toBe(503);
    failing.mockRestore();
    const retried = await refresh(person.refreshToken);
    expect([retried.status, retried.body.data?.refresh_token]).toEqual([200, renewed.refreshToken]);
    expect((await profile(renewed.sessionToken, other)).status).toBe(200);
  });
});

describe('B-15: a session that rests', () => {
  const rest = (person: Account, minutes: number) => api.sql(`UPDATE session SET last_seen_at = now() - make_interval(mins => $2) WHERE session_id = $1`, [person.sessionId, minutes]);

  it('ends after the idle timeout, and not before', async () => {
    const person = await signUp(api);
    await rest(person, 10);
    expect((await profile(person.sessionToken)).status).toBe(200);
    const tired = await signUp(api);
    await rest(tired, 12);
    const answer = await profile(tired.sessionToken);
    expect([answer.status, answer.body.error_key]).toEqual([401, 'SESSION_INVALID']);
  });

  it('goes on when another worker has seen it meanwhile', async () => {
    const person = await signUp(api);
    expect((await profile(person.sessionToken)).status).toBe(200);
    const { now } = performance;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 20 * 60_000);
    jest.spyOn(api.context.changes, 'current').mockReturnValue(true);
    expect((await profile(person.sessionToken)).status).toBe(200);
    await rest(person, 12);
    clock.mockImplementation(() => now.call(performance) + 40 * 60_000);
    expect((await profile(person.sessionToken)).status).toBe(401);
  });

  it('is noted as seen within its time, without holding an answer up', async () => {
    const person = await signUp(api);
    await rest(person, 1);
    expect((await profile(person.sessionToken)).status).toBe(200);
    await until(async () => (await api.sql(`SELECT FROM session WHERE session_id = $1 AND last_seen_at > now() - interval '50 seconds'`, [person.sessionId])).length > 0, 30_000);
  });
});

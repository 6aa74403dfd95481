import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { holderOf, memberOf } from '../../../test/holders.js';
import { USER_AGENTS } from '../../../test/user-agents.js';

let api: Api;
let other: Api;
let root: Account;
let admin: Account;
beforeAll(async () => {
  [api, other] = await startTwo();
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  admin = await memberOf(api, 'admin');
});
afterAll(() => api.close());

const UNKNOWN = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const ask = (method: 'GET' | 'DELETE', userId: string, by: Account, query = '', worker = api) => worker.client.send(method, `/users/${userId}/sessions${query}`, undefined, { token: by.sessionToken });
const list = (userId: string, by = admin, query = '') => ask('GET', userId, by, query);
const end = (userId: string, by = admin, worker = api) => ask('DELETE', userId, by, '', worker);
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const entries = (by: Account) => api.sql<{ target_user_id: string | null; metadata: unknown }>(`SELECT target_user_id, metadata FROM activity_log WHERE action = 'user_sessions_ended' AND user_id = $1 ORDER BY created_at`, [by.userId]);

describe('GET /users/:user_id/sessions', () => {
  it('lists the devices of a user as he sees them himself, but for `current` (B-08)', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person, { 'User-Agent': USER_AGENTS.iphone });
    const own = await api.client.get('/auth/sessions', { token: phone.sessionToken });
    const answer = await list(person.userId.toUpperCase());
    expect([answer.status, answer.body.message]).toEqual([200, 'User sessions retrieved successfully']);
    expect(answer.body.data).toEqual({ ...own.body.data, sessions: own.body.data.sessions.map((session: object) => ({ ...session, current: false })) });
    expect(answer.body.data.sessions.map(({ session_id }: { session_id: string }) => session_id)).toEqual([phone.sessionId, person.sessionId]);
  });

  it('says which one is the caller’s own, and shows nobody else’s', async () => {
    const person = await signUp(api);
    const { sessions } = (await list(admin.userId)).body.data;
    expect(sessions.map(({ session_id, current }: Record<string, unknown>) => [session_id, current])).toEqual([[admin.sessionId, true]]);
    expect((await list(person.userId)).text).not.toContain(admin.sessionId);
  });

  it('pages by cursor, each session once', async () => {
    const person = await signUp(api);
    await api.sql(`INSERT INTO session (user_id, rotated_at, created_at, expires_at) SELECT $1, now(), now() - make_interval(secs => n / 3), now() + interval '1 day' FROM generate_series(1, 25) n`, [person.userId]);
    const found: string[] = [];
    let cursor = '';
    do {
      const { data } = (await list(person.userId, admin, `?limit=7${cursor}`)).body;
      found.push(...data.sessions.map(({ session_id }: { session_id: string }) => session_id));
      cursor = data.pagination.next_cursor === null ? '' : `&cursor=${data.pagination.next_cursor}`;
    } while (cursor !== '');
    expect([found.length, new Set(found).size]).toEqual([26, 26]);
  });

  it.each(['?limit=0', '?limit=101', '?limit=1&limit=2', '?cursor=x', '?cursor=', '?limit=1.5', '?limit=NaN'])('E-10: %s is 400', async (query) => {
    expect((await list(admin.userId, admin, query)).status).toBe(400);
  });
});

describe('DELETE /users/:user_id/sessions', () => {
  it('B-01, B-08: ends all of them on every worker before the answer, and says how many', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    for (const worker of [api, other]) await profile(phone.sessionToken, worker);
    const answer = await end(person.userId, admin);
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'User sessions ended successfully', { user_id: person.userId, sessions_ended: 2 }]);
    for (const worker of [api, other]) for (const token of [person.sessionToken, person.accessToken, phone.sessionToken]) expect((await profile(token, worker)).status).toBe(401);
    expect((await api.client.post('/auth/refresh-token', { refresh_token: phone.refreshToken })).status).toBe(401);
    expect((await list(person.userId)).body.data.sessions).toEqual([]);
    expect((await entries(admin)).at(-1)).toEqual({ target_user_id: person.userId, metadata: { before: { sessions: 2 }, after: { sessions: 0 }, sessions: 2 } });
    expect((await profile((await signIn(api, person)).sessionToken, other)).status).toBe(200);
  });

  it('again ends nothing and leaves no entry; one’s own may be ended as well', async () => {
    const [one, person] = [await memberOf(api, 'admin'), await signUp(api)];
    expect([(await end(person.userId, one)).body.data.sessions_ended, (await end(person.userId, one)).body.data.sessions_ended]).toEqual([1, 0]);
    expect((await end(one.userId, one)).body.data.sessions_ended).toBe(1);
    expect((await profile(one.sessionToken, other)).status).toBe(401);
    expect((await entries(one)).map(({ target_user_id }) => target_user_id)).toEqual([person.userId, null]);
  });

  it('fifty at once over two workers have one effect and one entry', async () => {
    const [one, person] = [await memberOf(api, 'admin'), await signUp(api)];
    await signIn(api, person);
    const ended = (await Promise.all(Array.from({ length: 50 }, (_, index) => end(person.userId, one, index % 2 ? api : other)))).filter(({ status }) => status !== 503).map(({ status, body }) => [status, body.data?.sessions_ended]);
    expect(ended.filter(([, count]) => count !== 0)).toEqual([[200, 2]]);
    expect(ended.every(([status]) => status === 200)).toBe(true);
    expect(await entries(one)).toHaveLength(1);
  });
});

describe('who may', () => {
  it('D-11: protected accounts, super administrators and whoever holds more are above an administrator', async () => {
    const [guarded, second, remover] = [await signUp(api), await memberOf(api, 'super_admin'), await holderOf(api, 'view_profile', 'delete_user')];
    await api.sql('UPDATE "user" SET is_protected = true WHERE user_id = $1', [guarded.userId]);
    for (const [target, key] of [[guarded, 'GROUP_DENIED'], [second, 'GROUP_DENIED'], [root, 'GROUP_DENIED'], [remover, 'PERMISSION_DENIED']] as const) {
      for (const method of ['GET', 'DELETE'] as const) {
        const answer = await ask(method, target.userId, admin);
        expect([answer.status, answer.body.error_key]).toEqual([403, key]);
        expect(answer.text).not.toContain(target.sessionId);
      }
      expect((await profile(target.sessionToken)).status).toBe(200);
    }
    for (const target of [guarded, second, remover]) expect([(await list(target.userId, root)).body.data.sessions.length, (await end(target.userId, root)).body.data.sessions_ended]).toEqual([1, 1]);
  });

  it('one’s own sessions are one’s own, also for whoever is in a group that is not active', async () => {
    const one = await holderOf(api, 'edit_user');
    await api.sql(`INSERT INTO "group" (name, codename, is_active) VALUES ('asleep', 'asleep', false)`);
    await api.sql(`INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM "group" g, permission p WHERE g.codename = 'asleep' AND p.codename = 'delete_user'`);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'asleep'`, [one.userId]);
    await api.context.changes.settled();
    expect([(await list(one.userId, one)).status, (await end(one.userId, one)).status]).toEqual([200, 200]);
  });

  it('a member is 403 also about himself, a stranger 401, the unknown 404, no id 400', async () => {
    const person = await signUp(api);
    for (const method of ['GET', 'DELETE'] as const) {
      for (const target of [person, admin]) expect((await ask(method, target.userId, person)).body.error_key).toBe('FORBIDDEN');
      expect((await api.client.send(method, `/users/${person.userId}/sessions`)).status).toBe(401);
      expect([await ask(method, UNKNOWN, admin)].map(({ status, body }) => [status, body.error_key])).toEqual([[404, 'USER_NOT_FOUND']]);
      for (const id of ['1', `${UNKNOWN}x`, `${UNKNOWN}%00`, "'", '*']) expect((await ask(method, id, admin)).status).toBe(400);
    }
    expect((await profile(person.sessionToken)).status).toBe(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { holderOf, memberOf } from '../../../test/holders.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

const UNKNOWN = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const refresh = (token: string, worker = api) => worker.client.post('/auth/refresh-token', { refresh_token: token });
const signOut = (person: Account, body?: unknown, worker = api) => worker.client.post('/auth/logout', body, { token: person.sessionToken });
const end = (sessionId: string, person: Account, worker = api) => worker.client.send('DELETE', `/auth/sessions/${sessionId}`, undefined, { token: person.sessionToken });
const signInAdmin = async () => account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
const entries = (action: string, userId: string) => api.sql<Record<string, unknown>>('SELECT session_id, target_user_id, metadata FROM activity_log WHERE action = $1 AND user_id = $2', [action, userId]);
const fifty = <T>(work: (worker: Api) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, (_, index) => work(index % 2 ? api : other)));

/** Every token of a session, tried on each worker: all good, or all refused. */
async function isGood(person: Account): Promise<boolean> {
  const answers = await Promise.all([api, other].flatMap((worker) => [person.sessionToken, person.accessToken].map((token) => profile(token, worker))));
  const statuses = new Set(answers.map(({ status }) => status));
  const refreshed = await refresh(person.refreshToken);
  expect([...statuses, refreshed.status]).toEqual(refreshed.status === 200 ? [200, 200] : [401, 401]);
  return refreshed.status === 200;
}

describe('POST /auth/logout', () => {
  it.each([undefined, {}, { scope: 'all' }])('with %j ends every session, with all its tokens, on every worker (B-01, B-02)', async (body) => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await signOut(person, body);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const message = 'Logged out successfully. All tokens and sessions have been revoked.';
    expect(answer.body).toMatchObject({ message, meta: { type: 'dict' } });
    expect(answer.body.data).toEqual({ message, access_token_revoked: true, refresh_tokens_revoked: true, sessions_revoked: true, tokens_revoked: true });
    expect([await isGood(person), await isGood(phone)]).toEqual([false, false]);
    expect(await entries('signed_out', person.userId)).toEqual([expect.objectContaining({ session_id: person.sessionId, metadata: { scope: 'all', sessions: 2 } })]);
  });

  it('this: ends the session it is asked with, and leaves the others (B-05)', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const { data, message } = (await signOut(phone, { scope: 'this' })).body;
    expect(data).toEqual({ message, access_token_revoked: true, refresh_tokens_revoked: true, sessions_revoked: true, tokens_revoked: true });
    expect(message).toBe('Logged out successfully. This session and its tokens have been revoked.');
    expect([await isGood(person), await isGood(phone)]).toEqual([true, false]);
    expect(await entries('signed_out', person.userId)).toEqual([expect.objectContaining({ session_id: phone.sessionId, metadata: { scope: 'this', sessions: 1 } })]);
  });

  it('others: ends all but the session it is asked with, and says that this one is good (B-05)', async () => {
    const person = await signUp(api);
    const [phone, tablet] = [await signIn(api, person), await signIn(api, person)];
    const { data, message } = (await signOut(phone, { scope: 'others' })).body;
    expect(data).toEqual({ message, access_token_revoked: false, refresh_tokens_revoked: true, sessions_revoked: true, tokens_revoked: false });
    expect(message).toBe('Your other sessions have been signed out. This one stays signed in.');
    expect([await isGood(person), await isGood(phone), await isGood(tablet)]).toEqual([false, true, false]);
    expect(await entries('signed_out', person.userId)).toEqual([expect.objectContaining({ metadata: { scope: 'others', sessions: 2 } })]);
  });

  it('does not touch anybody else (B-05)', async () => {
    const [one, two] = [await signUp(api), await signUp(api)];
    for (const scope of ['others', 'all']) await signOut(one, { scope });
    expect(await isGood(two)).toBe(true);
  });

  it('is followed by a sign-in whose tokens work, and revives none (B-03, B-04)', async () => {
    const person = await signUp(api);
    await signOut(person);
    const again = await signIn(api, person);
    expect([await isGood(again), await isGood(person)]).toEqual([true, false]);
  });

  it('is said in the six languages', async () => {
    const { sessionToken: token } = await signUp(api);
    const messages = new Set<string>();
    for (const lang of ['en', 'ar', 'fr', 'es', 'de', 'id']) messages.add((await api.client.post('/auth/logout', { scope: 'others' }, { token, headers: { 'X-Lang': lang } })).body.message);
    expect(messages.size).toBe(6);
  });

  it.each([
    [{ scope: 'ALL' }], [{ scope: '' }], [{ scope: null }], [{ scope: 1 }], [{ scope: ['all'] }], [{ scope: { $ne: 'x' } }], [{ scope: 'this\0' }], [{ scope: 'all', session_id: UNKNOWN }], [{ all: true }], [[]], ['all'],
    [{ scope: "all'; DROP TABLE session; --" }],
  ])('refuses %j, and ends nothing', async (body) => {
    const person = await signUp(api);
    const answer = await signOut(person, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error_key).toMatch(/^AUTH_INVALID_PAYLOAD$|^INVALID_REQUEST$/);
    expect((await profile(person.sessionToken)).status).toBe(200);
  });

  it('without a token is 401', async () => {
    expect((await api.client.post('/auth/logout', { scope: 'nonsense' })).status).toBe(401);
  });

  it.each(['all', 'this', 'others'])('fifty at once, over two workers, with the scope %s have one effect and one entry (H-02)', async (scope) => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answers = await fifty((worker) => signOut(phone, { scope }, worker));
    // Those that come after the end are refused like any other request.
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && (scope === 'others' || status !== 401))).toEqual([]);
    expect(await entries('signed_out', person.userId)).toHaveLength(1);
    expect([await isGood(person), await isGood(phone)]).toEqual([scope === 'this', scope === 'others']);
  });

  it('a session that has ended is not ended again: its reason and time stay', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    await api.sql(`UPDATE session SET revoked_at = '2026-01-01', revoke_reason = 'refresh_reused' WHERE session_id = $1`, [person.sessionId]);
    await signOut(phone);
    expect(await api.sql('SELECT revoked_at, revoke_reason FROM session WHERE session_id = $1', [person.sessionId])).toEqual([{ revoked_at: new Date('2026-01-01T00:00:00Z'), revoke_reason: 'refresh_reused' }]);
  });
});

describe('POST /logout', () => {
  it('ends the session it is asked with alone, answers with the user, and says what is in its place', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await api.client.post('/logout', undefined, { token: phone.accessToken });
    expect(answer.body).toMatchObject({ success: true, message: 'Successfully fetched user data', data: { user_id: person.userId, email: person.email } });
    expect(answer.body.data).not.toHaveProperty('password');
    expect(answer.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(answer.headers.get('link')).toBe('</api/v1/auth/logout>; rel="successor-version"');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect([await isGood(person), await isGood(phone)]).toEqual([true, false]);
    expect(await entries('signed_out', person.userId)).toEqual([expect.objectContaining({ session_id: phone.sessionId, metadata: { scope: 'this', sessions: 1 } })]);
  });
});

describe('DELETE /auth/sessions/:session_id', () => {
  it('ends one session of the caller, and leaves the others (B-08)', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await end(phone.sessionId.toUpperCase(), person);
    expect(answer.body).toMatchObject({ success: true, message: 'Session ended successfully', data: { session_id: phone.sessionId, current: false } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect([await isGood(person), await isGood(phone)]).toEqual([true, false]);
    expect(await entries('session_ended', person.userId)).toEqual([{ session_id: person.sessionId, target_user_id: null, metadata: { session_id: phone.sessionId, reason: 'ended' } }]);
  });

  it('ends the one it is asked with, too', async () => {
    const person = await signUp(api);
    expect((await end(person.sessionId, person)).body.data).toEqual({ session_id: person.sessionId, current: true });
    expect(await isGood(person)).toBe(false);
  });

  it('whoever may edit users ends anybody’s, and the entry names both (B-08)', async () => {
    const person = await signUp(api);
    const editor = await signUp(api);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'admin'`, [editor.userId]);
    expect((await end(person.sessionId, editor, other)).body.data).toEqual({ session_id: person.sessionId, current: false });
    expect(await isGood(person)).toBe(false);
    expect(await entries('session_ended', editor.userId)).toEqual([{ session_id: editor.sessionId, target_user_id: person.userId, metadata: { session_id: person.sessionId, reason: 'ended' } }]);
    const second = await signUp(api);
    expect((await end(second.sessionId, await signInAdmin())).status).toBe(200);
  });

  it('D-11: above the caller’s rank it is 403 to whoever may edit users, and unknown to everybody else', async () => {
    const [editor, person, guarded, second] = [await memberOf(api, 'admin'), await signUp(api), await signUp(api), await memberOf(api, 'super_admin')];
    const remover = await holderOf(api, 'view_profile', 'delete_user');
    await api.sql('UPDATE "user" SET is_protected = true WHERE user_id = $1', [guarded.userId]);
    for (const [target, key] of [[guarded, 'GROUP_DENIED'], [second, 'GROUP_DENIED'], [await signInAdmin(), 'GROUP_DENIED'], [remover, 'PERMISSION_DENIED']] as const) {
      expect([await end(target.sessionId, editor)].map(({ status, body }) => [status, body.error_key])).toEqual([[403, key]]);
      expect([await end(target.sessionId, person)].map(({ status, body }) => [status, body.error_key])).toEqual([[404, 'SESSION_NOT_FOUND']]);
      expect((await profile(target.sessionToken)).status).toBe(200);
    }
    expect([await entries('session_ended', editor.userId), await entries('session_ended', person.userId)]).toEqual([[], []]);
    for (const target of [guarded, second, remover]) expect((await end(target.sessionId, await signInAdmin())).status).toBe(200);
    expect((await end(editor.sessionId, editor)).status).toBe(200);
  });

  it('D-02: somebody else’s, an unknown one and one that has ended are one answer', async () => {
    const [person, stranger] = [await signUp(api), await signUp(api)];
    const ended = await signIn(api, person);
    await signOut(ended, { scope: 'this' });
    const expired = await signIn(api, person);
    await api.sql('UPDATE session SET expires_at = now() WHERE session_id = $1', [expired.sessionId]);
    const strip = (text: string, id: string) => text.replaceAll(id, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '');
    const bodies = new Set<string>();
    for (const id of [stranger.sessionId, UNKNOWN, ended.sessionId, expired.sessionId]) {
      const answer = await end(id, person);
      expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([404, 'SESSION_NOT_FOUND', 1223]);
      bodies.add(strip(answer.text, id));
    }
    expect(bodies.size).toBe(1);
    expect(await isGood(stranger)).toBe(true);
    expect(await entries('session_ended', person.userId)).toEqual([]);
    const admin = await signInAdmin();
    for (const id of [UNKNOWN, ended.sessionId]) expect((await end(id, admin)).status).toBe(404);
  });

  it('E-01: what is no UUID is 400', async () => {
    const person = await signUp(api);
    for (const id of ['me', '1', "'", '-'.repeat(36), `${UNKNOWN}%00`, `${UNKNOWN}x`, '*', 'x'.repeat(5_000)]) expect((await end(id, person)).status).toBe(400);
    expect((await api.client.send('DELETE', `/auth/sessions/${UNKNOWN}`)).status).toBe(401);
  });

  it('fifty at once have one effect and one entry (H-02)', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const statuses = (await fifty((worker) => end(phone.sessionId, person, worker))).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 404)]);
    expect(await entries('session_ended', person.userId)).toHaveLength(1);
  });
});

it('B-01: an answer to whatever ends sessions waits until every worker obeys', async () => {
  const person = await signUp(api);
  const phone = await signIn(api, person);
  for (let round = 0; round < 5; round += 1) {
    const device = await signIn(api, person);
    await Promise.all(Array.from({ length: 4 }, () => profile(device.sessionToken, other)));
    await (round % 2 ? end(device.sessionId, phone) : signOut(device, { scope: 'this' }));
    expect((await Promise.all(Array.from({ length: 8 }, () => profile(device.sessionToken, other)))).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 401));
  }
});

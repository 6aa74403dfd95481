import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';

const MAX = 3;
const IDLE_MINUTES = 60;
/** An hour, and the five minutes by which a use may be noted late. */
const IDLE_LIMIT_SECONDS = 3_900;

let api: Api;
let other: Api;
beforeAll(async () => {
  const env = { MAX_ACTIVE_SESSIONS: String(MAX), SESSION_IDLE_TIMEOUT_MINUTES: String(IDLE_MINUTES) };
  api = await startApi({ env });
  other = await startApi({ beside: api, env });
});
afterAll(async () => {
  await other.close();
  await api.close();
});

const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const refresh = (token: string) => api.client.post('/auth/refresh-token', { refresh_token: token });
const rested = (person: Account, seconds: number) => api.sql('UPDATE session SET last_seen_at = now() - make_interval(secs => $2) WHERE session_id = $1', [person.sessionId, seconds]);
const live = async (userId: string) => (await api.sql<{ session_id: string }>('SELECT session_id FROM session WHERE user_id = $1 AND revoked_at IS NULL ORDER BY created_at', [userId])).map(({ session_id }) => session_id);
const endings = (userId: string) => api.sql<{ session_id: string; metadata: { session_id: string; reason: string } }>(`SELECT session_id, metadata FROM activity_log WHERE action = 'session_ended' AND user_id = $1 ORDER BY created_at`, [userId]);
const signInByPassword = (worker: Api) => worker.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password });
/** Comes back when too many passwords are being hashed. */
async function signInPatiently(worker: Api): Promise<Answer> {
  for (;;) {
    const answer = await signInByPassword(worker);
    if (answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('B-15: a session that has rested for too long', () => {
  it('is not refreshed, a second before the limit it is', async () => {
    const person = await signUp(api);
    await rested(person, IDLE_LIMIT_SECONDS - 30);
    const renewed = await refresh(person.refreshToken);
    expect(renewed.status).toBe(200);
    await rested(person, IDLE_LIMIT_SECONDS + 1);
    const refused = await refresh(renewed.body.data.refresh_token);
    expect([refused.status, refused.body.error_key]).toEqual([401, 'AUTH_INVALID_REFRESH_TOKEN']);
  });

  it('gives no successor again, and is no theft', async () => {
    const person = await signUp(api);
    await refresh(person.refreshToken);
    await rested(person, IDLE_LIMIT_SECONDS + 1);
    const lost = await refresh(person.refreshToken);
    expect([lost.status, lost.body.error_key]).toEqual([401, 'AUTH_INVALID_REFRESH_TOKEN']);
    await api.sql(`UPDATE session SET generation = 4, confirmed_generation = 4, rotated_at = now() - interval '1 day' WHERE session_id = $1`, [person.sessionId]);
    expect((await refresh(person.refreshToken)).body.error_key).toBe('AUTH_INVALID_REFRESH_TOKEN');
    expect(await api.sql('SELECT revoked_at FROM session WHERE session_id = $1', [person.sessionId])).toEqual([{ revoked_at: null }]);
    expect(await api.sql(`SELECT 1 FROM activity_log WHERE action = 'refresh_reused' AND session_id = $1`, [person.sessionId])).toEqual([]);
  });

  it('without the setting it may rest until it ends', async () => {
    const patient = await startApi({ beside: api });
    const person = await signUp(patient);
    await rested(person, 29 * 86_400);
    expect((await patient.client.post('/auth/refresh-token', { refresh_token: person.refreshToken })).status).toBe(200);
    await patient.close();
  });
});

describe('MAX_ACTIVE_SESSIONS', () => {
  it('a sign-in beyond it ends the oldest, with an entry, before it is answered (B-01, H-02)', async () => {
    const first = await signUp(api);
    const [second, third, fourth] = [await signIn(api, first), await signIn(api, first), await signIn(api, first)];
    expect((await profile(first.sessionToken, other)).status).toBe(401);
    expect((await refresh(first.refreshToken)).status).toBe(401);
    expect(await live(first.userId)).toEqual([second.sessionId, third.sessionId, fourth.sessionId]);
    expect(await endings(first.userId)).toEqual([{ session_id: fourth.sessionId, metadata: { session_id: first.sessionId, reason: 'max_active' } }]);
    expect(await api.sql('SELECT revoke_reason FROM session WHERE session_id = $1', [first.sessionId])).toEqual([{ revoke_reason: 'max_active' }]);
  });

  it('counts what lives alone: not what was signed out, has expired or rested for too long', async () => {
    const person = await signUp(api);
    const [ended, expired] = [await signIn(api, person), await signIn(api, person)];
    await api.client.post('/auth/logout', { scope: 'this' }, { token: ended.sessionToken });
    await api.sql('UPDATE session SET expires_at = now() WHERE session_id = $1', [expired.sessionId]);
    const idle = await signIn(api, person);
    await rested(idle, IDLE_LIMIT_SECONDS + 1);
    for (let count = 0; count < 2; count += 1) await signIn(api, person);
    expect((await profile(person.sessionToken)).status).toBe(200);
    expect(await endings(person.userId)).toEqual([]);
  });

  it('holds for fifty sign-ins at once, over two workers, each of them good when it was answered', async () => {
    const first = account(ADMIN.email, (await signInByPassword(api)).body.data);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => signInPatiently(index % 2 ? api : other)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const [user] = await api.sql<{ user_id: string }>('SELECT user_id FROM session WHERE session_id = $1', [first.sessionId]);
    const left = await live(user!.user_id);
    expect(left).toHaveLength(MAX);
    const ends = (await endings(user!.user_id)).map(({ metadata }) => metadata.session_id);
    expect(ends).toHaveLength(51 - MAX);
    expect(new Set([...ends, ...left]).size).toBe(51);
    for (const { body } of answers) expect((await profile(body.data.session_token)).status).toBe(left.includes(body.data.session_id) ? 200 : 401);
  });

  it('holds for sign-ins by code, too', async () => {
    const person = await signUp(api);
    for (let count = 0; count < 4; count += 1) await signIn(count % 2 ? api : other, person);
    expect(await live(person.userId)).toHaveLength(MAX);
  });

  it('without the setting there is no limit', async () => {
    const open = await startApi({ beside: api });
    const person = await signUp(open);
    for (let count = 0; count < 4; count += 1) await signIn(open, person);
    expect(await live(person.userId)).toHaveLength(5);
    await open.close();
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { account, signUp, type Account } from '../../../test/accounts.js';
import { startApi, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

const refresh = (token: string, worker = api) => worker.client.post('/auth/refresh-token', { refresh_token: token });
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const next = async (person: Account): Promise<Account> => ({ ...account(person.email, (await refresh(person.refreshToken)).body.data), userId: person.userId });
/** The race window passes. */
const later = (person: Account) => api.sql(`UPDATE session SET rotated_at = rotated_at - interval '1 hour' WHERE session_id = $1`, [person.sessionId]);
const confirmed = (person: Account, generation: number): Promise<void> =>
  until(async () => (await api.sql('SELECT FROM session WHERE session_id = $1 AND confirmed_generation >= $2', [person.sessionId, generation])).length > 0, 30_000);

describe('refresh', () => {
  it('keeps the session, moves the generation on, and leaves the older access token good', async () => {
    const person = await signUp(api);
    const renewed = await next(person);
    expect(renewed.sessionId).toBe(person.sessionId);
    expect(renewed.refreshToken).not.toBe(person.refreshToken);
    for (const token of [person.sessionToken, person.accessToken, renewed.sessionToken]) expect((await profile(token)).status).toBe(200);
  });

  it('B-12: a lost answer is answered again with the same successor, byte for byte, to another worker too', async () => {
    const person = await signUp(api);
    const first = await refresh(person.refreshToken);
    const retried = await refresh(person.refreshToken, other);
    expect(retried.body.data.refresh_token).toBe(first.body.data.refresh_token);
    await api.sql(`UPDATE session SET rotated_at = rotated_at WHERE session_id = $1`, [person.sessionId]);
    expect((await profile(retried.body.data.session_token)).status).toBe(200);
  });

  it('B-12: and hours later too, as long as the successor has not been used', async () => {
    const person = await signUp(api);
    await refresh(person.refreshToken);
    await later(person);
    const retried = await refresh(person.refreshToken);
    expect(retried.status).toBe(200);
    expect((await refresh(retried.body.data.refresh_token)).status).toBe(200);
  });

  it('B-09, B-10: once the successor has been used, the token before it is stolen goods and ends the session everywhere', async () => {
    const person = await signUp(api);
    const renewed = await next(person);
    await profile(renewed.sessionToken, other);
    await confirmed(person, 1);
    await later(person);
    const reused = await refresh(person.refreshToken);
    expect(reused.status).toBe(401);
    expect(reused.body.error_key).toBe('AUTH_REFRESH_REUSED');
    for (const worker of [api, other]) for (const token of [person.sessionToken, renewed.accessToken, renewed.sessionToken]) expect((await profile(token, worker)).status).toBe(401);
    expect((await refresh(renewed.refreshToken)).status).toBe(401);
    const [entry] = await api.sql(`SELECT level, status_code FROM activity_log WHERE action = 'refresh_reused' AND session_id = $1`, [person.sessionId]);
    expect(entry).toEqual({ level: 'audit', status_code: 401 });
  });

  it('B-10: an ancestor four generations back ends the session, newest child included', async () => {
    const person = await signUp(api);
    let newest = person;
    for (let generation = 0; generation < 4; generation += 1) newest = await next(newest);
    expect((await refresh(person.refreshToken)).body.error_key).toBe('AUTH_REFRESH_REUSED');
    expect((await refresh(newest.refreshToken)).status).toBe(401);
  });

  it('B-10: every generation of a chain of four is stolen goods once the next has been used', async () => {
    for (const generation of [0, 1, 2, 3]) {
      const chain = [await signUp(api)];
      while (chain.length < 5) chain.push(await next(chain.at(-1)!));
      await profile(chain[4]!.accessToken, other);
      await confirmed(chain[4]!, 4);
      await later(chain[4]!);
      expect((await refresh(chain[generation]!.refreshToken, other)).body.error_key).toBe('AUTH_REFRESH_REUSED');
      for (const { refreshToken, sessionToken } of chain) {
        expect((await refresh(refreshToken)).body.error_key).toBe('AUTH_INVALID_REFRESH_TOKEN');
        expect((await profile(sessionToken)).status).toBe(401);
      }
      expect(await api.sql(`SELECT 1 AS entry FROM activity_log WHERE action = 'refresh_reused' AND session_id = $1`, [chain[0]!.sessionId])).toHaveLength(1);
    }
  });

  it('B-13: an orphaned branch: two holders of one successor, and whoever is behind ends the session', async () => {
    const person = await signUp(api);
    const [honest, thief] = [await next(person), await next(person)];
    expect(honest.refreshToken).toBe(thief.refreshToken);
    const ahead = await next(thief);
    await profile(ahead.sessionToken);
    await confirmed(ahead, 2);
    await later(ahead);
    expect((await refresh(honest.refreshToken)).body.error_key).toBe('AUTH_REFRESH_REUSED');
    for (const { sessionToken, refreshToken } of [ahead, honest]) expect([(await profile(sessionToken, other)).status, (await refresh(refreshToken)).status]).toEqual([401, 401]);
  });

  it('B-13: a stale lineage: two generations back is theft, even while the newest has never been used and the window is open', async () => {
    const person = await signUp(api);
    const newest = await next(await next(person));
    expect((await refresh(person.refreshToken)).body.error_key).toBe('AUTH_REFRESH_REUSED');
    expect((await refresh(newest.refreshToken)).status).toBe(401);
  });

  it('B-19: no answer with tokens, good or bad, may be kept', async () => {
    const person = await signUp(api);
    for (const token of [person.refreshToken, 'x']) expect((await refresh(token)).headers.get('cache-control')).toBe('no-store');
  });

  it('B-11: a hundred at once, over two workers, have one successor and throw nobody out', async () => {
    const person = await signUp(api);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => refresh(person.refreshToken, index % 2 ? api : other)));
    expect(answers.map(({ status }) => status).filter((status) => status !== 200)).toEqual([]);
    expect(new Set(answers.map(({ body }) => body.data.refresh_token)).size).toBe(1);
    const [row] = await api.sql('SELECT generation, revoked_at FROM session WHERE session_id = $1', [person.sessionId]);
    expect(row).toEqual({ generation: 1, revoked_at: null });
  });

  it('B-15: thirty days count from sign-in: a refresh does not move the end', async () => {
    const person = await signUp(api);
    const end = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).exp;
    const renewed = await next(person);
    expect(end(renewed.refreshToken)).toBe(end(person.refreshToken));
    await api.sql(`UPDATE session SET expires_at = now() WHERE session_id = $1`, [person.sessionId]);
    expect((await refresh(renewed.refreshToken)).status).toBe(401);
    expect((await profile(renewed.sessionToken)).status).toBe(401);
  });

  it.each([
    ['inactive', `is_active = false, status = 'INACTIVE'`],
    ['unverified', `is_verified = false`],
    ['trashed', `is_trashed = true`],
    ['suspended', `status = 'Suspended'`],
    ['deleted', `status = 'DELETED'`],
  ])('B-14, A-14: an account that is %s neither refreshes nor is served', async (_name, change) => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET ${change} WHERE user_id = $1`, [person.userId]);
    const refused = await refresh(person.refreshToken);
    expect([refused.status, refused.body.error_key]).toEqual([401, 'AUTH_INVALID_REFRESH_TOKEN']);
    expect((await profile(person.sessionToken)).status).toBe(401);
  });

  it('A-08: only a refresh token is one', async () => {
    const person = await signUp(api);
    for (const token of [person.accessToken, person.sessionToken, 'x', person.refreshToken.slice(0, -2)]) {
      const answer = await refresh(token);
      expect([answer.status, answer.body.error_key]).toEqual([401, 'AUTH_INVALID_REFRESH_TOKEN']);
    }
    expect((await api.client.post('/auth/refresh-token', {})).body.error_key).toBe('AUTH_INVALID_PAYLOAD');
    expect((await api.client.post('/auth/refresh-token', { refresh_token: 7 })).status).toBe(400);
  });

  it('B-16: every sign-in is a session of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, async () => (await signUp(api)).sessionId));
    expect(new Set(ids).size).toBe(10);
  });
});

describe('credentials', () => {
  it('A-09: access and session tokens work in either header, a refresh token in none', async () => {
    const person = await signUp(api);
    const headers = (token: string): Record<string, string>[] => [{ 'X-Session-Token': token }, { Authorization: `Bearer ${token}` }, { Authorization: `bearer ${token}` }];
    for (const token of [person.accessToken, person.sessionToken]) for (const carrier of headers(token)) expect((await api.client.get('/settings/profile', { headers: carrier })).status).toBe(200);
    for (const carrier of headers(person.refreshToken)) {
      const answer = await api.client.get('/settings/profile', { headers: carrier });
      expect([answer.status, answer.body.error_key, answer.body.message]).toEqual([401, 'AUTH_INVALID_TOKEN_TYPE', "Token type 'refresh' is not valid for authentication"]);
    }
  });

  it('A-17: two credentials must be of one session', async () => {
    const [one, two] = [await signUp(api), await signUp(api)];
    const both = (session: string, bearer: string) => api.client.get('/settings/profile', { headers: { 'X-Session-Token': session, Authorization: `Bearer ${bearer}` } });
    expect((await both(one.sessionToken, one.accessToken)).status).toBe(200);
    expect((await both(one.sessionToken, two.accessToken)).body.error_key).toBe('AUTH_CREDENTIALS_CONFLICT');
    expect((await both(one.sessionToken, 'garbage')).status).toBe(401);
    expect((await both('garbage', one.accessToken)).status).toBe(401);
  });

  it('A-18: a token in the URL is refused and never logged', async () => {
    const person = await signUp(api);
    const answer = await api.client.get(`/settings/profile?access_token=${person.accessToken}`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="tessera"');
    expect(api.logText()).not.toContain(person.accessToken);
  });

  it('B-20: a session opened by a browser is bound to its origin; a client without one is not asked', async () => {
    const email = `${Date.now()}@example.com`;
    // Before the strict worker is there: it would take the message with the code, and could not send it.
    await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    const signedUp = await api.client.post('/auth/verify', { user_id: email, channel: 'email', otp: await api.codeFor(email) }, { headers: { Origin: 'https://app.example.com' } });
    const token = signedUp.body.data.session_token;
    const strict = await startApi({ beside: api, env: { API_MODE: 'production', JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough', BCRYPT_SALT_ROUNDS: '10', EMAIL_HOST: '127.0.0.1', CORS_ORIGINS: 'https://app.example.com' } });
    const from = (headers: Record<string, string>) => strict.client.get('/settings/profile', { token, headers });
    expect((await from({ Origin: 'https://app.example.com' })).status).toBe(200);
    expect((await from({})).status).toBe(200);
    const foreign = await from({ Origin: 'https://evil.example', Host: 'app.example.com', 'X-Forwarded-Host': 'app.example.com' });
    expect([foreign.status, foreign.body.error_key]).toEqual([403, 'TOKEN_DOMAIN_MISMATCH']);
    expect((await from({ Origin: 'https://app.example.com.evil.example' })).status).toBe(403);
    await strict.close();
  });

  it('B-17: what a token says of permissions decides nothing', async () => {
    const person = await signUp(api);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
    const answer = await profile(person.sessionToken);
    expect([answer.status, answer.body.error_key, answer.body.error.details.required_permissions]).toEqual([403, 'FORBIDDEN', ['view_profile']]);
  });
});

describe('one worker alone', () => {
  let single: Api;
  beforeAll(async () => {
    single = await startApi();
  });
  afterAll(() => single.close());

  it('an authorised request asks neither Postgres nor Redis', async () => {
    const person = await signUp(single);
    // The code has arrived before its worker has noted that.
    await until(async () => (await single.sql(`SELECT FROM graphile_worker.jobs WHERE task_identifier = 'one_time_code'`)).length === 0, 30_000);
    await single.context.changes.settled();
    // A worker that is slow may not know that it has missed nothing, and would ask.
    const current = jest.spyOn(single.context.changes, 'current').mockReturnValue(true);
    await profile(person.sessionToken, single);
    const before = [single.context.db.commands(), single.context.store.commands()];
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => profile(person.sessionToken, single)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    }
    expect(single.context.db.commands() - before[0]!).toBe(0);
    // The general limit is shared five times a second, for all requests together.
    expect(single.context.store.commands() - before[1]!).toBeLessThan(500);
    current.mockRestore();
  });

  it('B-01, B-02: and is forgotten before a sign-out is answered', async () => {
    for (let round = 0; round < 20; round += 1) {
      const person = await signUp(single);
      const polls = Array.from({ length: 8 }, () => profile(person.sessionToken, single));
      await Promise.all([...polls, single.client.post('/auth/logout', undefined, { token: person.sessionToken })]);
      for (const token of [person.sessionToken, person.accessToken]) expect((await profile(token, single)).status).toBe(401);
      expect((await refresh(person.refreshToken, single)).status).toBe(401);
    }
  });

  it('B-10: and before a theft is answered', async () => {
    const person = await signUp(single);
    const renewed = account(person.email, (await refresh(person.refreshToken, single)).body.data);
    expect((await profile(renewed.sessionToken, single)).status).toBe(200);
    expect((await refresh(renewed.refreshToken, single)).status).toBe(200);
    expect((await refresh(person.refreshToken, single)).body.error_key).toBe('AUTH_REFRESH_REUSED');
    for (const token of [person.sessionToken, renewed.sessionToken]) expect((await profile(token, single)).status).toBe(401);
  });
});

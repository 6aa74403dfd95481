import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { account, signUp } from '../../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';

/** Accounts as a database that was taken over may hold them: the server before wrote what it was given. */
let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { TRUSTED_PROXIES: 'loopback' } });
});
afterAll(() => api.close());
beforeEach(() => api.sql('UPDATE "user" SET phone_number = NULL, bio = NULL'));

const signIn = (username = ADMIN.email, headers = {}) => api.client.post('/auth/login-with-password', { username, password: ADMIN.password }, { headers });

describe('an account that was taken over is served', () => {
  it.each(['{}', '{"phone":1}', '"+4930123"', '[1]', '{"phone":null}'])('with %s for a phone number', async (stored) => {
    await api.sql('UPDATE "user" SET phone_number = $1::jsonb WHERE email = $2', [stored, ADMIN.email]);
    const answer = await signIn();
    expect([answer.status, answer.body.data?.user.phone_number]).toEqual([200, null]);
    expect((await api.client.get('/settings/profile', { token: answer.body.data.session_token })).status).toBe(200);
  });

  it('with an id that is of no version', async () => {
    const id = '11111111-1111-1111-1111-111111111111';
    await api.sql(`INSERT INTO "user" (user_id, email, user_name, password, is_active, is_verified, status) SELECT $1, 'old@example.com', 'old', password, true, true, 'Active' FROM "user" WHERE email = $2`, [id, ADMIN.email]);
    expect((await signIn('old')).body.data?.user.user_id).toBe(id);
  });

  it.each([['a', 6_000], ['\u{1F600}', 3_000], ['é', 20_000]])('with a biography (%s) that no header has room for', async (character, length) => {
    await api.sql('UPDATE "user" SET bio = repeat($1, $2::int) WHERE email = $3', [character, length, ADMIN.email]);
    await api.context.changes.settled();
    const { sessionToken } = account(ADMIN.email, (await signIn()).body.data);
    expect(sessionToken.length).toBeLessThan(4_096);
    const profile = await api.client.get('/settings/profile', { token: sessionToken });
    expect([profile.status, profile.body.data?.bio.length]).toEqual([200, character.length * length]);
  });
});

describe('facts about a caller that no column can hold', () => {
  it('E-13: what a trusted proxy passes on as an address is cut, not a failure', async () => {
    const answer = await signIn(ADMIN.email, { 'X-Forwarded-For': 'x'.repeat(300) });
    expect(answer.status).toBe(200);
    expect(await api.sql('SELECT length(ip) AS length FROM session WHERE session_id = $1', [answer.body.data.session_id])).toEqual([{ length: 45 }]);
  });

  it('E-04: half a character that is left of a masked name is no failure', async () => {
    for (const username of ['a\u{1F600}b', '\u{1F600}@example.com', `a@${'\u{1F600}'.repeat(100)}`, 'ab\u{1F600}']) {
      expect((await signIn(username)).status).toBe(401);
    }
  });
});

describe('rights', () => {
  it('whoever may do nothing may still sign out', async () => {
    const person = await signUp(api);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
    expect((await api.client.post('/auth/logout', undefined, { token: person.sessionToken })).status).toBe(200);
    expect((await api.client.get('/settings/profile', { token: person.sessionToken })).status).toBe(401);
  });
});

describe('channels', () => {
  it('one that cannot deliver is refused as such, with the phone number that belongs to it', async () => {
    for (const path of ['/auth/send-one-time-password', '/auth/verify', '/auth/login-with-otp']) {
      const body = { user_id: '+96512345678', channel: 'sms', ...(path.endsWith('password') ? {} : { otp: '123456' }) };
      const answer = await api.client.post(path, body);
      expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_CHANNEL_UNSUPPORTED']);
      expect((await api.client.post(path, { ...body, user_id: 'nobody' })).body.error_key).toBe('AUTH_INVALID_PAYLOAD');
      expect((await api.client.post(path, { ...body, channel: 'email' })).body.error_key).toBe('AUTH_INVALID_PAYLOAD');
    }
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { account, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

const DEACTIVATED = `status = 'INACTIVE', is_active = false, deactivated_at = now()`;
const DELETED = `status = 'DELETED', is_active = false, erase_after = now() + interval '30 days'`;

let person: Account;
/** An account with the administrator's password. */
beforeEach(async () => {
  person = await signUp(api);
  await api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $1) WHERE user_id = $2`, [ADMIN.email, person.userId]);
});

const close = (how: string) => api.sql(`UPDATE "user" SET ${how} WHERE user_id = $1`, [person.userId]);
const byPassword = (password = ADMIN.password, worker = api) => worker.client.post('/auth/login-with-password', { username: person.email, password });
const newCode = async () => {
  await api.client.post('/auth/send-one-time-password', { user_id: person.email, channel: 'email' });
  return api.codeFor(person.email);
};
const byCode = async (code: string, worker = api) => worker.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp: code });
const entries = async () => (await api.sql<{ action: string }>(`SELECT action FROM activity_log WHERE user_id = $1 AND action LIKE 'account_%' ORDER BY created_at`, [person.userId])).map(({ action }) => action);
const row = async () => (await api.sql(`SELECT status, is_active, deactivated_at, erase_after FROM "user" WHERE user_id = $1`, [person.userId]))[0];
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const mailsTo = async (email: string) => (await api.context.mailbox!.list()).filter(({ to }) => to === email).map(({ subject }) => subject);

describe.each([
  ['deactivated', DEACTIVATED, 'account_reactivated'],
  ['deleted, within its grace,', DELETED, 'account_restored'],
])('an account that its owner %s', (_name, how, action) => {
  it.each([
    ['password', () => byPassword()],
    ['code', async () => byCode(await newCode())],
  ])('comes back by a sign-in with the %s', async (_by, signIn) => {
    await close(how);
    const answer = await signIn();
    expect(answer.status).toBe(200);
    expect(answer.body.data.user).toMatchObject({ user_id: person.userId, status: 'ACTIVE', is_active: true });
    expect(await row()).toEqual({ status: 'ACTIVE', is_active: true, deactivated_at: null, erase_after: null });
    expect(await entries()).toEqual([action]);
    for (const worker of [api, other]) expect((await profile(answer.body.data.session_token, worker)).status).toBe(200);
  });

  it('B-03: no token from before comes back with it, however the account was closed', async () => {
    await close(how);
    const back = account(person.email, (await byPassword()).body.data);
    for (const worker of [api, other]) for (const token of [person.sessionToken, person.accessToken]) expect((await profile(token, worker)).status).toBe(401);
    expect((await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken })).status).toBe(401);
    expect((await profile(back.sessionToken, other)).status).toBe(200);
  });

  it('its owner is told, once', async () => {
    await close(how);
    await byPassword();
    await byPassword();
    const welcomes = async () => (await mailsTo(person.email)).filter((subject) => subject === 'Your Tessera account is active again').length;
    await until(async () => (await welcomes()) > 0, 30_000);
    // What was asked for after it has come: a second one would be there too.
    await newCode();
    expect(await welcomes()).toBe(1);
  });

  it('does not come back by a wrong password or code, nor by signing up', async () => {
    await close(how);
    expect((await byPassword('wrong')).status).toBe(401);
    const code = await newCode();
    expect((await byCode(code === '000000' ? '000001' : '000000')).status).toBe(400);
    expect((await api.client.post('/auth/verify', { user_id: person.email, channel: 'email', otp: code })).status).toBe(409);
    expect(await row()).toMatchObject({ is_active: false });
    expect(await entries()).toEqual([]);
  });

  it('is back once, by fifty sign-ins at once over two workers', async () => {
    await close(how);
    const patient = async (worker: Api): Promise<Answer> => {
      const answer = await byPassword(ADMIN.password, worker);
      return answer.status === 503 ? patient(worker) : answer;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => patient(index % 2 ? api : other)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await entries()).toEqual([action]);
    // Whoever came first keeps the session that brought the account back.
    for (const { body } of answers) expect((await profile(body.data.session_token, other)).status).toBe(200);
  });
});

describe('an account that somebody else closed, or that is gone, stays away', () => {
  const closed = [
    ['suspended', `status = 'SUSPENDED', is_active = false, deactivated_at = now()`],
    ['suspended, but for its flag', `status = 'SUSPENDED'`],
    ['never activated', `status = 'INACTIVE', is_active = false`],
    ['deleted, past its grace', `status = 'DELETED', is_active = false, erase_after = now() - interval '1 second'`],
    ['deleted without a date', `status = 'DELETED', is_active = false, erase_after = NULL`],
    ['trashed', `${DEACTIVATED}, is_trashed = true`],
    ['unverified', `${DEACTIVATED}, is_verified = false`],
  ] as const;

  it.each(closed)('%s', async (_name, how) => {
    await close(how);
    const before = await row();
    const strip = ({ text }: Answer) => text.replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '');
    expect(strip(await byPassword())).toBe(strip(await byPassword('wrong')));
    const refused = await byCode(await newCode());
    expect([refused.status, refused.body.error_key]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
    expect([await row(), await entries()]).toEqual([before, []]);
    expect(await api.sql('SELECT FROM session WHERE user_id = $1', [person.userId])).toHaveLength(1);
  });
});

describe('against whoever closes it at the same moment', () => {
  it('B-07: a suspension and twenty sign-ins: none of their tokens outlives it', async () => {
    await close(DEACTIVATED);
    const attempts = Array.from({ length: 20 }, (_, index) => byPassword(ADMIN.password, index % 2 ? api : other));
    const suspended = close(`status = 'SUSPENDED', is_active = false`);
    const answers = await Promise.all(attempts);
    await suspended;
    await Promise.all([api, other].map(({ context }) => context.changes.settled()));
    for (const { status, body } of answers) {
      // Where the suspension came first, every later attempt is a failed one, and ten of them lock.
      expect([200, 401, 429, 503]).toContain(status);
      if (status === 200) expect((await profile(body.data.session_token, other)).status).toBe(401);
    }
    expect(await row()).toMatchObject({ status: 'SUSPENDED', is_active: false });
  });
});

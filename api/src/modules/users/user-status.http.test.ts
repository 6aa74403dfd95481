import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { holderOf, memberOf } from '../../../test/holders.js';
import { until } from '../../../test/until.js';

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
const OWNER_DEACTIVATED = `status = 'INACTIVE', is_active = false, deactivated_at = now()`;
const OWNER_DELETED = `status = 'DELETED', is_active = false, erase_after = now() + interval '3 days'`;
const DELETED_BY_ADMIN = `${OWNER_DELETED}, closed_by_admin_at = now()`;

const put = (userId: string, body: unknown, by = admin, worker = api) => worker.client.send('PUT', `/users/${userId}/status`, body, { token: by.sessionToken });
const suspend = (userId: string, by = admin, worker = api) => put(userId, { status: 'SUSPENDED' }, by, worker);
const activate = (userId: string, by = admin, worker = api) => put(userId, { status: 'ACTIVE' }, by, worker);
const made = async (how: string): Promise<Account> => {
  const person = await signUp(api);
  await api.sql(`UPDATE "user" SET ${how} WHERE user_id = $1`, [person.userId]);
  await api.context.changes.settled();
  return person;
};
const row = async (userId: string) => (await api.sql<Record<string, unknown>>('SELECT status, is_active, is_verified, deactivated_at, erase_after, closed_by_admin_at FROM "user" WHERE user_id = $1', [userId]))[0]!;
const entries = (userId: string) => api.sql<{ action: string; user_id: string; metadata: Record<string, unknown> }>(`SELECT action, user_id, metadata FROM activity_log WHERE target_user_id = $1 AND module = 'users' ORDER BY created_at`, [userId]);
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const newCode = async ({ email }: Account) => {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
  return api.codeFor(email);
};
const byCode = ({ email }: Account, otp: string) => api.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp });
const givePassword = (userId: string) => api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $1) WHERE user_id = $2`, [ADMIN.email, userId]);
const byPassword = ({ email }: Account) => api.client.post('/auth/login-with-password', { username: email, password: ADMIN.password });
const mailsTo = async (address: string) => (await api.context.mailbox!.list()).filter(({ to }) => to === address);

describe('PUT /users/:user_id/status, SUSPENDED', () => {
  it('B-07: ends every session on every worker before the answer, and says so in one entry', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await put(person.userId.toUpperCase(), { status: 'SUSPENDED', reason: 'Spam, twice; 𝔘nicode مرحبا' });
    expect(answer.status).toBe(200);
    expect(answer.body.message).toBe('User suspended successfully');
    expect(answer.body.data).toEqual({ user: expect.objectContaining({ user_id: person.userId, email: person.email, status: 'SUSPENDED', is_active: false }) });
    expect(answer.body.data.user).not.toHaveProperty('password');
    for (const worker of [api, other]) for (const token of [person.sessionToken, person.accessToken, phone.sessionToken]) expect((await profile(token, worker)).status).toBe(401);
    expect(await entries(person.userId)).toEqual([
      {
        action: 'user_suspended',
        user_id: admin.userId,
        metadata: {
          before: { status: 'ACTIVE', is_active: true, is_verified: true, deactivated_at: null, erase_after: null, closed_by_admin_at: null },
          after: { status: 'SUSPENDED', is_active: false, is_verified: true, deactivated_at: null, erase_after: null, closed_by_admin_at: null },
          sessions: 2,
          given_reason: 'Spam, twice; 𝔘nicode مرحبا',
        },
      },
    ]);
    expect(await api.sql('SELECT DISTINCT revoke_reason FROM session WHERE user_id = $1', [person.userId])).toEqual([{ revoke_reason: 'suspended' }]);
  });

  it('nobody gets in: by code, password, refresh, reset, sign-up or coming back', async () => {
    const person = await signUp(api);
    await givePassword(person.userId);
    await suspend(person.userId);
    expect((await byCode(person, await newCode(person))).body.error_key).toBe('AUTH_INVALID_CREDENTIALS');
    expect((await byPassword(person)).body.error_key).toBe('AUTH_INVALID_CREDENTIALS');
    expect((await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken })).status).toBe(401);
    const reset = { user_id: person.email, password: 'Nine-Lives-9', confirm_password: 'Nine-Lives-9', otp: await newCode(person) };
    expect((await api.client.post('/auth/forget-password', reset)).body.error_key).toBe('AUTH_FORGOT_PASSWORD_FAILED');
    expect((await api.client.post('/auth/verify', { user_id: person.email, channel: 'email', otp: await newCode(person) })).status).toBe(409);
    expect(await api.sql('SELECT FROM session WHERE user_id = $1 AND revoked_at IS NULL', [person.userId])).toEqual([]);
    expect(await row(person.userId)).toMatchObject({ status: 'SUSPENDED', is_active: false });
  });

  it('undoing a change of address opens nothing', async () => {
    const person = await signUp(api);
    const address = `new-${person.email}`;
    await api.client.post('/auth/send-one-time-password', { user_id: address, channel: 'email' });
    await api.client.post('/settings/change-email', { new_email: address, otp: await api.codeFor(address) }, { token: person.sessionToken });
    let token: string | undefined;
    await until(async () => {
      token = (await mailsTo(person.email)).map(({ text }) => /undo-contact-change\?token=([\w-]+)/.exec(text)?.[1]).find(Boolean);
      return token !== undefined;
    }, 30_000);
    await suspend(person.userId);
    expect((await api.client.post('/settings/undo-contact-change', { token })).status).toBe(200);
    expect((await byCode(person, await newCode(person))).status).toBe(401);
    expect(await row(person.userId)).toMatchObject({ status: 'SUSPENDED', is_active: false });
  });

  it('a code from before opens nothing after it', async () => {
    const person = await signUp(api);
    const code = await newCode(person);
    await suspend(person.userId);
    await activate(person.userId);
    expect((await byCode(person, code)).body.error_key).toBe('AUTH_OTP_INVALID');
    expect((await byCode(person, await newCode(person))).status).toBe(200);
  });

  it('again changes nothing and leaves no second entry', async () => {
    const person = await signUp(api);
    await suspend(person.userId);
    const before = await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]);
    expect((await suspend(person.userId, admin, other)).body.data.user.status).toBe('SUSPENDED');
    expect([await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]), (await entries(person.userId)).length]).toEqual([before, 1]);
  });

  it.each([
    ['deleted by its owner', OWNER_DELETED],
    ['deleted by an administrator', DELETED_BY_ADMIN],
    ['being erased', `${OWNER_DELETED}, is_trashed = true`],
  ])('an account %s is 409', async (_name, how) => {
    const person = await made(how);
    const before = await row(person.userId);
    expect([await suspend(person.userId)].map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'USER_STATUS_CONFLICT']]);
    expect([await row(person.userId), await entries(person.userId)]).toEqual([before, []]);
  });
});

describe('PUT /users/:user_id/status, ACTIVE', () => {
  it('ends a suspension: the owner signs in again, and no token from before is good (B-03)', async () => {
    const person = await signUp(api);
    await suspend(person.userId);
    const answer = await activate(person.userId);
    expect([answer.body.message, answer.body.data.user.status, answer.body.data.user.is_active]).toEqual(['User activated successfully', 'ACTIVE', true]);
    for (const worker of [api, other]) expect((await profile(person.sessionToken, worker)).status).toBe(401);
    expect((await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken })).status).toBe(401);
    expect((await profile((await signIn(api, person)).sessionToken, other)).status).toBe(200);
    expect((await entries(person.userId)).map(({ action }) => action)).toEqual(['user_suspended', 'user_reactivated']);
  });

  it('B-03: an account that was suspended by hand does not get its old sessions back', async () => {
    const person = await made(`status = 'SUSPENDED'`);
    expect((await activate(person.userId)).status).toBe(200);
    expect((await profile(person.sessionToken)).status).toBe(401);
    expect((await entries(person.userId))[0]!.metadata).toMatchObject({ sessions: 1, before: { status: 'SUSPENDED', is_active: true } });
  });

  it.each([
    ['never active', `status = 'INACTIVE', is_active = false, is_verified = false`],
    ['taken over, without a status', `status = NULL, is_active = false, is_verified = false`],
    ['taken over, active but not verified', `status = 'Active', is_verified = false`],
    ['deleted by an administrator, within the grace', DELETED_BY_ADMIN],
  ])('an account %s is opened, and an administrator vouches for it', async (_name, how) => {
    const person = await made(how);
    expect((await activate(person.userId)).body.data.user).toMatchObject({ status: 'ACTIVE', is_active: true, is_verified: true });
    expect(await row(person.userId)).toEqual({ status: 'ACTIVE', is_active: true, is_verified: true, deactivated_at: null, erase_after: null, closed_by_admin_at: null });
    expect((await byCode(person, await newCode(person))).status).toBe(200);
    expect((await entries(person.userId)).map(({ action }) => action)).toEqual(['user_reactivated']);
  });

  it.each([
    ['that its owner deactivated', OWNER_DEACTIVATED],
    ['that its owner deleted', OWNER_DELETED],
    ['deleted by an administrator, past the grace', `status = 'DELETED', is_active = false, closed_by_admin_at = now(), erase_after = now()`],
    ['deleted without a day', `status = 'DELETED', is_active = false, closed_by_admin_at = now(), erase_after = NULL`],
    ['being erased', `${DELETED_BY_ADMIN}, is_trashed = true`],
  ])('an account %s is 409', async (_name, how) => {
    const person = await made(how);
    const before = await row(person.userId);
    expect([await activate(person.userId)].map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'USER_STATUS_CONFLICT']]);
    expect([await row(person.userId), await entries(person.userId)]).toEqual([before, []]);
  });

  it('what its owner had decided before the suspension stays: his next sign-in brings the account back', async () => {
    const person = await made(OWNER_DEACTIVATED);
    await givePassword(person.userId);
    await suspend(person.userId);
    expect((await byPassword(person)).status).toBe(401);
    expect((await activate(person.userId)).body.data.user).toMatchObject({ status: 'INACTIVE', is_active: false });
    expect((await byPassword(person)).body.data.user).toMatchObject({ status: 'ACTIVE', is_active: true });
  });

  it('of an active account changes nothing and leaves no entry', async () => {
    const person = await signUp(api);
    const before = await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]);
    expect((await activate(person.userId)).body.data.user.status).toBe('ACTIVE');
    expect([await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]), await entries(person.userId), (await profile(person.sessionToken)).status]).toEqual([before, [], 200]);
  });
});

describe('who may', () => {
  it('D-11: protected accounts, super administrators and whoever holds more are above an administrator', async () => {
    const guarded = await made('is_protected = true');
    const second = await memberOf(api, 'super_admin');
    const auditor = await holderOf(api, 'view_profile', 'delete_user');
    for (const [target, key] of [[guarded, 'GROUP_DENIED'], [second, 'GROUP_DENIED'], [root, 'GROUP_DENIED'], [auditor, 'PERMISSION_DENIED']] as const) {
      for (const ask of [suspend, activate]) expect([await ask(target.userId)].map(({ status, body }) => [status, body.error_key])).toEqual([[403, key]]);
      expect([(await profile(target.sessionToken)).status, await entries(target.userId)]).toEqual([200, []]);
    }
    expect((await suspend(auditor.userId)).body.error.details.required_permissions).toEqual(['delete_user']);
    for (const target of [guarded, second, auditor]) expect([(await suspend(target.userId, root)).status, (await activate(target.userId, root)).status]).toEqual([200, 200]);
  });

  it('an administrator may suspend his equal, who may then do nothing (D-07)', async () => {
    const [one, two] = [await memberOf(api, 'admin'), await memberOf(api, 'admin')];
    const target = await signUp(api);
    expect((await suspend(two.userId, one, other)).status).toBe(200);
    expect((await suspend(target.userId, two)).status).toBe(401);
    expect(await row(target.userId)).toMatchObject({ status: 'ACTIVE' });
  });

  it('a member is 403, a stranger 401, oneself 409, the unknown 404', async () => {
    const person = await signUp(api);
    expect([(await suspend(admin.userId, person)).body.error_key, (await suspend(person.userId, person)).body.error_key]).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect((await api.client.send('PUT', `/users/${person.userId}/status`, { status: 'SUSPENDED' })).status).toBe(401);
    for (const ask of [suspend, activate]) {
      expect([await ask(admin.userId)].map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'OWN_ACCOUNT']]);
      expect([await ask(root.userId, root)].map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'OWN_ACCOUNT']]);
      expect([await ask(UNKNOWN)].map(({ status, body }) => [status, body.error_key])).toEqual([[404, 'USER_NOT_FOUND']]);
    }
  });

  it.each([
    [{}], [{ status: 'active' }], [{ status: 'DELETED' }], [{ status: null }], [{ status: ['ACTIVE'] }], [{ status: 'SUSPENDED', reason: 1 }], [{ status: 'SUSPENDED', reason: 'x'.repeat(501) }], [{ status: 'SUSPENDED', reason: 'a\0b' }],
    [{ status: 'SUSPENDED', reason: '\ud800' }], [{ status: 'SUSPENDED', is_protected: true }], [{ status: 'SUSPENDED', user_id: UNKNOWN }], [[]], ['SUSPENDED'], [{ status: `SUSPENDED'; DROP TABLE "user"; --` }],
  ])('refuses %j, and changes nothing', async (body) => {
    const person = await signUp(api);
    expect((await put(person.userId, body)).status).toBe(400);
    expect([(await profile(person.sessionToken)).status, await entries(person.userId)]).toEqual([200, []]);
  });

  it.each(['me', '1', `${UNKNOWN}x`, `${UNKNOWN}%00`, "'"])('E-01: %s is no id', async (id) => {
    expect((await suspend(id)).status).toBe(400);
  });

  it.each(["Robert'); DROP TABLE activity_log;--", '<script>alert(1)</script>', '{{7*7}}', '\u202Edlrow', '__proto__', '${jndi:ldap://x}', '', ' ', 'x'.repeat(500)])('E-17: the reason %j is kept as it is', async (reason) => {
    const person = await signUp(api);
    expect((await put(person.userId, { status: 'SUSPENDED', reason })).status).toBe(200);
    expect((await entries(person.userId))[0]!.metadata['given_reason']).toBe(reason);
  });
});

describe('the owner is told', () => {
  it('that it was an administrator, and nothing about him or his reason', async () => {
    const person = await signUp(api);
    await api.client.send('PUT', `/users/${person.userId}/status`, { status: 'SUSPENDED', reason: 'because of Xylophones' }, { token: admin.sessionToken, headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } });
    await activate(person.userId);
    const subjects = ['Your Tessera account was suspended', 'Your Tessera account is active again'];
    await until(async () => (await mailsTo(person.email)).filter(({ subject }) => subjects.includes(subject ?? '')).length === 2, 30_000);
    for (const { text, html } of (await mailsTo(person.email)).filter(({ subject }) => subjects.includes(subject ?? ''))) {
      for (const said of [text, html ?? '']) expect(said).not.toMatch(/Xylophones|Firefox|Linux|127\.0\.0\.1|IP address|Device/);
      expect(text).not.toContain(admin.email);
      expect(text).toContain('An administrator');
    }
  });
});

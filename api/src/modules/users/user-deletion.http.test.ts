import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { holderOf, memberOf } from '../../../test/holders.js';
import { until } from '../../../test/until.js';

const GRACE_DAYS = 7;
const DAY_MS = 86_400_000;
const UNKNOWN = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';

let api: Api;
let other: Api;
let root: Account;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { ACCOUNT_DELETION_GRACE_DAYS: String(GRACE_DAYS) } });
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
});
afterAll(() => api.close());

const remove = (userId: string, by = root, worker = api) => worker.client.send('DELETE', `/users/${userId}`, undefined, { token: by.sessionToken });
const activate = (userId: string) => api.client.send('PUT', `/users/${userId}/status`, { status: 'ACTIVE' }, { token: root.sessionToken });
const deleteOwn = (person: Account) => api.client.post('/settings/delete-account', { confirm: true }, { token: person.sessionToken });
const row = async (userId: string) => (await api.sql<Record<string, unknown>>('SELECT status, is_active, erase_after, closed_by_admin_at FROM "user" WHERE user_id = $1', [userId]))[0]!;
const entries = (userId: string) => api.sql<{ action: string; user_id: string; metadata: Record<string, Record<string, unknown>> }>(`SELECT action, user_id, metadata FROM activity_log WHERE target_user_id = $1 AND module = 'users' ORDER BY created_at`, [userId]);
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const byCode = async ({ email }: Account) => {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
  return api.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: await api.codeFor(email) });
};
const mailsTo = async (address: string) => (await api.context.mailbox!.list()).filter(({ to }) => to === address);

describe('DELETE /users/:user_id', () => {
  it('B-07: ends every session on every worker, and no sign-in brings the account back', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await remove(person.userId.toUpperCase());
    expect([answer.status, answer.body.message]).toEqual([200, 'User deleted successfully']);
    const { status, is_active: isActive, erase_after: eraseAfter, closed_by_admin_at: closedAt } = await row(person.userId);
    expect([status, isActive]).toEqual(['DELETED', false]);
    expect(answer.body.data).toEqual({ user_id: person.userId, erase_after: (eraseAfter as Date).toISOString() });
    expect((eraseAfter as Date).getTime() - (closedAt as Date).getTime()).toBe(GRACE_DAYS * DAY_MS);
    for (const worker of [api, other]) for (const token of [person.sessionToken, person.accessToken, phone.sessionToken]) expect((await profile(token, worker)).status).toBe(401);
    expect((await byCode(person)).body.error_key).toBe('AUTH_INVALID_CREDENTIALS');
    expect((await api.client.post('/auth/refresh-token', { refresh_token: phone.refreshToken })).status).toBe(401);
    expect(await row(person.userId)).toMatchObject({ status: 'DELETED', is_active: false });
    const [entry, ...more] = await entries(person.userId);
    expect([entry!.action, entry!.user_id, more]).toEqual(['user_deleted', root.userId, []]);
    expect(entry!.metadata).toEqual({ before: expect.objectContaining({ status: 'ACTIVE', erase_after: null, closed_by_admin_at: null }), after: expect.objectContaining({ status: 'DELETED', is_active: false, erase_after: answer.body.data.erase_after }), sessions: 2 });
  });

  it('B-07: nor does a sign-in at a worker of the version before, which knows nothing of administrators who delete', async () => {
    const person = await signUp(api);
    await remove(person.userId);
    const deleted = await row(person.userId);
    const comeBack = `UPDATE "user" u SET status = 'ACTIVE', is_active = true, deactivated_at = NULL, erase_after = NULL, last_updated = now() WHERE u.user_id = $1`;
    await expect(api.sql(comeBack, [person.userId])).rejects.toMatchObject({ code: '23514', constraint: 'user_closed_by_admin_check' });
    expect(await row(person.userId)).toEqual(deleted);
  });

  it('again answers with the same day, and leaves no second entry', async () => {
    const person = await signUp(api);
    const first = await remove(person.userId);
    const before = await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]);
    const second = await remove(person.userId, root, other);
    expect([second.status, second.body.data]).toEqual([200, first.body.data]);
    expect([await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]), (await entries(person.userId)).length]).toEqual([before, 1]);
  });

  it('an account that its owner has deleted keeps its day, and he can bring it back no more', async () => {
    const person = await signUp(api);
    await deleteOwn(person);
    await api.sql(`UPDATE "user" SET erase_after = erase_after - interval '3 days' WHERE user_id = $1`, [person.userId]);
    const { erase_after: day } = await row(person.userId);
    expect((await remove(person.userId)).body.data.erase_after).toBe((day as Date).toISOString());
    expect(await row(person.userId)).toEqual({ status: 'DELETED', is_active: false, erase_after: day, closed_by_admin_at: expect.any(Date) });
    expect((await byCode(person)).status).toBe(401);
    expect((await entries(person.userId)).map(({ metadata: { before, after } }) => [before!['closed_by_admin_at'], after!['closed_by_admin_at']])).toEqual([[null, expect.any(String)]]);
    expect((await remove(person.userId)).status).toBe(200);
    expect(await entries(person.userId)).toHaveLength(1);
  });

  it('taken back, the deletion that its owner asked for stays, on its day; he alone takes that back', async () => {
    const person = await signUp(api);
    await deleteOwn(person);
    const before = await row(person.userId);
    await remove(person.userId);
    const answer = await activate(person.userId);
    expect([answer.status, answer.body.data.user]).toMatchObject([200, { status: 'DELETED', is_active: false }]);
    expect(await row(person.userId)).toEqual(before);
    expect((await activate(person.userId)).body.error_key).toBe('USER_STATUS_CONFLICT');
    // Nobody tells him that he is active again.
    await remove((await signUp(api)).userId);
    expect((await mailsTo(person.email)).map(({ subject }) => subject)).not.toContain('Your Tessera account is active again');
    expect((await byCode(person)).body.data.user).toMatchObject({ status: 'ACTIVE', is_active: true });
    expect(await row(person.userId)).toEqual({ status: 'ACTIVE', is_active: true, erase_after: null, closed_by_admin_at: null });
    expect(await api.sql('SELECT deactivated_at FROM "user" WHERE user_id = $1', [person.userId])).toEqual([{ deactivated_at: null }]);
    // And where an administrator deletes it next, it is his deletion alone.
    await remove(person.userId);
    expect((await activate(person.userId)).body.data.user.status).toBe('ACTIVE');
  });

  it.each([
    ['suspended', `status = 'SUSPENDED', is_active = false`],
    ['deactivated by its owner', `status = 'INACTIVE', is_active = false, deactivated_at = now()`],
    ['deleted without a day', `status = 'DELETED', is_active = false`],
    ['trashed in a database that was taken over', 'is_trashed = true'],
  ])('an account that was %s is deleted too', async (_name, how) => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET ${how} WHERE user_id = $1`, [person.userId]);
    expect((await remove(person.userId)).status).toBe(200);
    expect(await row(person.userId)).toMatchObject({ status: 'DELETED', erase_after: expect.any(Date), closed_by_admin_at: expect.any(Date) });
  });

  it('the owner is told the day, and nothing about the administrator', async () => {
    const person = await signUp(api);
    await remove(person.userId);
    const told = async () => (await mailsTo(person.email)).find(({ subject }) => subject === 'Your Tessera account will be deleted');
    await until(async () => (await told()) !== undefined, 30_000);
    const { text, html } = (await told())!;
    for (const said of [text, html ?? '']) expect(said).not.toMatch(new RegExp(`127\\.0\\.0\\.1|IP address|Device|${ADMIN.email}`));
    expect(text).toContain('An administrator has closed your account');
    expect(text).toMatch(/On \d+ \w+ 20\d\d/);
  });

  it('the erasure finds nothing due in an account that was activated again, and its day of then does not come back', async () => {
    const [person, gone] = [await signUp(api), await signUp(api)];
    await remove(person.userId);
    await remove(gone.userId);
    expect((await activate(person.userId)).body.data.user.status).toBe('ACTIVE');
    await api.sql(`UPDATE "user" SET erase_after = now() WHERE user_id = $1`, [gone.userId]);
    // Both jobs at once, as at the end of the grace.
    await api.sql(`UPDATE graphile_worker._private_jobs SET run_at = now() WHERE task_id = (SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'erase_account')`);
    await until(async () => (await api.sql('SELECT FROM "user" WHERE user_id = $1', [gone.userId])).length === 0, 30_000);
    await until(async () => (await api.sql(`SELECT FROM graphile_worker._private_jobs WHERE run_at <= now() AND task_id = (SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'erase_account')`)).length === 0, 30_000);
    expect(await row(person.userId)).toEqual({ status: 'ACTIVE', is_active: true, erase_after: null, closed_by_admin_at: null });
    expect((await byCode(person)).status).toBe(200);
  });
});

describe('who may', () => {
  it('D-11: protected accounts, super administrators and whoever holds more are above whoever may delete users', async () => {
    const remover = await holderOf(api, 'delete_user', 'view_profile', 'edit_profile', 'add_upload');
    const [guarded, second, admin, member] = [await signUp(api), await memberOf(api, 'super_admin'), await memberOf(api, 'admin'), await signUp(api)];
    await api.sql('UPDATE "user" SET is_protected = true WHERE user_id = $1', [guarded.userId]);
    for (const [target, key] of [[guarded, 'GROUP_DENIED'], [second, 'GROUP_DENIED'], [root, 'GROUP_DENIED'], [admin, 'PERMISSION_DENIED']] as const) {
      expect([await remove(target.userId, remover)].map(({ status, body }) => [status, body.error_key])).toEqual([[403, key]]);
      expect([(await profile(target.sessionToken)).status, await entries(target.userId)]).toEqual([200, []]);
    }
    expect((await remove(member.userId, remover)).status).toBe(200);
    for (const target of [guarded, second, admin]) expect((await remove(target.userId)).status).toBe(200);
  });

  it('an administrator without delete_user is 403, a stranger 401, oneself 409, the unknown 404, no id 400', async () => {
    const [admin, person] = [await memberOf(api, 'admin'), await signUp(api)];
    expect([await remove(person.userId, admin)].map(({ status, body }) => [status, body.error_key, body.error.details.required_permissions])).toEqual([[403, 'FORBIDDEN', ['delete_user']]]);
    expect((await api.client.send('DELETE', `/users/${person.userId}`)).status).toBe(401);
    expect((await profile(person.sessionToken)).status).toBe(200);
    expect([await remove(root.userId)].map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'OWN_ACCOUNT']]);
    expect([await remove(UNKNOWN)].map(({ status, body }) => [status, body.error_key])).toEqual([[404, 'USER_NOT_FOUND']]);
    for (const id of ['me', '1', `${UNKNOWN}x`, `${UNKNOWN}%00`, "'"]) expect((await remove(id)).status).toBe(400);
  });
});

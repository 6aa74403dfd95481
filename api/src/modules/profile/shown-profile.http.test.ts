import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { account, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';

let api: Api;
let ann: Account;
let ben: Account;
let admin: Account;
beforeAll(async () => {
  api = await startApi();
  [ann, ben] = [await signUp(api), await signUp(api)];
  admin = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  await api.sql(
    `UPDATE "user" SET phone_number = '{"phone":"4915112345678"}', phone_e164 = '+4915112345678', is_phone_verified = true, phone_number_verified_at = now(), dob = '1990-01-02', bio = 'Gardener.', first_name = 'Ann',
       invited_by_user_id = user_id WHERE user_id = $1`,
    [ann.userId],
  );
});
afterAll(() => api.close());

const see = (caller: Account, userId: string, query = '') => api.client.get(`/settings/profile/${userId}${query}`, { token: caller.sessionToken });
const show = async (accessibility: string | null) => {
  await api.sql('UPDATE "user" SET profile_accessibility = $2 WHERE user_id = $1', [ann.userId, accessibility]);
  await api.context.changes.settled();
};

describe('GET /settings/profile/:user_id', () => {
  it('is all of it for its owner, whatever the setting; the case of the id does not matter', async () => {
    const own = (await api.client.get('/settings/profile', { token: ann.sessionToken })).body.data;
    for (const accessibility of ['public', 'private', 'friends']) {
      await show(accessibility);
      const { status, body } = await see(ann, ann.userId.toUpperCase());
      expect([status, body.message, body.data]).toEqual([200, 'User profile fetched successfully', { ...own, profile_accessibility: accessibility, last_updated: expect.any(String) }]);
    }
  });

  it('D-13: of a public one, others see the same keys, and nothing that identifies or reaches the person elsewhere', async () => {
    await show('public');
    const full = (await see(ann, ann.userId)).body.data;
    const kept = ['email', 'phone_number', 'dob', 'last_sign_in_at', 'email_verified_at', 'phone_number_verified_at', 'invited_by_user_id', 'auth_type'];
    for (const key of kept) expect([key, full[key]]).not.toEqual([key, null]);
    const answer = await see(ben, ann.userId);
    expect(answer.body.data).toEqual({ ...full, ...Object.fromEntries(kept.map((key) => [key, null])) });
    expect(Object.keys(answer.body.data)).toEqual(Object.keys(full));
    for (const secret of [ann.email, '4915112345678', '1990-01-02']) expect(answer.text).not.toContain(secret);
  });

  it.each(['private', 'friends', null, 'everybody', 'PUBLIC'])('D-02: of one that is %s, others see name and picture alone', async (accessibility) => {
    await show(accessibility);
    const { status, body } = await see(ben, ann.userId);
    expect([status, Object.keys(body.data).sort()]).toEqual([200, ['profile_picture_url', 'user_id', 'user_name']]);
  });

  it('view_user sees all of it, and so does a super_admin without that permission; never a password', async () => {
    await show('private');
    const full = (await see(ann, ann.userId)).body.data;
    expect((await see(admin, ann.userId)).body.data).toEqual(full);
    expect(full).not.toHaveProperty('password');
    const clerk = await signUp(api);
    await api.sql(`UPDATE user_group SET group_id = (SELECT group_id FROM "group" WHERE codename = 'accountant') WHERE user_id = $1`, [clerk.userId]);
    await api.context.changes.settled();
    expect((await see(clerk, ann.userId)).body.data).toEqual(full);
    await api.sql(`DELETE FROM group_permission USING permission p, "group" g WHERE group_permission.permission_id = p.permission_id AND group_permission.group_id = g.group_id AND p.codename = 'view_user' AND g.codename = 'super_admin'`);
    await api.context.changes.settled();
    expect((await see(admin, ann.userId)).body.data).toEqual(full);
  });

  it('an account that may not be used is not there, in the same words as one that never was', async () => {
    const unknown = await see(ben, '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e');
    expect([unknown.status, unknown.body.error_key, unknown.body.error.code]).toEqual([404, 'PROFILE_NOT_FOUND', 1401]);
    const comparable = (answer: typeof unknown, id: string) => JSON.stringify({ ...answer.body, path: answer.body.path.replace(id, ':id'), error: { ...answer.body.error, id: '', timestamp: '' } });
    const gone = await signUp(api);
    await api.sql(`UPDATE "user" SET profile_accessibility = 'public' WHERE user_id = $1`, [gone.userId]);
    for (const change of ['is_active = false', `status = 'SUSPENDED'`, `status = 'Deleted'`, 'is_trashed = true', 'is_verified = false']) {
      await api.sql(`UPDATE "user" SET is_active = true, is_verified = true, is_trashed = false, status = 'ACTIVE' WHERE user_id = $1`, [gone.userId]);
      expect((await see(ben, gone.userId)).status).toBe(200);
      await api.sql(`UPDATE "user" SET ${change} WHERE user_id = $1`, [gone.userId]);
      const answer = await see(ben, gone.userId);
      expect([change, answer.status, comparable(answer, gone.userId)]).toEqual([change, 404, comparable(unknown, '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e')]);
      expect((await see(admin, gone.userId)).status).toBe(200);
    }
    expect((await see(admin, '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e')).status).toBe(404);
  });

  it('404 speaks six languages', async () => {
    const sentences = await Promise.all(LANGUAGES.map(async (lang) => (await see(ben, '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e', `?lang=${lang}`)).body.message));
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
  });

  it('E-01: what is no UUID is 400', async () => {
    for (const id of ['me', '1', `${ann.userId}x`, `${ann.userId}'--`, '%00', '..%2f', `{${ann.userId}}`]) expect([id, (await see(ben, id)).status]).toEqual([id, 400]);
  });
});

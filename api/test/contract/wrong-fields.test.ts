import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ADMIN, startApi, type Api } from '../harness.js';
import { PASSWORD, UUID } from './cases.js';

/**
 * API.md §1: a failure of validation lists every field, with what is wrong with it, in the order of the fields; what the body should not have
 * comes after them, and what is wrong with the whole of it last. Each request is wrong in several places of which one decides nothing about another.
 */
let api: Api;
let token: string;
beforeAll(async () => {
  api = await startApi({ env: { OTP_REQUIRE_PURPOSE: 'true', MAILBOX_CHANNELS: 'email,sms,whatsapp' } });
  token = (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data.session_token;
});
afterAll(() => api.close());

/** What is wrong with `a` as a password. */
const WEAK = ['password_too_short', 'password_uppercase', 'password_number', 'password_symbol'].map((code) => `password ${code}`);
const NAMED = ['user_id invalid_format', 'channel required', 'otp required'];
const LONG = 'x'.repeat(1_025);

type Wrong = [path: string, body: object, listed: string[], method?: string];
type WrongQuery = [path: string, listed: string[]];

const withBody: Wrong[] = [
  ...(['/auth/login-with-password', '/token'] as const).flatMap((path): Wrong[] => [
    [path, {}, ['username required', 'password required']],
    [path, { user_name: '', password: LONG }, ['user_name too_short', 'password too_long']],
    [path, { username: 5 }, ['username invalid_type', 'password required']],
    [path, { username: 'a\0', password: '\ud800' }, ['username null_byte', 'password malformed_text']],
    [path, { password: 'x\0' }, ['username required', 'password null_byte']],
  ]),
  ['/auth/send-one-time-password', { user_id: '!!' }, ['user_id invalid_format', 'channel required', 'purpose required']],
  ['/auth/send-one-time-password', { channel: 'pigeon', purpose: 'login', x: 1 }, ['user_id required', 'channel invalid_value', 'x unrecognized_key']],
  ['/auth/send-one-time-password', { user_id: '+4915112345678', channel: 'email', purpose: 'x' }, ['user_id invalid_format', 'purpose invalid_value']],
  ['/auth/verify-one-time-password', { user_id: '!!', otp: '1', purpose: 'x' }, ['user_id invalid_format', 'channel required', 'otp invalid_format', 'purpose invalid_value']],
  ...(['/auth/verify', '/auth/login-with-otp', '/auth/verify-email-and-phone'] as const).flatMap((path): Wrong[] => [
    [path, { user_id: '!!' }, NAMED],
    [path, { user_id: '!!', channel: 'email', otp: '1' }, ['user_id invalid_format', 'otp invalid_format']],
    [path, { user_id: 'ada@example.com', channel: 'sms', otp: '1', x: 1 }, ['user_id invalid_format', 'otp invalid_format', 'x unrecognized_key']],
    // Over a channel that nobody can know yet it may be an address as well as a number.
    [path, { user_id: 'ada@example.com', otp: '1' }, ['channel required', 'otp invalid_format']],
  ]),
  ['/auth/forget-password', { user_id: '!!', otp: '123456', password: 'a', confirm_password: 'b' }, [...WEAK, 'confirm_password passwords_differ', 'user_id invalid_format']],
  ['/auth/forget-password', { user_id: 'ada@example.com', channel: 'sms', otp: '1', password: 'password', confirm_password: 'password' }, ['password password_uppercase', 'password password_number', 'password password_symbol', 'password password_common', 'user_id invalid_format', 'otp invalid_format']],
  ['/auth/forget-password', { password: 'a', confirm_password: 'a', x: 1 }, [...WEAK, 'user_id required', 'x unrecognized_key']],
  ['/auth/set-password', { password: 'a' }, [...WEAK, 'confirm_password required']],
  ['/auth/set-password', { password: 'a', confirm_password: 'b', x: 1 }, [...WEAK, 'confirm_password passwords_differ', 'x unrecognized_key']],
  ['/auth/set-password', { password: LONG, confirm_password: 'a' }, ['password too_long']],
  ['/auth/set-password', { password: 'a\0', confirm_password: 'b', x: 1 }, ['password null_byte', 'x unrecognized_key']],
  ['/auth/change-password', { password: 'a', confirm_password: 'b' }, [...WEAK, 'confirm_password passwords_differ', 'old_password required']],
  ['/auth/change-password', { password: 'a', confirm_password: 'a', old_password: 'x\0', channel: 'x', y: 1 }, [...WEAK, 'old_password null_byte', 'channel invalid_value', 'y unrecognized_key']],
  ['/auth/check-user-availability', { phone: '!!', x: 1 }, ['phone invalid_format', 'x unrecognized_key']],
  ['/auth/check-user-availability', { email: '!!', phone: 5 }, ['phone invalid_type']],
  ['/auth/check-user-availability', { x: 1 }, ['user_id required', 'x unrecognized_key']],
  ['/auth/refresh-token', { x: 1 }, ['refresh_token required', 'x unrecognized_key']],
  ['/auth/logout', { scope: 'x', y: 1 }, ['scope invalid_value', 'y unrecognized_key']],
  ['/auth/token-info', { access_token: 1, refresh_token: 1 }, ['access_token invalid_type', 'refresh_token invalid_type']],
  ['/settings/profile', { dob: '1', country: 'Atlantis', timezone: 'x', theme: 'x', first_name: '\0', x: 1 }, ['first_name null_byte', 'country invalid_format', 'dob invalid_format', 'timezone invalid_format', 'theme invalid_value', 'x unrecognized_key'], 'PUT'],
  ['/settings/change-email', { new_email: 'x', otp: '1', password: '' }, ['new_email invalid_format', 'otp invalid_format', 'password too_short']],
  ['/settings/change-phone', { new_phone: 'x', otp: '1', y: 1 }, ['new_phone invalid_format', 'otp invalid_format', 'y unrecognized_key']],
  ['/settings/send-phone-otp', { phone: 'x' }, ['phone invalid_format', 'channel required']],
  ['/settings/undo-contact-change', { x: 1 }, ['token required', 'x unrecognized_key']],
  ['/settings/profile-accessibility', { profile_accessibility: 'x', y: 1 }, ['profile_accessibility invalid_value', 'y unrecognized_key']],
  ['/settings/delete-account', { confirm: 'true', x: 1 }, ['confirm invalid_value', 'x unrecognized_key']],
  ['/permissions', { name: '', codename: '?', category: 5 }, ['name too_short', 'name invalid_format', 'codename invalid_format', 'category invalid_type']],
  ['/permissions/x', { name: 5, category: 5 }, ['permission_id invalid_format', 'name invalid_type', 'category invalid_type'], 'PUT'],
  ['/groups', { codename: 'a\0', is_active: 'x' }, ['name required', 'codename null_byte', 'is_active invalid_type']],
  ['/groups/x', { name: 5, is_active: 'x' }, ['group_id invalid_format', 'name invalid_type', 'is_active invalid_type'], 'PUT'],
  ['/groups/x/permissions', { permission_ids: ['x', UUID, 5] }, ['group_id invalid_format', 'permission_ids.0 invalid_format', 'permission_ids.2 invalid_type']],
  ['/groups/x/permissions', { permission_ids: ['x'], permission_codenames: [5] }, ['group_id invalid_format', 'permission_ids.0 invalid_format', 'permission_codenames.0 invalid_type', ' one_of_two']],
  ['/users', { email: '!!', phone: '!!', channel: 'x', language: 'xx', group_codenames: [], group_ids: ['x'], y: 1 }, ['email invalid_format', 'phone invalid_format', 'channel invalid_value', 'language invalid_value', 'group_codenames too_short', 'group_ids.0 invalid_format', 'y unrecognized_key', ' one_of_two', ' one_of_two']],
  ['/users', { email: '!!', channel: 'sms', language: 'xx' }, ['email invalid_format', 'channel unrecognized_key', 'language invalid_value']],
  ['/users', { language: 'xx' }, ['language invalid_value', ' one_of_two']],
  ['/users/x/status', { status: 'DELETED', reason: 5, x: 1 }, ['user_id invalid_format', 'status invalid_value', 'reason invalid_type', 'x unrecognized_key'], 'PUT'],
  ['/users/x/groups', { group_codenames: [5], group_ids: ['x'] }, ['user_id invalid_format', 'group_codenames.0 invalid_type', 'group_ids.0 invalid_format', ' one_of_two']],
  ['/users/x/groups', {}, ['user_id invalid_format', ' one_of_two']],
];

const IS_PUBLIC = /^\/(token$|auth\/(login|verify|send|forget|check|refresh))/;

/** A page of users by age. */
const cursor = Buffer.from(JSON.stringify(['created_at', 1, UUID])).toString('base64url');

const withQuery: WrongQuery[] = [
  [`/users?cursor=${cursor}&sort=email&limit=0`, ['limit invalid_format', 'cursor invalid_format']],
  [`/users?cursor=${cursor}&sort=x&status=x`, ['status invalid_value', 'sort invalid_value']],
  ['/users?created_from=2026-02-01&created_to=2026-01-01&status=x&limit=0', ['limit invalid_format', 'status invalid_value', 'created_to invalid_format']],
  ['/users?limit=1&limit=2&status=x&search=%00&sort[x]=1', ['limit repeated_parameter', 'search null_byte', 'status invalid_value', 'sort[x] repeated_parameter']],
  ['/users?limit=1&limit=2&search=1&search=2', ['limit repeated_parameter', 'search repeated_parameter']],
  ['/permissions?limit=0&cursor=x&search=', ['limit invalid_format', 'cursor invalid_format', 'search too_short']],
  ['/groups?is_active=x&limit=101', ['limit invalid_format', 'is_active invalid_value']],
  ['/users/x/groups?limit=0&search=', ['user_id invalid_format', 'limit invalid_format', 'search too_short']],
  ['/users/x/permissions?explain=x&at=x', ['user_id invalid_format', 'explain invalid_value', 'at invalid_format']],
  ['/invitations?limit=0&search=', ['limit invalid_format', 'search too_short']],
];

describe('every field that is wrong is named at once', () => {
  const listed = async (method: string, path: string, body: object | undefined) => {
    const answer = await api.client.send(method, path, body, IS_PUBLIC.test(path) ? {} : { token });
    const { error, errors } = answer.body.error.details as { error: string; errors: { path: string; message: string; code: string }[] };
    expect(error).toBe(errors.map(({ path: at, message }) => (at ? `${at}: ${message}` : message)).join(', '));
    expect([answer.status, errors.filter(({ message }) => message === '' || /\{|undefined|Symbol/.test(message))]).toEqual([400, []]);
    return errors.map(({ path: at, code }) => `${at} ${code}`);
  };

  it.each(withBody.map(([path, body, wrong, method = 'POST']) => ({ method, path, body, wrong, text: JSON.stringify(body).slice(0, 120) })))('$method $path $text', async ({ method, path, body, wrong }) => {
    expect(await listed(method, path, body)).toEqual(wrong);
  });

  it.each(withQuery.map(([path, wrong]) => ({ path, wrong })))('GET $path', async ({ path, wrong }) => {
    expect(await listed('GET', path, undefined)).toEqual(wrong);
  });

  it('what somebody wants as a password is no less looked at where the rest of the body is right', async () => {
    const body = { user_id: 'ada@example.com', otp: '123456', password: 'a', confirm_password: 'b' };
    expect(await listed('POST', '/auth/forget-password', body)).toEqual([...WEAK, 'confirm_password passwords_differ']);
    // To its owner also what only who knows the account can tell.
    const mine = await listed('POST', '/auth/change-password', { old_password: PASSWORD, password: ADMIN.email, confirm_password: 'b' });
    expect(mine).toEqual(['password password_uppercase', 'password password_number', 'password password_user_info', 'confirm_password passwords_differ']);
  });

  it('C-09: what is wrong with a body says nothing of the account it names', async () => {
    const body = { otp: '1', password: ADMIN.email, confirm_password: 'b' };
    const [known, unknown] = [await listed('POST', '/auth/forget-password', { ...body, user_id: ADMIN.email }), await listed('POST', '/auth/forget-password', { ...body, user_id: 'nobody@example.com' })];
    expect(known).toEqual(unknown);
    expect(known).not.toContain('password password_user_info');
  });

  it('E-02: a body that is no object, or holds a hostile name, is 400', async () => {
    for (const raw of ['"\\u0000"', '["\\u0000"]', '{"\\u0000":1}', '{"x\\ud800":1,"user_id":"!!"}', '[]', 'null']) {
      const answer = await api.client.send('POST', '/auth/verify', undefined, { raw, headers: { 'Content-Type': 'application/json' } });
      expect([raw, answer.status]).toEqual([raw, 400]);
    }
  });
});

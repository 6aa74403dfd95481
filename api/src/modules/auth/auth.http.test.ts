import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp, wrongCode } from '../../../test/accounts.js';
import { ADMIN, someone, startApi, type Api } from '../../../test/harness.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const send = (email: string, extra: object = {}) => api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', ...extra });
const verify = (email: string, otp: string) => api.client.post('/auth/verify', { user_id: email, channel: 'email', otp });
const login = (email: string, otp: string) => api.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp });
const entries = (action: string, userId: string) => api.sql<Record<string, unknown>>('SELECT * FROM activity_log WHERE action = $1 AND COALESCE(user_id, target_user_id) = $2 ORDER BY created_at', [action, userId]);

describe('200: the main road', () => {
  it('signs up with a code, calls the API, refreshes, signs out, and signs in again', async () => {
    const email = someone();
    expect((await send(email)).body).toMatchObject({ success: true, message: 'OTP sent successfully', data: { message: 'OTP sent successfully' } });

    const signedUp = await verify(email, await api.codeFor(email));
    expect(signedUp.status).toBe(200);
    expect(signedUp.body).toMatchObject({ success: true, message: 'Signup successful', data: { token_type: 'bearer', user: { email, status: 'ACTIVE', user_type: 'customer', theme: 'light', is_verified: true } } });
    expect(signedUp.headers.get('cache-control')).toBe('no-store');

    const { session_token, access_token, refresh_token, session_id, user } = signedUp.body.data;
    const profile = await api.client.get('/settings/profile', { token: session_token });
    expect(profile.body).toMatchObject({ message: 'User profile fetched successfully', data: { user_id: user.user_id, email } });
    expect((await api.client.get('/settings/profile', { headers: { Authorization: `Bearer ${access_token}` } })).status).toBe(200);

    const refreshed = await api.client.post('/auth/refresh-token', { refresh_token });
    expect(refreshed.body).toMatchObject({ message: 'Tokens refreshed successfully', data: { session_id } });
    expect(refreshed.body.data.user).toBeUndefined();

    const out = await api.client.post('/auth/logout', undefined, { token: refreshed.body.data.session_token });
    expect(out.body).toMatchObject({ message: 'Logged out successfully. All tokens and sessions have been revoked.', meta: { type: 'dict' }, data: { tokens_revoked: true } });
    for (const token of [session_token, access_token, refreshed.body.data.session_token, refreshed.body.data.access_token]) {
      expect((await api.client.get('/settings/profile', { token })).body.error_key).toBe('SESSION_INVALID');
    }
    expect((await api.client.post('/auth/refresh-token', { refresh_token: refreshed.body.data.refresh_token })).status).toBe(401);

    await send(email);
    const again = await login(email, await api.codeFor(email));
    expect(again.body).toMatchObject({ message: 'Login successful', data: { user: { email } } });
    expect(again.body.data.session_id).not.toBe(session_id);
    expect((await api.client.get('/settings/profile', { token: again.body.data.session_token })).status).toBe(200);
    // B-03: the new sign-in does not revive what was signed out.
    expect((await api.client.get('/settings/profile', { token: session_token })).status).toBe(401);
  });

  it('the administrator signs in with a password, by e-mail in any case and by user name, also as a form', async () => {
    for (const username of [ADMIN.email, ADMIN.email.toUpperCase(), ` ${ADMIN.email} `, 'admin']) {
      const answer = await api.client.post('/auth/login-with-password', { username, password: ADMIN.password });
      expect({ username, message: answer.body.message }).toEqual({ username, message: 'Login successful' });
    }
    const form = await api.client.send('POST', '/token', undefined, { raw: `user_name=admin&password=${ADMIN.password}`, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    expect(form.status).toBe(200);
    expect(form.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(form.headers.get('link')).toBe('</api/v1/auth/login-with-password>; rel="successor-version"');
  });

  it('C-21: no answer ever holds a password hash', async () => {
    const { sessionToken } = await signUp(api);
    const answers = [await api.client.get('/settings/profile', { token: sessionToken }), await api.client.post('/auth/login-with-password', { username: 'admin', password: ADMIN.password })];
    for (const { text } of answers) expect(text).not.toMatch(/\$2[aby]\$|bcrypt|"password"/);
  });

  it('a new account is in the group user, has no usable password and a name that is free', async () => {
    const [one, two] = [`same.name@${someone().split('@')[1]}`, `same.name@x${someone().slice(0, 6)}.example`];
    const first = await signUp(api, one);
    const second = await signUp(api, two);
    const rows = await api.sql<{ user_name: string; codename: string }>('SELECT u.user_name, g.codename FROM "user" u JOIN user_group USING (user_id) JOIN "group" g USING (group_id) WHERE u.user_id = ANY($1)', [[first.userId, second.userId]]);
    expect(rows.map(({ codename }) => codename)).toEqual(['user', 'user']);
    expect(rows.map(({ user_name }) => user_name).sort()).toEqual(['same.name', expect.stringMatching(/^same\.name-\d+$/)]);
  });

  it('H-01: every step of the road leaves exactly one entry, with who, where and which request', async () => {
    const person = await signUp(api);
    await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken }, { headers: { 'User-Agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1', 'X-Request-Id': 'my-own-request-id' } });
    await api.client.post('/auth/logout', undefined, { token: person.sessionToken });
    await send(person.email);
    const code = await api.codeFor(person.email);
    await login(person.email, wrongCode(code));
    await login(person.email, code);
    for (const action of ['sign_up', 'session_refreshed', 'signed_out', 'sign_in_failed', 'sign_in']) expect(await entries(action, person.userId)).toHaveLength(1);
    const [refreshed] = await entries('session_refreshed', person.userId);
    expect(refreshed).toMatchObject({ module: 'sessions', ip_address: '127.0.0.1', os: 'iOS', device: 'Mobile', browser: 'Safari', endpoint: '/api/v1/auth/refresh-token', method: 'POST', status_code: 200, request_id: 'my-own-request-id', session_id: person.sessionId, source: 'server' });
  });
});

describe('400', () => {
  it.each([
    ['no body', undefined],
    ['an empty object', {}],
    ['a number as code', { otp: 123456 }],
    ['a list as code', { otp: ['123456'] }],
    ['an object as code', { otp: { $ne: '' } }],
    ['five digits', { otp: '12345' }],
    ['digits of another script', { otp: '١٢٣٤٥٦' }],
    ['an unknown field', { otp: '123456', is_admin: true }],
    ['an unknown channel', { otp: '123456', channel: 'pigeon' }],
    ['an address that is none', { otp: '123456', user_id: 'nobody' }],
    ['a NUL in the address', { otp: '123456', user_id: 'a\0@example.com' }],
  ])('C-08: %s is invalid input, and says which field', async (_name, change) => {
    const body = change && { user_id: 'someone@example.com', channel: 'email', ...change };
    for (const path of ['/auth/verify', '/auth/login-with-otp']) {
      const answer = await api.client.post(path, change && Object.keys(change).length === 0 ? {} : body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ success: false, error_key: 'AUTH_INVALID_PAYLOAD', error: { code: 1212, details: { error: expect.any(String), errors: expect.any(Array) } } });
    }
  });

  it('a code that cannot be delivered is refused for everybody alike', async () => {
    for (const channel of ['sms', 'whatsapp']) expect((await send(someone(), { channel })).body).toMatchObject({ error_key: 'AUTH_CHANNEL_UNSUPPORTED', error: { code: 1208 } });
  });

  it('C-09: a wrong code for a known and for an unknown address are one answer', async () => {
    const known = await signUp(api);
    const unknown = someone();
    const strip = (answer: Awaited<ReturnType<typeof login>>, email: string) => answer.text.replaceAll(email, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '');
    const [one, other] = [await login(known.email, '123456'), await login(unknown, '123456')];
    expect(one.status).toBe(400);
    expect(strip(one, known.email)).toBe(strip(other, unknown));
    expect([...one.headers.keys()].sort()).toEqual([...other.headers.keys()].sort());
  });

  it('C-02: a code asked for with a purpose works only there', async () => {
    const person = await signUp(api);
    await send(person.email, { purpose: 'reset' });
    expect((await login(person.email, await api.codeFor(person.email))).status).toBe(400);
    await send(person.email, { purpose: 'login' });
    const code = await api.codeFor(person.email);
    expect((await login(someone(), code)).status).toBe(400);
    expect((await login(person.email, code)).status).toBe(200);
    expect((await login(person.email, code)).status).toBe(400);
  });
});

describe('401', () => {
  it('C-09: unknown user, wrong password and a suspended account are one answer', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $1), status = 'SUSPENDED' WHERE user_id = $2`, [ADMIN.email, person.userId]);
    const attempts = [
      [person.email, ADMIN.password],
      [ADMIN.email, 'wrong'],
      [someone(), 'wrong'],
      ['nobody-at-all', 'wrong'],
    ] as const;
    const bodies = new Set<string>();
    for (const [username, password] of attempts) {
      const answer = await api.client.post('/auth/login-with-password', { username, password });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="tessera"');
      bodies.add(answer.text.replaceAll(username, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, ''));
    }
    expect(bodies.size).toBe(1);
  });

  it('C-13: neither the code nor the empty hash of a new account is a password', async () => {
    const email = someone();
    await send(email);
    const code = await api.codeFor(email);
    await verify(email, code);
    const [row] = await api.sql<{ password: string }>('SELECT password FROM "user" WHERE email = $1', [email]);
    for (const password of [code, row!.password, '!', ' ']) expect((await api.client.post('/auth/login-with-password', { username: email, password })).status).toBe(401);
  });

  it('C-01: no master code is built in', async () => {
    const { email } = await signUp(api);
    for (const otp of ['140819', '123456', '654321', '000000']) expect((await login(email, otp)).status).toBe(400);
    expect((await login(email, '1408199')).status).toBe(400);
  });
});

describe('409 and 429', () => {
  it('an address that has an account cannot sign up again, whatever its case, and keeps its code', async () => {
    const person = await signUp(api);
    await send(person.email.toUpperCase());
    const code = await api.codeFor(person.email.toUpperCase());
    const answer = await verify(person.email.toUpperCase(), code);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ error_key: 'AUTH_USER_ALREADY_EXISTS', error: { code: 1214 } });
    expect((await login(person.email, code)).status).toBe(200);
  });
});

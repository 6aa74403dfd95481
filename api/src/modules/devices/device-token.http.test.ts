import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, someone, startApi, type Api } from '../../../test/harness.js';

const SECRET = 'one-secret-for-the-tests-that-is-long-enough';
const YEAR_SECONDS = 31_536_000;

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { LOCKOUT_MAX_FAILURES: '2', CORS_ORIGINS: 'https://app.example.com' } });
});
afterAll(() => api.close());

const signIn = (password = ADMIN.password, headers = {}, username = ADMIN.email, server = api) => server.client.post('/auth/login-with-password', { username, password }, { headers });
const tokenOf = (answer: Answer) => answer.headers.get('x-device-token') ?? '';
/** Whether whoever sends these headers is counted apart: strangers have used up what strangers have. */
async function isKnown(headers: Record<string, string>): Promise<boolean> {
  await api.sql(`DELETE FROM throttle WHERE bucket = 'sign_in'`);
  for (let failures = 0; failures < 2; failures += 1) await signIn('wrong');
  const { status } = await signIn(ADMIN.password, headers);
  await api.sql(`DELETE FROM throttle WHERE bucket = 'sign_in'`);
  return status === 200;
}

describe('every sign-in answers with the device token, as header and as cookie', () => {
  const expectToken = (answer: Answer) => {
    expect(answer.status).toBe(200);
    expect(tokenOf(answer)).toMatch(/^[\w-]+\.[\w-]+$/);
    expect(answer.headers.getSetCookie()).toEqual([`tessera_device=${tokenOf(answer)}; Path=/api/v1; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Lax`]);
    expect(answer.text).not.toContain(tokenOf(answer));
  };

  it('by password, by code and at sign-up', async () => {
    expectToken(await signIn());
    const email = someone();
    const newCode = async () => {
      await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
      return { user_id: email, channel: 'email', otp: await api.codeFor(email) };
    };
    expectToken(await api.client.post('/auth/verify', await newCode()));
    expectToken(await api.client.post('/auth/login-with-otp', await newCode()));
  });

  it('and no other answer does, least of all a failure', async () => {
    const person = await signUp(api);
    for (const answer of [await signIn('wrong'), await signIn('wrong'), await signIn('wrong'), await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken }), await api.client.get('/settings/profile', { token: person.sessionToken })]) {
      expect([answer.headers.get('x-device-token'), answer.headers.getSetCookie()]).toEqual([null, []]);
    }
  });

  it('a browser on another origin may read it', async () => {
    await api.sql(`DELETE FROM throttle WHERE bucket = 'sign_in'`);
    const answer = await signIn(ADMIN.password, { Origin: 'https://app.example.com' });
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Device-Token');
  });

  it('in production the cookie goes over TLS alone, and stays below the prefix', async () => {
    const production = await startApi({ beside: api, env: { API_MODE: 'production', MODE: 'prod/v2', BCRYPT_SALT_ROUNDS: '10', JWT_SECRET: 'kT7wq0Zb3xYv9LmPc5Rf8sHd2NgJ6uEa', API_URL: 'https://api.example.com', CORS_ORIGINS: 'https://app.example.com' } });
    try {
      const answer = await signIn(ADMIN.password, {}, ADMIN.email, production);
      expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/; Path=\/prod\/v2; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure$/)]);
    } finally {
      await production.close();
    }
  });
});

describe('what the client sends back', () => {
  it('C-20: is read from the header, and from the cookie among others', async () => {
    const token = tokenOf(await signIn());
    expect(await isKnown({ 'X-Device-Token': token })).toBe(true);
    expect(await isKnown({ Cookie: `theme=dark; tessera_device=${token}; other=1` })).toBe(true);
    expect(await isKnown({})).toBe(false);
  });

  it('the header wins over the cookie; one that is no token does not', async () => {
    const token = tokenOf(await signIn());
    const foreign = await foreignToken();
    expect(await isKnown({ 'X-Device-Token': token, Cookie: `tessera_device=${foreign}` })).toBe(true);
    expect(await isKnown({ 'X-Device-Token': foreign, Cookie: `tessera_device=${token}` })).toBe(false);
    expect(await isKnown({ 'X-Device-Token': 'no token', Cookie: `tessera_device=${token}` })).toBe(true);
  });

  it.each([['x'.repeat(8_000)], ['a.b'], ['.'], ['__proto__'], [`${'a'.repeat(100)}.${'b'.repeat(43)}`], ['null'], ['%00.%00']])('%.20s is ignored: no failure, no budget', async (text) => {
    expect(await isKnown({ 'X-Device-Token': text })).toBe(false);
    expect(await isKnown({ Cookie: `tessera_device=${text}` })).toBe(false);
  });

  it('a token that was got with an account of one’s own is no key to the budget of another', async () => {
    expect(await isKnown({ 'X-Device-Token': await foreignToken() })).toBe(false);
  });

  it('it authenticates nothing', async () => {
    const token = tokenOf(await signIn());
    const tried: Record<string, string>[] = [{ 'X-Device-Token': token }, { Authorization: `Bearer ${token}` }, { 'X-Session-Token': token }, { Cookie: `tessera_device=${token}` }];
    for (const headers of tried) {
      expect((await api.client.get('/settings/profile', { headers })).status).toBe(401);
    }
    expect((await api.client.post('/auth/refresh-token', { refresh_token: token })).status).toBe(401);
  });

  it('A-20: one that an older secret signed is still known, and the next one is signed by the new', async () => {
    const token = tokenOf(await signIn());
    const rotated = await startApi({ beside: api, env: { LOCKOUT_MAX_FAILURES: '2', JWT_SECRET: `another-secret-that-is-quite-long-enough,${SECRET}` } });
    try {
      for (let failures = 0; failures < 2; failures += 1) await signIn('wrong', {}, ADMIN.email, rotated);
      const known = await signIn(ADMIN.password, { 'X-Device-Token': token }, ADMIN.email, rotated);
      expect(known.status).toBe(200);
      expect(await isKnown({ 'X-Device-Token': tokenOf(known) })).toBe(false);
    } finally {
      await rotated.close();
    }
  });

  it('H-03: it stands in no log', async () => {
    const token = tokenOf(await signIn());
    await signIn('wrong', { 'X-Device-Token': token, Cookie: `tessera_device=${token}` });
    expect(api.logText()).not.toContain(token);
  });
});

/** The token of somebody who signed up a moment ago. */
async function foreignToken(): Promise<string> {
  const email = someone();
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
  return tokenOf(await api.client.post('/auth/verify', { user_id: email, channel: 'email', otp: await api.codeFor(email) }));
}

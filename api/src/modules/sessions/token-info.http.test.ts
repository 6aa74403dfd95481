import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { ACCESS_TOKEN_EXPIRY_MINUTES: '90', SESSION_TOKEN_EXPIRY_MINUTES: '20160' } });
});
afterAll(() => api.close());

const get = (token: string, headers: Record<string, string> = {}) => api.client.get('/auth/token-info', { token, headers });
const ask = (person: Account, body?: unknown) => api.client.post('/auth/token-info', body, { token: person.sessionToken });
const described = async (person: Account, body: unknown) => Object.keys((await ask(person, body)).body.data.token_ages).filter((key) => key !== 'current');

describe('GET and POST /auth/token-info', () => {
  it('tells age, end and kind of the presented token, and the settings as they are', async () => {
    const person = await signUp(api);
    for (const [kind, token, end] of [['session', person.sessionToken, '1 week and 6 days'], ['access', person.accessToken, '1 hour and 29 minutes']] as const) {
      const answer = await get(token);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.body).toMatchObject({ success: true, message: 'Token information retrieved successfully', meta: { type: 'dict' } });
      expect(answer.body.data.token_ages).toEqual({ current: { token_type: kind, token_age: '0 minutes', token_age_minutes: 0, expires_in: end, expires_in_minutes: expect.any(Number), lifetime_percentage_used: expect.any(Number), status: 'ACTIVE' } });
    }
    const { data } = (await ask(person)).body;
    expect(data.token_configuration).toEqual({
      access_token: { expiry_minutes: 90, expires_in: '1 hour and 30 minutes' },
      session_token: { expiry_minutes: 20_160, expires_in: '2 weeks' },
      refresh_token: { expiry_minutes: 43_200, expires_in: '4 weeks and 2 days' },
    });
    expect(data).not.toHaveProperty('before_token');
    expect(data.extension_info).not.toHaveProperty('extended_by');
  });

  it('describes a second header, and the tokens in the body', async () => {
    const person = await signUp(api);
    const both = (await get(person.sessionToken, { Authorization: `Bearer ${person.accessToken}` })).body.data.token_ages;
    expect([Object.keys(both), both.current.token_type, both.access_token.expires_in]).toEqual([['current', 'access_token'], 'session', '1 hour and 29 minutes']);
    const { data } = (await ask(person, { access_token: person.accessToken, session_token: person.sessionToken, refresh_token: person.refreshToken })).body;
    expect(Object.keys(data.token_ages)).toEqual(['current', 'access_token', 'session_token', 'refresh_token']);
    expect(data.token_ages.refresh_token).toMatchObject({ expires_in: '4 weeks and 1 day', status: 'ACTIVE' });
    expect(data.before_token).toMatchObject({ expires_in: '1 week and 6 days', status: 'ACTIVE' });
    expect(data.extension_info).toMatchObject({ extended_by_minutes: 0 });
  });

  it('only verified tokens are described: others are left out as if they had not been sent', async () => {
    const [person, stranger] = [await signUp(api), await signUp(api)];
    const ended = await signIn(api, person);
    const open = await signIn(api, person);
    await api.client.post('/auth/logout', { scope: 'this' }, { token: ended.sessionToken });
    const forged = `${person.accessToken.slice(0, -6)}AAAAAA`;
    const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${person.accessToken.split('.')[1]}.`;
    for (const token of [forged, unsigned, 'x', '', null, 'a.b.c', stranger.accessToken, ended.accessToken, person.sessionToken, person.refreshToken, ' '.repeat(100)]) {
      expect([token, await described(person, { access_token: token })]).toEqual([token, []]);
    }
    expect(await described(person, { access_token: open.accessToken })).toEqual(['access_token']);
    const renewed = account(person.email, (await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken })).body.data);
    expect(await described(person, { refresh_token: person.refreshToken })).toEqual([]);
    expect(await described(person, { refresh_token: renewed.refreshToken })).toEqual(['refresh_token']);
    expect((await ask(person, { access_token: stranger.accessToken })).body.data).not.toHaveProperty('before_token');
  });

  it.each([[{ access_token: 1 }], [{ access_token: ['x'] }], [{ session_token: {} }], [{ refresh_token: 'x\0' }], [{ token: 'x' }], [{ access_token: 'x'.repeat(20_000) }], [[]]])('refuses %j', async (body) => {
    const answer = await ask(await signUp(api), body);
    expect([answer.status, ['AUTH_INVALID_PAYLOAD', 'INVALID_REQUEST'].includes(answer.body.error_key)]).toEqual([400, true]);
  });

  it('A-21: without a good token it is 401, whatever is asked', async () => {
    const person = await signUp(api);
    expect((await api.client.post('/auth/token-info', { nonsense: 1 })).status).toBe(401);
    expect((await get(person.refreshToken)).status).toBe(401);
    await api.client.post('/auth/logout', undefined, { token: person.sessionToken });
    expect((await get(person.sessionToken)).status).toBe(401);
  });
});

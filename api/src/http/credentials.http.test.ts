import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp } from '../../test/accounts.js';
import { startApi, type Api } from '../../test/harness.js';
import { until } from '../../test/until.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('tokens in a URL', () => {
  it('are refused beside a good header too, however they are spelt (A-17, A-18)', async () => {
    const { sessionToken, accessToken } = await signUp(api);
    for (const query of [`access_token=${accessToken}`, `access%5Ftoken=${accessToken}`, `a=b&access_token=${accessToken}`, '%61ccess_token=', 'access_token=a&access_token=b']) {
      for (const options of [{}, { token: sessionToken }, { headers: { Authorization: `Bearer ${accessToken}` } }]) {
        const { status, body } = await api.client.get(`/settings/profile?${query}`, options);
        expect([query, status, body.error_key]).toEqual([query, 401, 'UNAUTHORIZED']);
      }
    }
    expect((await api.client.get('/settings/profile?lang=de&x=access_token', { token: sessionToken })).status).toBe(200);
    expect(api.logText()).not.toContain(accessToken);
  });
});

describe('two tokens of one session', () => {
  it('bring the renewed token in whichever header the old one comes (B-17)', async () => {
    const { userId, sessionToken, accessToken } = await signUp(api);
    await api.sql(`UPDATE "user" SET first_name = 'Ada' WHERE user_id = $1`, [userId]);
    await api.context.changes.settled();
    for (const [one, other] of [[sessionToken, accessToken], [accessToken, sessionToken]] as const) {
      const { status, headers } = await api.client.get('/settings/profile', { token: one, headers: { Authorization: `Bearer ${other}` } });
      expect([status, headers.has('x-session-token')]).toEqual([200, true]);
    }
  });
});

describe('a body that comes long after its head', () => {
  const BODY = '{"scope":"others"}';

  /** The head of a sign-out of all other devices; its body is sent when asked for. */
  async function begin(token: string) {
    const { hostname, port } = new URL(api.url);
    const id = `begun-${Math.random().toString(36).slice(2)}`;
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.write(`POST ${api.prefix}/auth/logout HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: ${id}\r\nX-Session-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\nExpect: 100-continue\r\n\r\n`);
    await until(() => answer.includes('100 Continue'));
    return {
      async finish(body = BODY) {
        socket.write(body);
        await once(socket, 'close');
        return answer.slice(answer.lastIndexOf('HTTP/1.1 '));
      },
    };
  }

  it('opens nothing when its session was ended meanwhile: a refusal, and nothing done (B-01, D-07)', async () => {
    const first = await signUp(api);
    const second = await signIn(api, first);
    const begun = await begin(first.sessionToken);
    expect((await api.client.post('/auth/logout', { scope: 'this' }, { token: first.sessionToken })).status).toBe(200);
    expect(await begun.finish()).toMatch(/^HTTP\/1\.1 401 [\s\S]*"error_key":"SESSION_INVALID"/);
    expect((await api.client.get('/settings/profile', { token: second.sessionToken })).status).toBe(200);
  });

  it('is refused for its session before it is read as wrong (B-01)', async () => {
    const person = await signUp(api);
    const begun = await begin(person.sessionToken);
    await api.client.post('/auth/logout', undefined, { token: person.sessionToken });
    expect(await begun.finish('{"scope":"nobody"}')).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('does what it says when its session is still good', async () => {
    const first = await signUp(api);
    const second = await signIn(api, first);
    const begun = await begin(first.sessionToken);
    expect(await begun.finish()).toMatch(/^HTTP\/1\.1 200 /);
    expect((await api.client.get('/settings/profile', { token: second.sessionToken })).status).toBe(401);
  });
});

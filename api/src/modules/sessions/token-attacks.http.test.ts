import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { startApi, type Api } from '../../../test/harness.js';
import { bytes, createForge } from '../../../test/token-forge.js';
import { createRoutes } from '../../routes.js';
import type { Services } from '../../context.js';

const SECRET = 'one-secret-for-the-tests-that-is-long-enough';
const UUID = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const guarded = createRoutes({} as Services).flatMap(({ method, path, aliases = [], access }) => (access === 'public' ? [] : [path, ...aliases].map((each) => ({ method, path: each.replace(/:\w+/g, UUID), name: `${method} ${each}` }))));
const carriers = (token: string): Record<string, string>[] => [{ 'X-Session-Token': token }, { Authorization: `Bearer ${token}` }];

let api: Api;
let person: Account;
beforeAll(async () => {
  api = await startApi();
  person = await signUp(api);
});
afterAll(() => api.close());

const forge = createForge({ secrets: [SECRET] });
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const call = (method: string, path: string, headers: Record<string, string>) => api.client.send(method, path, method === 'GET' ? undefined : {}, { headers });
const profile = (token: string) => api.client.get('/settings/profile', { token });
const refresh = (token: unknown) => api.client.post('/auth/refresh-token', { refresh_token: token });

/** An answer without what is another each time. */
function face({ status, headers, body }: Answer): unknown {
  const { id: _id, timestamp: _timestamp, ...error } = body.error;
  return { status, challenge: headers.get('www-authenticate'), body: { ...body, error } };
}

describe('a token with a hostile header', () => {
  it('A-03: finds no key, costs no 5xx and leaves nothing in the database', async () => {
    const entries = () => api.sql<{ count: string }>('SELECT count(*) FROM activity_log');
    const before = await entries();
    for (const kid of ['../../dev/null', '/proc/self/environ', "'; DROP TABLE session; --", ['a'], { a: 1 }, 7, null, true, 'x'.repeat(5_000)]) {
      for (const headers of carriers(forge.signed(claimsOf(person.sessionToken), { ...forge.header, kid }))) expect((await call('GET', '/settings/profile', headers)).status).toBe(401);
    }
    // In a body there is room for a megabyte; the public ones take less.
    const huge = await refresh(forge.signed(claimsOf(person.refreshToken), { ...forge.header, kid: 'x'.repeat(1_000_000) }));
    expect([huge.status, huge.body.error_key]).toEqual([413, 'REQUEST_TOO_LARGE']);
    expect((await refresh(forge.signed(claimsOf(person.refreshToken), { ...forge.header, kid: 'x'.repeat(40_000) }))).status).toBe(400);
    expect((await refresh(forge.signed(claimsOf(person.refreshToken), { ...forge.header, kid: 'x'.repeat(4_000) }))).status).toBe(401);
    expect(await entries()).toEqual(before);
  });

  it('A-04: no address in it is ever visited', async () => {
    let visits = 0;
    const canary = createServer((socket) => {
      visits += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(canary, 'listening');
    const url = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/keys`;
    for (const extra of [{ jku: url }, { x5u: url }, { jwk: { kty: 'oct', k: bytes('x') } }, { x5c: [bytes('x')] }, { crit: ['jku'], jku: url }, { kid: url }]) {
      const header = { ...forge.header, ...extra };
      for (const headers of carriers(forge.signed(claimsOf(person.accessToken), header))) expect((await call('GET', '/settings/profile', headers)).status).toBe(401);
      expect((await refresh(forge.signed(claimsOf(person.refreshToken), header))).status).toBe(401);
    }
    // It does count who comes.
    const socket = connect((canary.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'close');
    expect(visits).toBe(1);
    canary.close();
  });
});

it('A-06: after a sign-out no other spelling of the token opens anything', async () => {
  const leaving = await signUp(api);
  await api.client.post('/auth/logout', undefined, { token: leaving.sessionToken });
  for (const token of [leaving.sessionToken, leaving.accessToken]) {
    const parts = token.split('.') as [string, string, string];
    const last = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].map((character) => token.slice(0, -1) + character);
    const variants = [token, `${token}=`, `${token}==`, token.replace('.', '=.'), `${token}.`, forge.signParts(parts[0], parts[1]), forge.signed({ ...claimsOf(token), jti: UUID }), ...last];
    for (const variant of variants) for (const headers of carriers(variant)) expect((await call('GET', '/settings/profile', headers)).status).toBe(401);
  }
});

describe('which token goes where', () => {
  it.each(guarded)('A-07, A-18: $name takes a refresh token nowhere, and no token in the query string', async ({ method, path }) => {
    for (const headers of carriers(person.refreshToken)) expect((await call(method, path, headers)).status).toBe(401);
    for (const token of [person.refreshToken, person.accessToken, person.sessionToken]) expect((await call(method, `${path}?access_token=${token}`, {})).status).toBe(401);
  });

  it.each(guarded)('A-09: $name takes an access and a session token in either header', async ({ method, path }) => {
    for (const kind of ['accessToken', 'sessionToken'] as const) {
      for (const index of [0, 1]) {
        const somebody = await signUp(api);
        const { body } = await call(method, path, carriers(somebody[kind])[index]!);
        expect(['UNAUTHORIZED', 'SESSION_INVALID', 'AUTH_INVALID_TOKEN_TYPE', 'TOKEN_INVALID']).not.toContain(body.error_key);
      }
    }
  });

  it('A-08: an access or session token refreshes nothing', async () => {
    for (const token of [person.accessToken, person.sessionToken]) {
      const answer = await refresh(token);
      expect([answer.status, answer.body.error_key]).toEqual([401, 'AUTH_INVALID_REFRESH_TOKEN']);
    }
    expect((await profile(person.sessionToken)).status).toBe(200);
  });

  it('A-05: a refresh token with white space around it is another text', async () => {
    for (const text of [` ${person.refreshToken}`, `${person.refreshToken}\n`, `\uFEFF${person.refreshToken}`]) expect((await refresh(text)).status).toBe(401);
  });

  it('A-18: and what stood in the query string stands in no log', async () => {
    await api.client.get(`/settings/profile?access_token=${person.accessToken}`, { token: person.accessToken });
    await api.client.get(`/settings/profile?access_token=${person.refreshToken}`);
    for (const token of [person.accessToken, person.refreshToken]) expect(api.logText()).not.toContain(token.split('.')[2]);
  });
});

it('A-14: the account must still be there and in order', async () => {
  const changes = ['is_active = false', 'is_trashed = true', `status = 'SUSPENDED'`, `status = 'DELETED'`];
  for (const change of changes) {
    const somebody = await signUp(api);
    expect((await profile(somebody.sessionToken)).status).toBe(200);
    await api.sql(`UPDATE "user" SET ${change} WHERE user_id = $1`, [somebody.userId]);
    await api.context.changes.settled();
    expect({ change, status: (await profile(somebody.sessionToken)).status }).toEqual({ change, status: 401 });
  }
  const nobody = forge.signed({ ...claimsOf(person.accessToken), sub: UUID });
  expect((await profile(nobody)).status).toBe(401);
});

it('A-16: a token of more than 8 KB is 4xx, and a header of a megabyte too', async () => {
  const long = forge.signed({ ...claimsOf(person.accessToken), filler: 'x'.repeat(8_000) });
  for (const headers of carriers(long)) expect((await call('GET', '/settings/profile', headers)).status).toBe(401);
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  // The server stops reading and closes: what is still being sent then meets a closed door.
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(`GET ${api.prefix}/settings/profile HTTP/1.1\r\nHost: x\r\nX-Session-Token: ${'a'.repeat(1_000_000)}\r\n\r\n`);
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

it('A-21: forged, expired, foreign, malformed: one face', async () => {
  const claims = claimsOf(person.accessToken);
  const past = Math.floor(Date.now() / 1000) - 10;
  const bad = [
    'x',
    forge.signed({ ...claims, exp: past }),
    forge.signed({ ...claims, aud: 'other' }),
    forge.signed({ ...claims, type: 'other' }),
    forge.signed(claims, { ...forge.header, alg: 'none' }),
    createForge({ secrets: ['a-secret-that-this-server-does-not-have'] }).signed(claims),
    `${person.accessToken}=`,
    person.accessToken.slice(0, -6),
  ];
  const faces = await Promise.all(bad.flatMap((token) => carriers(token).map(async (headers) => face(await call('GET', '/settings/profile', headers)))));
  expect(new Set(faces.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(faces[0]).toMatchObject({ status: 401, challenge: 'Bearer realm="tessera"', body: { error_key: 'UNAUTHORIZED' } });
  expect(JSON.stringify(faces[0])).not.toMatch(/jwt|signature|algorithm|malformed|jsonwebtoken/i);
  const refreshFaces = await Promise.all([...bad, person.accessToken].map(async (token) => JSON.stringify(face(await refresh(token)))));
  expect(new Set(refreshFaces).size).toBe(1);
});

it('A-20: keys change over two deploys, and only who stays away for so long is signed out', async () => {
  const next = 'the-secret-that-comes-after-the-first-one';
  const [active, idle] = [await signUp(api), await signUp(api)];
  const statuses = (worker: Api, who: Account) => Promise.all([who.accessToken, who.sessionToken].map(async (token) => (await worker.client.get('/settings/profile', { token })).status));
  const renewed = async (worker: Api, who: Account) => {
    const { status, body } = await worker.client.post('/auth/refresh-token', { refresh_token: who.refreshToken });
    return { status, who: account(who.email, body.data ?? {}) };
  };
  const both = await startApi({ beside: api, env: { JWT_SECRET: `${next},${SECRET}` } });
  const after = await startApi({ beside: api, env: { JWT_SECRET: next } });
  try {
    expect(await statuses(both, active)).toEqual([200, 200]);
    const first = await renewed(both, active);
    expect(await statuses(after, first.who)).toEqual([200, 200]);
    expect((await renewed(after, first.who)).status).toBe(200);
    expect(await statuses(after, idle)).toEqual([401, 401]);
    expect((await renewed(after, idle)).status).toBe(401);
  } finally {
    await after.close();
    await both.close();
  }
});

it.each(['RS256', 'ES256'])('ADR 10: a change from HS256 to %s ends access and session tokens, and no session', async (algorithm) => {
  const somebody = await signUp(api);
  const changed = await startApi({ beside: api, env: { JWT_ALGORITHM: algorithm } });
  try {
    for (const token of [somebody.accessToken, somebody.sessionToken]) expect((await changed.client.get('/settings/profile', { token })).status).toBe(401);
    const renewed = await changed.client.post('/auth/refresh-token', { refresh_token: somebody.refreshToken });
    expect([renewed.status, renewed.body.data?.session_id]).toEqual([200, somebody.sessionId]);
    expect((await changed.client.get('/settings/profile', { token: renewed.body.data.session_token })).status).toBe(200);
  } finally {
    await changed.close();
  }
});

import { createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../test/accounts.js';
import { startApi, type Api } from '../../test/harness.js';
import { fixedSecurityHeaders } from './security-headers.js';

const PATH = '//.well-known/jwks.json';
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What any other service does with a token and our keys, with nothing of ours. */
function verifies(token: string, keys: readonly JsonWebKey[]): boolean {
  const [head, body, signature] = token.split('.') as [string, string, string];
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string; alg: string };
  const jwk = keys.find((key) => key['kid'] === kid && key['alg'] === alg);
  if (!jwk) return false;
  const key: KeyObject = createPublicKey({ key: jwk, format: 'jwk' });
  return verify('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

describe.each(['RS256', 'ES256'])('with %s', (algorithm) => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi({ env: { JWT_ALGORITHM: algorithm } });
  });
  afterAll(() => api.close());

  it('anybody can verify an access and a session token with the published key, and a refresh token is for us alone', async () => {
    const person = await signUp(api);
    const { body } = await api.client.get(PATH);
    expect([person.accessToken, person.sessionToken, person.refreshToken].map((token) => verifies(token, body.keys))).toEqual([true, true, false]);
    expect(verifies(`${person.accessToken.slice(0, -8)}AAAAAAAA`, body.keys)).toBe(false);
  });

  it('tokens so signed open doors, and their session is refreshed', async () => {
    const person = await signUp(api);
    for (const token of [person.accessToken, person.sessionToken]) expect((await api.client.get('/settings/profile', { token })).status).toBe(200);
    expect((await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken })).status).toBe(200);
  });

  it('the set is raw, public, open to every origin, and as protected as every answer', async () => {
    const { status, headers, body } = await api.client.get(PATH, { headers: { Origin: 'https://anywhere.example' } });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['keys']);
    expect(body.keys).toHaveLength(1);
    expect(body.keys[0]).toMatchObject({ alg: algorithm, use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) });
    expect(Object.keys(body.keys[0]).filter((member) => PRIVATE.includes(member))).toEqual([]);
    expect([headers.get('content-type'), headers.get('cache-control'), headers.get('access-control-allow-origin'), headers.get('access-control-allow-credentials')]).toEqual(['application/json; charset=utf-8', 'public, max-age=300', '*', null]);
    for (const [name, value] of fixedSecurityHeaders()) expect([name, headers.get(name)]).toEqual([name, value]);
    expect(headers.get('x-request-id')).toBeTruthy();
  });
});

describe('with HS256', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('nothing is shown: a secret has no public half', async () => {
    expect((await api.client.get(PATH)).body).toEqual({ keys: [] });
  });

  it('only reading is allowed', async () => {
    const answer = await api.client.post(PATH, {});
    expect([answer.status, answer.body.error_key, answer.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, HEAD']);
    expect((await api.client.send('HEAD', PATH)).text).toBe('');
  });

  it('a browser of any origin is told before it asks that it may read', async () => {
    const { status, headers } = await api.client.send('OPTIONS', PATH, undefined, { headers: { Origin: 'https://anywhere.example', 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'x-trace' } });
    expect(status).toBe(204);
    expect(['allow', 'access-control-allow-origin', 'access-control-allow-methods', 'access-control-allow-headers', 'access-control-allow-credentials'].map((name) => headers.get(name))).toEqual(['GET, HEAD', '*', 'GET, HEAD', '*', null]);
  });
});

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../test/accounts.js';
import { startApi, type Api } from '../../test/harness.js';

const METRICS_TOKEN = 'a-token-for-the-metrics';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { METRICS_TOKEN } });
});
afterAll(() => api.close());

/** A request as it is, and what comes back until the connection ends. */
function raw(...lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.setTimeout(30_000, () => socket.destroy());
    socket.on('close', () => resolve(text)).on('error', reject);
  });
}

describe('what Node and Express would answer by themselves', () => {
  it.each([
    ['no host', ['GET /health HTTP/1.1', 'Connection: close']],
    ['G-11: two hosts', ['GET /health HTTP/1.1', 'Host: one.example', 'Host: two.example', 'Connection: close']],
    ['no host, for the public keys', ['GET /.well-known/jwks.json HTTP/1.1', 'Connection: close']],
    ['G-11: two hosts, for the public keys', ['GET /.well-known/jwks.json HTTP/1.1', 'Host: one.example', 'Host: two.example', 'Connection: close']],
    ['a target that is no address', ['GET http://[ HTTP/1.1', 'Host: x', 'Connection: close']],
    ['G-06: an encoding of its own', ['POST /api/v1/token HTTP/1.1', 'Host: x', 'Transfer-Encoding: xchunked']],
    ['bytes that are no request', ['NONSENSE']],
  ])('%s is 400 in the envelope, with an id and the security headers (G-09)', async (_name, lines) => {
    const answer = await raw(...lines);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const id = /^x-request-id: (\S+)/im.exec(answer)?.[1];
    expect(answer).toContain(`"error_key":"INVALID_REQUEST"`);
    expect(answer).toContain(`"error":{"id":"${id}"`);
    for (const header of [/^x-content-type-options: nosniff/im, /^content-security-policy: /im, /^cache-control: no-store/im]) expect(answer).toMatch(header);
  });

  it('an expectation it does not know is passed over, and HTTP/1.0 needs no host', async () => {
    expect(await raw('GET /health HTTP/1.1', 'Host: x', 'Expect: something', 'Connection: close')).toMatch(/^HTTP\/1\.1 200 [\s\S]*"success":true/);
    expect(await raw('GET /health HTTP/1.0')).toMatch(/^HTTP\/1\.1 200 [\s\S]*"success":true/);
  });

  it('a part or a version of a file that there is not is the caller’s mistake', async () => {
    for (const headers of [{ Range: 'bytes=99999999-' }, { 'If-Match': '"x"' }] as Record<string, string>[]) {
      const answer = await api.client.get('//api-docs/swagger-ui.css', { headers });
      expect([answer.status, answer.body.error_key]).toEqual([400, 'INVALID_REQUEST']);
    }
  });
});

describe('bodies', () => {
  const post = (path: string, text: string, type = 'application/json') => api.client.send('POST', path, undefined, { raw: text, headers: { 'Content-Type': type } });

  it('E-02, E-08: a field under __proto__ is no field, so it evades no check', async () => {
    const hidden = await post('/auth/login-with-password', '{"__proto__":{"username":"a\\u0000b"},"password":"x"}');
    expect([hidden.status, hidden.body.error_key]).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
    expect((await post('/auth/send-one-time-password', '{"__proto__":{"user_id":"a@example.com","channel":"email"}}')).status).toBe(400);
  });

  it('E-06: a length above the limit is refused at once, before any of the body has come', async () => {
    const answer = await raw('POST /api/v1/auth/login-with-password HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Content-Length: 2000000');
    expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"error_key":"REQUEST_TOO_LARGE"/);
    expect(answer).toMatch(/^connection: close/im);
  });

  it('E-14: JSON under a type that is not read is 415', async () => {
    for (const type of ['text/x+json', 'image/svg+json']) expect((await post('/auth/login-with-password', '{"username":"a","password":"b"}', type)).status).toBe(415);
    expect((await post('/auth/login-with-password', '{"username":"a","password":"b"}', 'application/problem+json')).status).toBe(401);
  });

  it('a text in the wrong format is told which one is meant', async () => {
    const { body } = await api.client.post('/auth/verify', { user_id: 'a@example.com', channel: 'email', otp: '12' });
    expect(body.error.details.error).toBe('otp: Not in the expected format: six digits');
    const other = await api.client.post('/auth/verify', { user_id: 'nobody', channel: 'email', otp: '123456' });
    expect(other.body.error.details.error).toBe('user_id: Not in the expected format: e-mail');
  });
});

describe('credentials', () => {
  it('F18: of two that are both refused, neither refusal is left behind', async () => {
    const person = await signUp(api);
    await api.client.post('/auth/logout', undefined, { token: person.sessionToken });
    const stray: unknown[] = [];
    const listener = (error: unknown) => void stray.push(error);
    process.on('unhandledRejection', listener);
    const answer = await api.client.get('/settings/profile', { token: person.sessionToken, headers: { Authorization: 'Bearer garbage' } });
    await api.sql('SELECT 1');
    await new Promise((resolve) => setTimeout(resolve, 100));
    process.off('unhandledRejection', listener);
    expect([answer.status, stray]).toEqual([401, []]);
  });
});

describe('what is counted', () => {
  it('only the probes themselves have no limit', async () => {
    const limited = async (path: string) => (await api.client.get(path)).headers.has('ratelimit-limit');
    expect(await Promise.all(['//health', '//health/live', '//HEALTH/ready', '//healthy', '//health-x/live', '/health'].map(limited))).toEqual([false, false, false, true, true, true]);
  });

  it('spellings of a path are one label of the metrics: there are endless many', async () => {
    await api.client.get('//HEALTH/Live');
    await api.client.get('/settings/profile');
    await fetch(`${api.url}/API/V1/Health/System`);
    const { text } = await api.client.get('//metrics', { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    const routes = [...text.matchAll(/route="([^"]+)"/g)].map(([, route]) => route);
    expect(routes).toEqual(expect.arrayContaining(['/health/live', '/api/v1/settings/profile', '/api/v1/health/system']));
    expect(routes.filter((route) => route !== route!.toLowerCase())).toEqual([]);
  });

  it('an endpoint is one label whatever the spelling of the prefix, the answer and the method', async () => {
    const capitals = await startApi({ beside: api, env: { METRICS_TOKEN, MODE: 'API/v1' } });
    for (const path of ['/settings/profile', '/SETTINGS/profile']) for (const method of ['GET', 'DELETE']) await capitals.client.send(method, path);
    const { text } = await capitals.client.get('//metrics', { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    await capitals.close();
    const counts = [...text.matchAll(/http_request_duration_seconds_count\{method="(\w+)",route="([^"]+)".*\} (\d+)/g)].map(([, ...facts]) => facts.join(' '));
    expect(counts.sort()).toEqual(['DELETE /api/v1/settings/profile 2', 'GET /api/v1/settings/profile 2']);
  });
});

it('a refused request without a body, however fast it is refused, leaves its connection open', async () => {
  const person = await signUp(api);
  await api.client.get('/settings/profile', { token: person.sessionToken });
  const paths = { '/api/v1/nope': 404, '/api/v1/settings/profile': 401, '/api/v1/health/test-sentry': 403 };
  const lines = Object.keys(paths).flatMap((path) => [`GET ${path} HTTP/1.1`, 'Host: x', ...(path.endsWith('sentry') ? [`X-Session-Token: ${person.sessionToken}`] : []), '']);
  const answers = await raw(...lines, 'GET /health HTTP/1.1', 'Host: x', 'Connection: close');
  expect(answers.match(/HTTP\/1\.1 \d{3}/g)).toEqual([...Object.values(paths), 200].map((status) => `HTTP/1.1 ${status}`));
});

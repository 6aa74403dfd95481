import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../src/i18n/language.js';
import { httpErrors } from '../src/http/errors.js';
import { absolutePath } from '../src/http/mount.js';
import { failuresOf } from '../src/http/openapi.js';
import { createRoutes } from '../src/routes.js';
import { createTranslator } from '../src/i18n/translator.js';
import type { Endpoint } from '../src/http/endpoint.js';
import type { Services } from '../src/context.js';
import { account, signUp, type Account } from './accounts.js';
import { ADMIN, startApi, type Api } from './harness.js';
import { REFERENCE_CODES } from './reference-codes.js';

/** Walks the table itself: whatever is added to it is tried here without being named. */
const endpoints = createRoutes({} as Services);
const paths = endpoints.flatMap((endpoint) => [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => ({ endpoint, path, name: `${endpoint.method} ${path}` })));
const guarded = paths.filter(({ endpoint }) => endpoint.access !== 'public');
/** Questions that need a body. */
const READ_BY_POST: ReadonlySet<string> = new Set(['/auth/token-info', '/auth/check-user-availability']);
/** Public endpoints with a body whose failures may take the time they take, and why. */
const MAY_FAIL_UNEVENLY: Readonly<Record<string, string>> = {
  'POST /auth/send-one-time-password': 'looks for no account: its statements are the same for everybody',
  'POST /auth/check-user-availability': 'its answer says what its time could',
  'POST /auth/refresh-token': 'tries a signed token, and names no account',
  'POST /settings/undo-contact-change': 'tries a token of 256 bits, and names no account',
};
const UUID = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const fill = (path: string, value = UUID) => path.replace(/:\w+/g, value);

let api: Api;
let plain: Account;
let powerless: Account;
let admin: Account;
beforeAll(async () => {
  api = await startApi();
  plain = await signUp(api);
  powerless = await signUp(api);
  admin = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [powerless.userId]);
});
afterAll(() => api.close());

const call = (endpoint: Endpoint, path: string, options = {}) => api.client.send(endpoint.method, fill(path), endpoint.method === 'GET' ? undefined : {}, options);

describe('every endpoint', () => {
  it('there are some, and no two share method and path', () => {
    const keys = paths.map(({ endpoint, path }) => `${endpoint.method} ${absolutePath(path, '/api/v1').toLowerCase()}`);
    expect(keys.length).toBeGreaterThan(10);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(guarded)('$name: no token is 401 in the envelope', async ({ endpoint, path }) => {
    const answer = await call(endpoint, path);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="tessera"');
    expect(answer.body).toMatchObject({ success: false, error_key: 'UNAUTHORIZED', error: { code: 1002, id: answer.headers.get('x-request-id') } });
  });

  it.each(guarded)('$name: A-07 a refresh token is 401', async ({ endpoint, path }) => {
    for (const headers of [{ 'X-Session-Token': plain.refreshToken }, { Authorization: `Bearer ${plain.refreshToken}` }]) expect((await call(endpoint, path, { headers })).status).toBe(401);
  });

  it.each(guarded.filter(({ endpoint }) => typeof endpoint.access === 'object'))('$name: D-01 without the right it is 403, before any look at the input', async ({ endpoint, path }) => {
    const answer = await call(endpoint, path, { token: powerless.sessionToken });
    expect([answer.status, answer.body.error_key]).toEqual([403, 'FORBIDDEN']);
  });

  it('E-01: an id that is no UUID is 400, wherever a path has one', async () => {
    for (const { endpoint, path } of paths.filter((entry) => entry.path.includes(':'))) {
      for (const id of ['1', "'", '-'.repeat(36), `${UUID}%00`]) {
        const answer = await api.client.send(endpoint.method, fill(path, id), undefined, { token: admin.sessionToken });
        expect({ path, status: answer.status }).toEqual({ path, status: 400 });
      }
    }
  });

  it.each(paths)('$name: 405 with Allow for a method it does not know', async ({ endpoint, path }) => {
    const answer = await api.client.send('PATCH', fill(path));
    expect([answer.status, answer.body.error_key]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(answer.headers.get('allow')).toContain(endpoint.method);
  });

  it.each(paths.filter(({ endpoint }) => endpoint.request?.body))('$name: malformed bodies are 4xx in the envelope', async ({ endpoint, path }) => {
    const token = endpoint.access === 'public' ? undefined : plain.sessionToken;
    for (const raw of ['{', 'null', '"x"', '[]', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{}}}', '['.repeat(200_000)]) {
      const answer = await api.client.send(endpoint.method, fill(path), undefined, { raw, headers: { 'Content-Type': 'application/json' }, ...(token ? { token } : {}) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body).toMatchObject({ success: false, error_key: expect.any(String), error: { code: expect.any(Number) } });
    }
  });

  it.each(endpoints.map((endpoint) => ({ endpoint, name: `${endpoint.method} ${endpoint.path}` })))('$name: every failure and message has a sentence in every language', ({ endpoint }) => {
    const translator = createTranslator();
    for (const language of LANGUAGES) {
      expect(translator.message(language, endpoint.message)).toBeTruthy();
      for (const { key, code } of failuresOf(endpoint)) {
        expect(translator.error(language, key).message).toBeTruthy();
        expect(code).toBeGreaterThan(1000);
      }
    }
  });

  it('a change says which entries it leaves', () => {
    const changing = endpoints.filter(({ method, path }) => method !== 'GET' && !READ_BY_POST.has(path));
    for (const { path, audit } of changing) expect({ path, audit: Array.isArray(audit) && audit.length > 0 }).toEqual({ path, audit: true });
  });

  it('C-10: what strangers try on accounts fails evenly, or says here why it need not', () => {
    const tried = endpoints.filter(({ access, request }) => access === 'public' && request?.body !== undefined);
    const uneven = tried.filter(({ failsEvenly }) => !failsEvenly).map(({ method, path }) => `${method} ${path}`);
    expect(uneven.sort()).toEqual(Object.keys(MAY_FAIL_UNEVENLY).sort());
    expect(tried.length - uneven.length).toBeGreaterThanOrEqual(6);
  });

  it('one code is one failure, over all tables', () => {
    const known = new Map<number, string>();
    for (const { key, code } of endpoints.flatMap(failuresOf)) expect(known.set(code, known.get(code) ?? key).get(code)).toBe(key);
  });

  it('a code of the server we replace means what it meant there', () => {
    // API.md §1: a path that is not there is not a thing that is not there.
    const renamed: Readonly<Record<string, string>> = { ROUTE_NOT_FOUND: 'NOT_FOUND' };
    for (const { key, code } of [...endpoints.flatMap(failuresOf), ...Object.values(httpErrors)]) {
      const meanings = REFERENCE_CODES[code]?.split('|');
      if (meanings) expect({ code, meanings }).toEqual({ code, meanings: expect.arrayContaining([renamed[key] ?? key]) });
    }
  });

  it('the documentation names every path', async () => {
    const { body } = await api.client.get('//api-docs.json');
    expect(body.openapi).toBe('3.1.0');
    for (const { endpoint, path } of paths) expect(body.paths[absolutePath(path, '/api/v1').replace(/:(\w+)/g, '{$1}')]).toHaveProperty(endpoint.method.toLowerCase());
  });

  it('the documentation says where a renewed session token may come (B-17)', async () => {
    const { body } = await api.client.get('//api-docs.json');
    for (const { endpoint, path } of paths) {
      const operation = body.paths[absolutePath(path, '/api/v1').replace(/:(\w+)/g, '{$1}')][endpoint.method.toLowerCase()];
      expect([path, 'X-Session-Token' in (operation.responses[endpoint.status ?? 200].headers ?? {})]).toEqual([path, endpoint.access !== 'public']);
    }
  });

  it('the documentation says what each operation needs, for people and for programs (D-01)', async () => {
    const { body } = await api.client.get('//api-docs.json');
    for (const { endpoint: { method, access }, path, name } of paths) {
      const operation = body.paths[absolutePath(path, '/api/v1').replace(/:(\w+)/g, '{$1}')][method.toLowerCase()];
      const [permission, group] = typeof access === 'string' ? [] : 'group' in access ? [undefined, access.group] : [access.permission];
      expect([name, operation.security.length > 0, operation['x-required-permission'], operation['x-required-group']]).toEqual([name, access !== 'public', permission, group]);
      expect([name, operation.description]).toEqual([name, expect.stringContaining(permission ?? group ?? (access === 'public' ? 'Public.' : 'Needs an access or session token.'))]);
    }
  });

  it('every reference in the documentation leads somewhere', async () => {
    const { text, body } = await api.client.get('//api-docs.json');
    const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!));
    expect(references).toContain('components/schemas/User');
    for (const path of references) expect([path, path.split('/').reduce((node, name) => node?.[name], body)]).toEqual([path, expect.any(Object)]);
  });
});

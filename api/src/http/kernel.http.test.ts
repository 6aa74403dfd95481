import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../i18n/language.js';
import { signUp, type Account } from '../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../test/harness.js';

let api: Api;
let person: Account;
beforeAll(async () => {
  api = await startApi();
  person = await signUp(api);
});
afterAll(() => api.close());

const LOGIN = '/auth/login-with-password';
const json = { 'Content-Type': 'application/json' };

/** Bytes as they are, and what comes back. */
function raw(bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.setTimeout(30_000, () => socket.destroy());
    socket.on('close', () => resolve(text)).on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)));
  });
}

describe('the one envelope', () => {
  it('an unknown path is 404, with the path and without the query', async () => {
    const answer = await api.client.get('/nope/%41?secret=1');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ success: false, error_key: 'ROUTE_NOT_FOUND', message: 'Route not found', path: '/api/v1/nope/%41', error: { code: 1004 } });
    expect(answer.text).not.toContain('secret');
  });

  it('gives every answer an id: the caller’s when it is sane, else a new one', async () => {
    const mine = await api.client.get('/health', { headers: { 'X-Request-Id': 'abc-12345' } });
    expect([mine.headers.get('x-request-id'), mine.body.id]).toEqual(['abc-12345', 'abc-12345']);
    for (const id of ['short', 'with space here', '<script>alert(1)</script>', 'x'.repeat(200)]) {
      const answer = await api.client.get('/health', { headers: { 'X-Request-Id': id } });
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.body.id).toBe(answer.headers.get('x-request-id'));
    }
  });

  it('every answer carries the security headers and none says what runs here', async () => {
    for (const path of ['/health', '/nope', '//api-docs.json', '/settings/profile']) {
      const { headers } = await api.client.get(path);
      expect(Object.fromEntries(headers)).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'strict-transport-security': expect.any(String), 'cache-control': 'no-store' });
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('D-14: spellings of a path reach the same decision', async () => {
    for (const path of ['/settings/profile/', '/SETTINGS/Profile', '/settings/profile?x=1', '/settings//profile', '/settings%2fprofile', '/settings/profile;x=1', '/./settings/profile', '/settings/profile/..']) {
      const answer = await api.client.get(path);
      expect([401, 404]).toContain(answer.status);
    }
    expect((await api.client.get('/SETTINGS/Profile/', { token: person.sessionToken })).status).toBe(200);
    expect((await api.client.send('HEAD', '/settings/profile')).status).toBe(401);
    expect((await api.client.send('GET', '/settings/profile', undefined, { headers: { 'X-HTTP-Method-Override': 'POST' } })).status).toBe(401);
  });

  it('D-14: the spelling of a path changes nothing of its answer', async () => {
    const changing = ['date', 'x-request-id', 'ratelimit-remaining', 'ratelimit-reset'];
    const told = async (path: string, options = {}) => {
      const { status, headers, body } = await api.client.get(path, options);
      return { status, headers: [...headers].filter(([name]) => !changing.includes(name)), data: body.data, error: body.error_key };
    };
    for (const options of [{}, { token: person.sessionToken }, { token: person.refreshToken }]) expect(await told('/settings/PROFILE', options)).toEqual(await told('/settings/profile', options));
  });

  it('OPTIONS says what a path allows', async () => {
    const answer = await api.client.send('OPTIONS', LOGIN);
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'POST']);
  });

  it('G-01: only listed origins get CORS headers', async () => {
    const allow = async (Origin: string) => (await api.client.get('/health', { headers: { Origin } })).headers.get('access-control-allow-origin');
    expect(await allow('http://localhost:3000')).toBe('http://localhost:3000');
    for (const origin of ['null', 'http://localhost:3000.evil.example', 'http://evil.localhost:3000', 'https://localhost:3000', 'http://localhost:30000', '*']) expect(await allow(origin)).toBeNull();
  });
});

describe('bodies', () => {
  it('E-14: malformed JSON is 400 without the parser’s words', async () => {
    for (const text of ['{', '{"a":}', '{"a":1}}', "{'a':1}", '\uFEFF{}', 'undefined', '{"a":NaN}']) {
      const answer = await api.client.send('POST', LOGIN, undefined, { raw: text, headers: json });
      expect(answer.status).toBe(400);
      expect(answer.text).not.toMatch(/Unexpected|position|JSON at|SyntaxError|node_modules/);
    }
  });

  it('E-14: a type it does not read is 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/octet-stream', 'application/json; charset=utf-16', 'nonsense']) {
      expect((await api.client.send('POST', LOGIN, undefined, { raw: '{"username":"a","password":"b"}', headers: { 'Content-Type': type } })).status).toBe(415);
    }
  });

  it('E-05: two hundred thousand levels are 400', async () => {
    for (const text of ['['.repeat(60_000), '{"a":'.repeat(12_000)]) expect((await api.client.send('POST', LOGIN, undefined, { raw: text, headers: json })).body.error_key).toBe('INVALID_REQUEST');
    const token = person.sessionToken;
    expect((await api.client.send('POST', LOGIN, undefined, { raw: '['.repeat(200_000), headers: json, token })).status).toBe(413);
  });

  it('E-06: a stranger may send 64 KB', async () => {
    const body = (length: number) => ({ username: 'a', password: 'x'.repeat(length) });
    expect((await api.client.post(LOGIN, body(60_000))).status).toBe(400);
    const tooLarge = await api.client.post(LOGIN, body(70_000));
    expect([tooLarge.status, tooLarge.body.error_key]).toEqual([413, 'REQUEST_TOO_LARGE']);
  });

  it('E-06: without a right, a body is not read at all', async () => {
    const head = `POST ${api.prefix}/auth/logout HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n`;
    const answer = await raw(head);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  it('E-07: a compressed body is 415, however small it looks', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, 'a'));
    for (const encoding of ['gzip', 'deflate', 'br', 'x']) {
      const answer = await fetch(`${api.url}${api.prefix}${LOGIN}`, { method: 'POST', body: bomb, headers: { ...json, 'Content-Encoding': encoding } });
      expect(answer.status).toBe(415);
    }
  });

  it('E-02, E-04: a NUL and a lone surrogate are 400 and name their field', async () => {
    for (const [text, code] of [['{"username":"a\\u0000b","password":"x"}', 'null_byte'], ['{"username":"\\ud800","password":"x"}', 'malformed_text']] as const) {
      const answer = await api.client.send('POST', LOGIN, undefined, { raw: text, headers: json });
      expect(answer.status).toBe(400);
      expect(answer.body.error.details.errors).toEqual([expect.objectContaining({ path: 'username', code })]);
    }
    expect((await api.client.send('POST', LOGIN, undefined, { raw: 'username=a%00&password=x', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status).toBe(400);
  });

  it('bytes that are no UTF-8 are 400, not replaced', async () => {
    const answer = await fetch(`${api.url}${api.prefix}${LOGIN}`, { method: 'POST', headers: json, body: Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]) });
    expect(answer.status).toBe(400);
  });

  it('E-03, E-08: names of the language’s own are names like any other and change nothing', async () => {
    for (const text of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"hasOwnProperty":1,"toString":1,"valueOf":1}']) {
      expect((await api.client.send('POST', '/auth/verify', undefined, { raw: text, headers: json })).status).toBe(400);
    }
    for (const form of ['__proto__[polluted]=1', 'constructor[prototype][polluted]=1', '__proto__=1']) {
      expect((await api.client.send('POST', '/auth/verify', undefined, { raw: form, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status).toBe(400);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('E-09: lists and objects where one value is meant are 400', async () => {
    for (const body of [{ username: ['a'], password: 'x' }, { username: { $ne: '' }, password: 'x' }, { username: 'a', password: ['x'] }]) expect((await api.client.post(LOGIN, body)).status).toBe(400);
    expect((await api.client.send('POST', LOGIN, undefined, { raw: 'username=a&username=b&password=x', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status).toBe(400);
  });

  it('E-09: a form says lists and truth values in the ways of forms, where the body means them and nowhere else', async () => {
    const admin = (await api.client.post(LOGIN, { username: ADMIN.email, password: ADMIN.password })).body.data.session_token;
    const send = (method: string, path: string, raw: string) => api.client.send(method, path, undefined, { token: admin, raw, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    const made = await send('POST', '/groups', 'name=Sent+by+form&codename=by_form&is_active=false&is_system=true');
    expect([made.status, made.body.data?.group.is_active, made.body.data?.group.is_system]).toEqual([201, false, true]);
    const path = `/groups/${made.body.data.group.group_id}/permissions`;
    for (const [form, granted] of [
      ['permission_codenames=view_user', ['view_user']],
      ['permission_codenames=view_user&permission_codenames=add_upload', ['add_upload', 'view_user']],
      ['permission_codenames[]=edit_user', ['edit_user']],
      ['permission_codenames%5B0%5D=edit_user&permission_codenames[1]=view_user&permission_codenames=view_group', ['edit_user', 'view_group', 'view_user']],
    ] as const) {
      const answer = await send('POST', path, form);
      expect([form, answer.status, answer.body.data?.group.permissions.map(({ codename }: { codename: string }) => codename).sort()]).toEqual([form, 200, granted]);
    }
    for (const form of ['permission_codenames[x]=view_user', 'permission_codenames[0][y]=view_user', '__proto__[]=view_user', 'permission_codenames=view_user&permission_codenames[]=view_user', '[]=x']) {
      expect([form, (await send('POST', path, form)).status]).toEqual([form, 400]);
    }
    for (const flag of ['1', 'TRUE', 'on', '', 'toString']) expect([flag, (await send('PUT', `/groups/${made.body.data.group.group_id}`, `is_active=${flag}`)).status]).toEqual([flag, 400]);
    expect((await send('PUT', `/groups/${made.body.data.group.group_id}`, 'description=true')).body.data.group.description).toBe('true');
  });

  it('lists every field that is wrong, with a code, and the joined string', async () => {
    const { body } = await api.client.post('/auth/verify', { channel: 'x', otp: 1, extra: true });
    expect(body.error.details.errors.map(({ path, code }: { path: string; code: string }) => `${path} ${code}`).sort()).toEqual(['channel invalid_value', 'extra unrecognized_key', 'otp invalid_type', 'user_id required']);
    expect(body.error.details.error).toContain('user_id: ');
  });

  it.each([
    ['nobody knows', '""'],
    ['hold hostile text', '"\\u0000"'],
  ])('E-06: names a hundred fields of the many that %s, and answers with little', async (_what, value) => {
    const many = (count: number) => `{${Array.from({ length: count }, (_, index) => `"k${index}":${value}`).join(',')},"user_id":1,"first_name":1}`;
    for (const [method, path, raw, token, known] of [['POST', '/auth/verify', many(3_500), undefined, 'user_id'], ['PUT', '/settings/profile', many(200_000), person.sessionToken, 'first_name']] as const) {
      const answer = await api.client.send(method, path, undefined, { raw, headers: json, ...(token && { token }) });
      expect([path, answer.status, answer.body.error.details.errors.length]).toEqual([path, 400, 100]);
      expect(answer.text.length).toBeLessThan(32 * 1024);
      if (value === '""') expect(answer.body.error.details.errors.map((issue: { path: string }) => issue.path)).toContain(known);
    }
  });
});

describe('connections that speak no HTTP', () => {
  it('G-10: oversized headers are 431, nonsense is 400, each in the envelope', async () => {
    const large = await raw(`GET /health HTTP/1.1\r\nHost: x\r\nX-Big: ${'a'.repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 [\s\S]*"error_key":"HEADERS_TOO_LARGE"/);
    for (const bytes of ['NONSENSE\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n', 'GET / HTTP/1.1\r\nHost : x\r\n\r\n']) expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"success":false/);
  });

  it('A-16: a token of a megabyte is refused by its size', async () => {
    expect(await raw(`GET ${api.prefix}/settings/profile HTTP/1.1\r\nHost: x\r\nX-Session-Token: ${'a'.repeat(1_000_000)}\r\n\r\n`)).toMatch(/^(HTTP\/1\.1 431 |$)/);
    expect((await api.client.get('/settings/profile', { token: 'a'.repeat(9_000) })).status).toBe(401);
  });

  it('A-17: a credential that is sent twice is no credential', async () => {
    for (const [name, value] of [['X-Session-Token', person.sessionToken], ['Authorization', `Bearer ${person.accessToken}`]] as const) {
      const once = await raw(`GET ${api.prefix}/settings/profile HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${name}: ${value}\r\n\r\n`);
      const twice = await raw(`GET ${api.prefix}/settings/profile HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${name}: ${value}\r\n${name}: ${value}\r\n\r\n`);
      expect([once.slice(9, 12), twice.slice(9, 12)]).toEqual(['200', '401']);
    }
  });

  it('G-06: two lengths or a length and chunks are 400', async () => {
    for (const headers of ['Content-Length: 5\r\nContent-Length: 6', 'Content-Length: 5\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: chunked, identity']) {
      expect(await raw(`POST ${api.prefix}${LOGIN} HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\nhello`)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('G-10: CONNECT is refused', async () => {
    expect(await raw('CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('E-01: a path that cannot be decoded is 4xx', async () => {
    for (const path of ['/%', '/%zz', '/settings/%00', '/%c0%af']) expect([400, 404]).toContain((await api.client.get(path)).status);
  });
});

describe('languages', () => {
  it.each(LANGUAGES.map((language) => [language]))('%s: message, reason and hint are translated, keys and codes are not', async (language) => {
    const english = await api.client.get('/settings/profile');
    const answer = await api.client.get('/settings/profile', { headers: { 'X-Lang': language } });
    expect(answer.body.error_key).toBe(english.body.error_key);
    expect(answer.body.error.code).toBe(english.body.error.code);
    if (language !== 'en') expect(answer.body.message).not.toBe(english.body.message);
  });

  it('?lang= wins over X-Lang, that over the account’s, that over Accept-Language', async () => {
    await api.sql(`UPDATE "user" SET language = 'fr' WHERE user_id = $1`, [person.userId]);
    await api.context.changes.settled();
    const said = async (path: string, headers: Record<string, string> = {}) => (await api.client.get(path, { token: person.sessionToken, headers })).body.message as string;
    const { translator } = api.context;
    const expected = (language: (typeof LANGUAGES)[number]) => translator.message(language, 'profile_fetched');
    expect(await said('/settings/profile?lang=de', { 'X-Lang': 'es', 'Accept-Language': 'ar' })).toBe(expected('de'));
    expect(await said('/settings/profile', { 'X-Lang': 'es', 'Accept-Language': 'ar' })).toBe(expected('es'));
    expect(await said('/settings/profile', { 'Accept-Language': 'ar' })).toBe(expected('fr'));
    expect(await said('/settings/profile?lang=ind')).toBe(expected('id'));
  });

  it('E-23: hostile languages are English', async () => {
    for (const language of ['__proto__', 'constructor', 'x'.repeat(8_000), '../../en', '*;q=9', '\u00e9']) {
      const answer = await api.client.get('/nope', { headers: { 'Accept-Language': language, 'X-Lang': language } });
      expect([answer.status, answer.body.message]).toEqual([404, 'Route not found']);
    }
    expect((await api.client.get('/nope?lang=a&lang=b&lang[]=c')).body.message).toBe('Route not found');
  });
});

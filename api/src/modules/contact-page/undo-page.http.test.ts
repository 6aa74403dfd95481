import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { direction, LANGUAGES } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { hashUndoToken } from '../contacts/undo-token.js';

const PAGE = '/settings/undo-contact-change';
const FILES = ['/undo-page.css', '/undo-page.client.js', '/undo-page.svg'];
const TOKEN = 'Vd3x-tokenOfThisTest_0123456789abcdefghijkl';
const translator = createTranslator();

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('200', () => {
  it.each(LANGUAGES)('GET in %s, by ?lang= and by Accept-Language', async (language) => {
    for (const answer of [await api.client.get(`${PAGE}?token=${TOKEN}&lang=${language}`), await api.client.get(`${PAGE}?token=${TOKEN}`, { headers: { 'Accept-Language': `${language},en;q=0.1` } })]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('content-language')).toBe(language);
      expect(answer.text).toContain(`<html lang="${language}" dir="${direction(language)}">`);
      for (const part of ['heading', 'intro', 'restored', 'signed_out', 'password', 'no_script'] as const) expect(answer.text).toContain(`>${translator.text(language, `contact_page.${part}`)}<`);
      expect(answer.text).toContain(`>${translator.text(language, 'mail.undo.button')}</button>`);
    }
  });

  it('A-18: tells the address to nobody: no cache, no referrer, no search engine, no frame, nothing inline', async () => {
    const answer = await api.client.get(`${PAGE}?token=${TOKEN}`);
    const header = (name: string) => answer.headers.get(name);
    expect(header('cache-control')).toBe('no-store');
    expect(header('referrer-policy')).toBe('no-referrer');
    expect(header('x-robots-tag')).toMatch(/^noindex/);
    expect(header('x-frame-options')).toBe('DENY');
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('content-security-policy')).toBe("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    expect(header('set-cookie')).toBeNull();
    expect(answer.text).not.toMatch(/<style|style=|<script(?! type="module" src=)|\son\w+=|<form|https?:/);
  });

  it.each(FILES)('%s is served for the page', async (name) => {
    const answer = await api.client.get(`${PAGE}${name}`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(answer.headers.get('content-type')).toMatch(/^(text\/css|text\/javascript|image\/svg\+xml); charset=utf-8$/);
    expect((await api.client.get(PAGE)).text).toContain(`="${api.prefix}${PAGE}${name}"`);
  });

  it('HEAD is GET without the body', async () => {
    const [get, head] = [await api.client.get(PAGE), await api.client.send('HEAD', PAGE)];
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', get.headers.get('content-length')]);
  });

  it.each(['/', '/?token=x'])('is the same page with %s at the end of its path, and in capitals', async (end) => {
    for (const path of [`${PAGE}${end}`, `${PAGE.toUpperCase()}${end}`]) expect((await api.client.get(path)).text).toBe((await api.client.get(PAGE)).text);
  });

  it('is there in production too, below the prefix', async () => {
    const production = await startApi({ beside: api, env: { API_MODE: 'production', MODE: 'prod/v1', BCRYPT_SALT_ROUNDS: '10' } });
    const answer = await production.client.get(PAGE);
    expect([production.prefix, answer.status]).toEqual(['/prod/v1', 200]);
    expect(answer.text).toContain('data-action="/prod/v1/settings/undo-contact-change"');
    await production.close();
  });
});

describe('a GET', () => {
  it('C-16: changes nothing, however often a link preview comes', async () => {
    const account = await signUp(api);
    await api.sql(`INSERT INTO contact_change (user_id, kind, old_value, new_value, token_hash, expires_at) VALUES ($1, 'email', 'old@example.com', 'new@example.com', $2, now() + interval '72 hours')`, [account.userId, hashUndoToken(TOKEN)]);
    const everything = () => api.sql(`SELECT (SELECT json_agg(c) FROM contact_change c) AS changes, (SELECT json_agg(u ORDER BY user_id) FROM "user" u) AS users, (SELECT count(*)::int FROM activity_log) AS activity, (SELECT json_agg(s ORDER BY session_id) FROM session s) AS sessions`);
    const before = await everything();
    const headers = { 'User-Agent': 'facebookexternalhit/1.1', 'X-Purpose': 'preview' };
    for (const method of ['GET', 'HEAD', 'GET']) expect((await api.client.send(method, `${PAGE}?token=${TOKEN}`, undefined, { headers })).status).toBe(200);
    expect(await everything()).toEqual(before);
  });

  it('says the same whatever the token: nobody learns from it which are good', async () => {
    const page = (await api.client.get(PAGE)).text;
    for (const token of [TOKEN, 'x', '', '%00', '%zz', '"><script>alert(1)</script>', 'a&token=b', 'x'.repeat(6_000)]) expect((await api.client.get(`${PAGE}?token=${token}`)).text).toBe(page);
  });

  it('A-18: its token is in no log', async () => {
    await api.client.get(`${PAGE}?token=${TOKEN}&lang=de`);
    await api.client.send('DELETE', `${PAGE}?token=${TOKEN}`);
    await until(() => api.logText().includes(`"method":"DELETE","path":"${api.prefix}${PAGE}"`), 30_000);
    expect(api.logText()).not.toContain(TOKEN);
  });

  it('G-11: is the same whatever the host is said to be', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(api.url);
      httpRequest({ hostname, port, path: `${api.prefix}${PAGE}`, headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Prefix': '/evil' } }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => resolve(text));
      }).on('error', reject).end();
    });
    expect(answer).toBe((await api.client.get(PAGE)).text);
  });

  it('E-23: a language that is none is no language', async () => {
    for (const lang of ['__proto__', '"><script>', 'xx', 'en\u0000']) expect((await api.client.get(`${PAGE}?lang=${encodeURIComponent(lang)}`)).text).toContain('<html lang="en" dir="ltr">');
  });

  it('with a credential that is bad shows the page all the same', async () => {
    expect((await api.client.get(PAGE, { token: 'nonsense' })).status).toBe(200);
  });
});

describe('404 and 405', () => {
  it.each(['PUT', 'PATCH', 'DELETE'])('%s: 405 that names all the methods of the path', async (method) => {
    const answer = await api.client.send(method, PAGE);
    expect([answer.status, answer.body.error_key, answer.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'GET, HEAD, POST']);
  });

  it('OPTIONS names them too', async () => {
    const answer = await api.client.send('OPTIONS', PAGE);
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST']);
  });

  it('POST is none of the page\'s: the table of endpoints answers it', async () => {
    for (const path of [PAGE, `${PAGE}/`, PAGE.toUpperCase()]) {
      const answer = await api.client.post(path, {});
      expect(answer.body).toMatchObject({ success: false, error: { id: answer.headers.get('x-request-id') } });
      expect(answer.body.error_key).not.toBe('METHOD_NOT_ALLOWED');
    }
  });

  it.each(FILES)('%s takes no POST', async (name) => {
    const answer = await api.client.post(`${PAGE}${name}`, {});
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it.each(['/nothing', '/undo-page.html.ts', '/../profile.ts', '/%2e%2e/undo-page.ts', 's', '-x'])('there is nothing at %s', async (end) => {
    expect((await api.client.get(`${PAGE}${end}`)).status).toBe(404);
  });
});

import { describe, expect, it } from '@jest/globals';
import { maskText, shorten } from './mask-text.js';

const JWT = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0NGVjMGIxYSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWc';
const HASH = '$2b$12$abcdefghijklmnopqrstuuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01';

describe('maskText (H-03, C-06, C-21, ASVS 16.2.5)', () => {
  it.each([
    ['a database address keeps user and host', 'connect postgresql://app:hunter2@db:5432/x failed', 'connect postgresql://app:***@db:5432/x failed'],
    ['a password with @, : and / in it', 'postgres://app:p@ss:w/rd@db/x', 'postgres://app:***@db/x'],
    ['a Redis address without a user', 'redis://:hunter2@127.0.0.1:6379', 'redis://:***@127.0.0.1:6379'],
    ['a web address with credentials', 'GET https://user:hunter2@example.com/x', 'GET https://***@example.com/x'],
    ['a web address whose user is the token', 'https://ghp_0123456789@example.com/x', 'https://***@example.com/x'],
    ['a query string', 'fetch https://example.com/a/b?otp=123456&x=1 done', 'fetch https://example.com/a/b?*** done'],
    ['a fragment', 'https://example.com/#access_token=abcdefgh', 'https://example.com/?***'],
    ['the query string of a path', 'GET /auth/verify?otp=123456', 'GET /auth/verify?***'],
    ['a JSON web token', `bad token ${JWT}.`, 'bad token ***'],
    ['a JSON web token that was cut', `bad token ${JWT.slice(0, 60)}`, 'bad token ***'],
    ['any other token of three parts', 'x=AAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBB.CCCCCCCCCCCCCCCCCCCC', 'x=***'],
    ['a bcrypt hash', `row (${HASH})`, 'row (***)'],
    ['a bcrypt hash of ours', `row ($bcrypt-sha384$${HASH})`, 'row (***)'],
    ['credentials of an Authorization header', 'Authorization Bearer abcdef123456', 'Authorization Bearer ***'],
    ['Basic credentials', 'Basic dXNlcjpwYXNzd29yZA==', 'Basic ***'],
    ['a password in JSON', 'body {"password":"my secret","a":1}', 'body {"password":"***","a":1}'],
    ['a password in escaped JSON', String.raw`{\"password\":\"hunter2\"}`, String.raw`{\"password\":\"***"`],
    ['a password as printed by an ORM', 'data: { password: "hunter2", name: "x" }', 'data: { password: "***", name: "x" }'],
    ['an assignment', 'otp=123456&refresh_token=abc', 'otp=***&refresh_token=***'],
    ['an e-mail address', 'no account john.doe+a@example.com here', 'no account j***@example.com here'],
    ['an e-mail address in a path', '/users/john%40example.com', '/users/j***%40example.com'],
    ['an international e-mail address', 'josé@exämple.com', 'j***@exämple.com'],
    ['a phone number', 'sent to +491512345678', 'sent to +***78'],
  ])('hides %s', (_what, text, masked) => {
    expect(maskText(text)).toBe(masked);
  });

  it.each([
    'Unexpected token } in JSON at position 4',
    'at handle (file:///srv/app/dist/http/guard.js:12:34)',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'Basic authentication is not offered',
    '44ec0b1a-8b86-4011-b42d-00c04fc964ff',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)',
    '2026-01-01T00:00:00.000+0100',
    '/api/v1/settings/profile',
    'postgresql://db:5432/app',
  ])('leaves alone what is no secret: %s', (text) => {
    expect(maskText(text)).toBe(text);
  });

  it('costs little CPU time on texts made to be slow (E-16)', () => {
    const hostile = ['a', '/', '@', '.', 'a.', '://', 'a://', 'a@', '"password":"', "password='", 'eyJ', '-', '?', '=', '$2b$12$', '+1', 'https://', 'postgres://u:', ' /', '%40', 'Bearer '];
    for (const unit of hostile) {
      // Ten times what the walk over values hands over: a pattern that looks back and forth would take seconds for it.
      const text = `${unit.repeat(20_000 / unit.length)}?`;
      const before = process.cpuUsage();
      maskText(text);
      expect({ unit, slow: process.cpuUsage(before).user > 500_000 }).toEqual({ unit, slow: false });
    }
  });
});

describe('shorten', () => {
  it('cuts where a word ends, so that half a secret is never shown', () => {
    const text = `${'word '.repeat(20)}john.doe@example.com`;
    expect(shorten(text, 110)).toBe(`${'word '.repeat(20)}… (20 more)`);
  });

  it('cuts a text without any boundary too', () => {
    expect(shorten('x'.repeat(1_000), 500)).toBe(`${'x'.repeat(200)}… (800 more)`);
  });
});

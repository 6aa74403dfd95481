import { describe, expect, it } from '@jest/globals';
import { LANGUAGES, type Language } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { momentText } from './moment.js';
import { renderSessionNotice, type SessionNoticeFacts } from './session-notice.js';

const translator = createTranslator();
const facts = (change: Partial<SessionNoticeFacts> = {}): SessionNoticeFacts => ({
  kind: 'new_device',
  language: 'en',
  timezone: null,
  at: '2026-11-21T13:28:05.000Z',
  client: { device: 'Mobile', browser: 'Safari', os: 'iOS' },
  ip: '203.0.113.7',
  appName: 'Tessera',
  supportEmail: 'help@example.org',
  ...change,
});
const render = (change: Partial<SessionNoticeFacts> = {}) => renderSessionNotice(translator, facts(change));

describe('a notice about sessions', () => {
  it('says when, from which device and address, and what to do', () => {
    expect(render()).toMatchObject({ subject: 'New sign-in to your Tessera account' });
    expect(render().text).toBe(
      `A sign-in from a new device

Somebody signed in to your account from a device that you have not used before.

Time: 21 November 2026 at 13:28 UTC
Device: Safari · iOS · Mobile
IP address: 203.0.113.7

If it was you, you need not do anything. If it was not you, change your password and sign out everywhere.

-- \nTessera sends this message automatically to protect your account.
help@example.org
`,
    );
  });

  it('of a theft names the session that ended, and whoever used its token again', () => {
    const { text, subject } = render({ kind: 'session_stolen', session: { device: 'Desktop', browser: 'Firefox', os: 'Linux' } });
    expect(subject).toBe('Security notice: a session of your Tessera account was ended');
    expect(text).toContain('Session that was ended: Firefox · Linux · Desktop\nUsed again from: Safari · iOS · Mobile\nIP address: 203.0.113.7\n');
    expect(text).toContain('change your password and sign out everywhere');
  });

  it.each(LANGUAGES)('in %s has every sentence of the catalogue, in its direction', (language) => {
    for (const kind of ['new_device', 'session_stolen'] as const) {
      const { subject, text, html } = render({ kind, language, session: { device: null, browser: null, os: null } });
      const say = (part: 'subject' | 'heading' | 'text' | 'advice') => translator.text(language, `mail.${kind}.${part}`, { app: 'Tessera' });
      expect(subject).toBe(say('subject'));
      for (const part of ['heading', 'text', 'advice'] as const) expect(text).toContain(say(part));
      expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
      expect(html).toContain('<bdi>203.0.113.7</bdi>');
      expect(text).not.toContain('…');
    }
  });

  it('says unknown where a client says nothing', () => {
    expect(render({ client: { device: null, browser: null, os: null }, ip: null }).text).toContain('Device: Unknown\nIP address: Unknown\n');
  });

  const HOSTILE = [
    'evil.example/login', 'https://evil.example', 'Chrome\r\nBcc: victim@example.com', 'a@b.example', '<img src=x onerror=alert(1)>', '$& $1 {{app}} $t(mail.subject)', '\u202Egnp.exe', 'x'.repeat(10_000), '\u0000\u0007', "'; DROP TABLE session; --",
  ];
  it.each(HOSTILE)('E-21: what a client calls itself (%j) becomes neither link, address, markup nor line', (evil) => {
    const { subject, text, html } = render({ kind: 'session_stolen', client: { device: evil, browser: evil, os: evil }, session: { device: evil, browser: evil, os: evil }, ip: evil });
    const clean = render({ kind: 'session_stolen', session: { device: 'Mobile', browser: 'Safari', os: 'iOS' } });
    expect(subject).toBe(clean.subject);
    expect(text.split('\n')).toHaveLength(clean.text.split('\n').length);
    const said = text.split('\n').filter((line) => /^(Session that|Used again)/.test(line)).map((line) => line.slice(line.indexOf(': ') + 2));
    expect(said).toHaveLength(2);
    for (const value of said) {
      expect(value).toMatch(/^[\p{L}\p{M}\p{N} ·+-]*$/u);
      expect(value.length).toBeLessThan(130);
    }
    expect(text).toContain('IP address: Unknown');
    expect(html).not.toMatch(/<img|onerror=|evil\.example|Bcc:|\u202e/);
  });

  it.each(['203.0.113.7', '2001:db8::1', '::ffff:203.0.113.7'])('shows the address %s', (ip) => expect(render({ ip }).text).toContain(`IP address: ${ip}\n`));
  it.each(['fe80::1%evil.example', 'unknown', '203.0.113.7, evil', 'x'.repeat(45)])('shows %s for no address', (ip) => expect(render({ ip }).text).toContain('IP address: Unknown\n'));
});

describe('a moment', () => {
  const at = new Date('2026-11-21T23:28:05Z');
  it.each([
    ['en', 'Asia/Jakarta', '22 November 2026 at 06:28 GMT+7'],
    ['en', 'UTC', '21 November 2026 at 23:28 UTC'],
    ['de', 'Europe/Berlin', '22. November 2026 um 00:28 MEZ'],
  ] as [Language, string, string][])('in %s and %s is %s', (language, timezone, text) => expect(momentText(at, language, timezone)).toBe(text));

  it.each([null, '', 'Mars/Olympus', '__proto__', "UTC'; --", '\u0000', 'x'.repeat(10_000)])('takes %j for no time zone', (timezone) => {
    expect(momentText(at, 'en', timezone)).toBe('21 November 2026 at 23:28 UTC');
  });

  it.each(['en', 'ar', 'fr', 'es', 'de', 'id'] as Language[])('has Western digits and our calendar in %s', (language) => {
    expect(momentText(at, language, 'UTC')).toMatch(/21.*2026.*23[:.]28/);
  });
});

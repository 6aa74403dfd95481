import { describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { renderAccountNotice, renderAccountText, type AccountNotice, type AccountNoticeKind } from './account-notice.js';

const translator = createTranslator();
const KINDS: AccountNoticeKind[] = ['password_changed', 'password_set', 'email_changed', 'phone_changed', 'account_deactivated', 'account_deleted', 'account_restored', 'account_suspended', 'account_unsuspended', 'account_removed'];
const CHANGES = ['email_changed', 'phone_changed'] as const;
const undo = { url: 'https://accounts.example.com/api/v1/settings/undo-contact-change?token=abc-_123', until: '2026-11-24T13:28:05.000Z' };
const notice = (kind: AccountNoticeKind, more: Partial<AccountNotice> = {}): AccountNotice => ({
  kind, channel: 'email', to: 'mina@example.com', language: 'en', timezone: 'UTC', at: '2026-11-21T13:28:05.000Z', client: { device: 'Mobile', browser: 'Safari', os: 'iOS' }, ip: '203.0.113.7', value: 'm***@new.example', until: '2026-12-21T13:28:05.000Z', ...more,
});
const sender = { appName: 'Tessera', supportEmail: 'help@example.org' };
const mail = (kind: AccountNoticeKind, more: Partial<AccountNotice> = {}) => renderAccountNotice(translator, notice(kind, more), sender);
const sms = (kind: AccountNoticeKind, more: Partial<AccountNotice> = {}) => renderAccountText(translator, notice(kind, more), sender);

describe('the notice of a change of contact', () => {
  it('says the new address, who did it, and how to take it back', () => {
    const { subject, text } = mail('email_changed', { undo });
    expect(subject).toBe('The e-mail address of your Tessera account was changed');
    expect(text).toBe(
      `Your e-mail address was changed

The new address of your account is m***@new.example. From now on it can be used to sign in.

Time: 21 November 2026 at 13:28 UTC
Device: Safari · iOS · Mobile
IP address: 203.0.113.7

If it was not you, undo the change. All devices are signed out then.

Undo this change: ${undo.url}&lang=en

The change can be undone until 24 November 2026 at 13:28 UTC.

-- \nTessera sends this message automatically to protect your account.
help@example.org
`,
    );
  });

  it.each(LANGUAGES)('in %s has a button, to a page in that language', (language) => {
    for (const kind of CHANGES) {
      const { html } = mail(kind, { language, undo });
      const [, href] = /<a class="button" href="([^"]*)"/.exec(html)!;
      expect(href!.replaceAll('&amp;', '&')).toBe(`${undo.url}&lang=${language}`);
      expect(html).toContain(`>${translator.text(language, 'mail.undo.button')}</a>`);
    }
  });

  it.each(LANGUAGES)('in %s names support where there is nothing to press', (language) => {
    for (const kind of CHANGES) {
      const { text, html } = mail(kind, { language });
      expect(text).not.toContain(translator.text(language, `mail.${kind}.advice`));
      expect(text).toContain(translator.text(language, 'mail.undo.support_at', { address: language === 'ar' ? '\u2066help@example.org\u2069' : 'help@example.org' }));
      expect(html).not.toContain('<a ');
      const unnamed = renderAccountNotice(translator, notice(kind, { language }), { appName: 'Tessera' });
      expect(unnamed.text).toContain(translator.text(language, 'mail.undo.support'));
    }
  });

  it('as a text message has the link, else support', () => {
    expect(sms('phone_changed', { undo })).toBe(`Tessera: the phone number of your account was changed. Not you? Undo it: ${undo.url}`);
    expect(sms('phone_changed')).toBe('Tessera: the phone number of your account was changed. Not you? Contact support: help@example.org');
    expect(renderAccountText(translator, notice('email_changed'), { appName: 'Tessera' })).toBe('Tessera: the e-mail address of your account was changed. Not you? Contact support.');
  });

  it('sets the new number apart in Arabic, where +49 would be read as 49+', () => {
    expect(mail('phone_changed', { language: 'ar', value: '+49***42' }).text).toContain(' \u2066+49***42\u2069،');
    expect(mail('phone_changed', { language: 'ar', value: '+49***42' }).html).toContain(' \u2066+49***42\u2069،');
    expect(mail('phone_changed', { language: 'de', value: '+49***42' }).text).toContain(' +49***42.');
  });
});

describe('every notice', () => {
  it.each(LANGUAGES)('in %s is whole: every sentence, nothing missing', (language) => {
    for (const kind of KINDS) {
      const { subject, text, html } = mail(kind, { language, undo: kind.endsWith('_changed') && kind !== 'password_changed' ? undo : undefined });
      expect(subject).toBe(translator.text(language, `mail.${kind}.subject`, { app: 'Tessera' }));
      expect(text).toContain(translator.text(language, `mail.${kind}.advice`, { app: 'Tessera' }));
      expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
      for (const said of [subject, text, html, sms(kind, { language })]) expect(said).not.toMatch(/…|\{\{|undefined|null/);
    }
  });

  it.each(LANGUAGES)('in %s the end of a deleted account says its day, over both channels', (language) => {
    const day = /2[12].*2026/;
    const at = { language, at: '2025-01-05T00:00:00Z' };
    expect(mail('account_deleted', at).text).toMatch(day);
    expect(sms('account_deleted', at)).toMatch(day);
  });
});

describe('E-21: what strangers chose', () => {
  const HOSTILE = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', '$& $1 $` {{app}} {{value}} $t(mail.undo.button)', 'a\r\nBcc: victim@example.com\r\n\r\nhello', '\u202Emoc.live\u202C', '\u2069\u2067evil\u2066', 'x\u2028y\u0000z\u0007', '\ud800', 'x'.repeat(10_000), '&lt;b&gt;', '__proto__'];
  it.each(HOSTILE)('%j becomes neither markup, template, header, line nor direction', (evil) => {
    for (const language of ['en', 'ar'] as const) {
      for (const kind of KINDS) {
        const clean = mail(kind, { language, undo });
        const said = mail(kind, { language, undo, value: evil, ip: evil, timezone: evil, client: { device: evil, browser: evil, os: evil } });
        expect(said.subject).toBe(clean.subject);
        expect(said.text.split('\n')).toHaveLength(clean.text.split('\n').length);
        expect(said.html.match(/<[a-z/!][^>]*>/gi)).toEqual(clean.html.match(/<[a-z/!][^>]*>/gi));
        for (const written of [said.text, said.html, sms(kind, { language, value: evil })]) {
          expect(written).not.toMatch(/(?!\n)\p{Cc}|[\u2028\u202a-\u202e\u2067\u2068]/u);
          expect(written.isWellFormed()).toBe(true);
          // Every isolate that is opened is closed, and none holds another.
          expect(written.replace(/[^\u2066\u2069]/g, '')).toMatch(/^(\u2066\u2069)*$/);
          expect(written.length).toBeLessThan(12_000);
        }
      }
    }
  });

  it('a template that a value holds stays what it is', () => {
    expect(mail('email_changed', { value: '{{app}} $& $t(mail.undo.button)' }).text).toContain('is {{app}} $& $t(mail.undo.button). From');
  });

  it('a button leads nowhere but to the web', () => {
    for (const url of ['javascript:alert(1)', 'data:text/html,x']) expect(() => mail('email_changed', { undo: { ...undo, url } })).toThrow(TypeError);
  });
});

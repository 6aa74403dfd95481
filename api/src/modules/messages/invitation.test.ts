import { describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { renderInvitation, renderInvitationText } from './invitation.js';

const translator = createTranslator();
const sender = { appName: 'Tessera', supportEmail: 'help@example.org' };
const url = 'https://app.example.org/sign-up?from=mail';
const facts = { language: 'en' as const, until: '2026-12-05T23:30:00.000Z', timezone: 'Asia/Kathmandu' };

describe('an invitation', () => {
  it('says what it is for, where to sign up and until when, in the time zone of the server', () => {
    expect(renderInvitation(translator, { ...facts, url }, sender)).toMatchObject({ subject: 'You are invited to Tessera' });
    expect(renderInvitation(translator, { ...facts, url }, sender).text).toBe(
      `You are invited

An account in Tessera is waiting for you. Sign up with this address and the one-time code that is sent to it: then the account is yours.

Sign up: ${url}

The invitation is good until 6 December 2026 at 05:15 GMT+5:45.

If you did not expect this invitation, you can ignore this message.

-- \nThis message was sent automatically by Tessera.
help@example.org
`,
    );
  });

  it.each(LANGUAGES)('in %s is whole, with a button where there is a page to go to, and without a link where there is none', (language) => {
    const [linked, plain] = [renderInvitation(translator, { ...facts, language, url }, sender), renderInvitation(translator, { ...facts, language }, { appName: 'Tessera' })];
    expect(linked.html).toContain(`<a class="button" href="${url}"`);
    expect(linked.html).toContain(`>${translator.text(language, 'mail.invitation.button')}</a>`);
    expect(plain.html).not.toContain('<a ');
    const texts = [renderInvitationText(translator, { ...facts, language, url }, sender), renderInvitationText(translator, { ...facts, language }, sender)];
    expect(texts.map((text) => text.includes(url))).toEqual([true, false]);
    for (const said of [linked.subject, linked.text, linked.html, plain.subject, plain.text, plain.html, ...texts]) expect(said).not.toMatch(/…|\{\{|undefined|null/);
    for (const { html, text } of [linked, plain]) {
      expect(html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
      expect([text, ...texts].every((words) => words.includes('2026'))).toBe(true);
    }
    // Else it would be sent in pieces of 70 characters, and paid so.
    if (language !== 'ar') for (const text of texts) expect(text).toMatch(/^[\x20-\x7e£¥èéùìòÇØøÅåÆæßÉ¤¡ÄÖÑÜ§¿äöñüà]*$/);
  });

  it('leads nowhere but to the web', () => {
    expect(() => renderInvitation(translator, { ...facts, url: 'javascript:alert(1)' }, sender)).toThrow(TypeError);
  });
});

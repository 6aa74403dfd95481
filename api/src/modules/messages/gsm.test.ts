import { describe, expect, it } from '@jest/globals';
import { LANGUAGES, type Language } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { renderAccountText, type AccountNotice, type AccountNoticeKind } from './account-notice.js';
import { toGsm } from './gsm.js';

/** 3GPP TS 23.038 §6.2.1: the basic table, and the letters that take two places. */
const BASIC = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENDED = '^{}\\[~]|€';

const translator = createTranslator();
const SENDER = { appName: 'Tessera', supportEmail: 'support@tessera.example.com' };
const URL_OF_UNDO = `https://accounts.example.com/api/v1/settings/undo-contact-change?token=${'A-_x'.repeat(11).slice(0, 43)}`;
const KINDS: AccountNoticeKind[] = ['password_changed', 'password_set', 'email_changed', 'phone_changed', 'account_deactivated', 'account_deleted', 'account_restored', 'account_suspended', 'account_unsuspended', 'account_removed'];
/** The longest name of a month that each language has, in a zone with a long name. */
const notice = (kind: AccountNoticeKind, language: Language, more: Partial<AccountNotice> = {}): AccountNotice => ({
  kind, channel: 'sms', to: '+4915112345678', language, timezone: 'America/Sao_Paulo', at: '2026-08-21T13:28:00Z', client: { device: null, browser: null, os: null }, ip: null, value: '+49***42', until: '2026-09-20T23:28:00Z', ...more,
});
const texts = (language: Language, more: Partial<AccountNotice> = {}) => KINDS.map((kind) => renderAccountText(translator, notice(kind, language, more), SENDER));
const foreign = (text: string) => [...text].filter((letter) => !BASIC.includes(letter) && !EXTENDED.includes(letter));
const septets = (text: string) => [...text].reduce((length, letter) => length + (EXTENDED.includes(letter) ? 2 : 1), 0);
const oneTimeCode = (language: Language) => translator.text(language, 'sms.one_time_code', { code: '042137', app: 'Tessera', minutes: 10 });

const GSM_LANGUAGES = LANGUAGES.filter((language) => language !== 'ar');

describe('a text message', () => {
  it.each(GSM_LANGUAGES)('in %s is written in the GSM alphabet, as the catalogue has it', (language) => {
    for (const kind of KINDS) expect([kind, foreign(translator.text(language, `sms.${kind}`, { app: 'Tessera', until: '1' }))]).toEqual([kind, []]);
    for (const key of ['undo', 'support', 'support_at'] as const) expect([key, foreign(translator.text(language, `sms.${key}`, { url: '1', address: '1' }))]).toEqual([key, []]);
    expect(foreign(oneTimeCode(language))).toEqual([]);
  });

  it.each(GSM_LANGUAGES)('in %s fits one message with every date and address, two with a link', (language) => {
    for (let month = 1; month <= 12; month += 1) {
      const until = `2026-${String(month).padStart(2, '0')}-20T23:28:00Z`;
      for (const text of texts(language, { until })) {
        expect([text, foreign(text)]).toEqual([text, []]);
        expect([text, septets(text) <= 160]).toEqual([text, true]);
      }
    }
    // Two joined messages carry 153 letters each.
    for (const text of texts(language, { undo: { url: URL_OF_UNDO, until: '' } })) expect([text, septets(text) <= 306]).toEqual([text, true]);
    expect(septets(oneTimeCode(language))).toBeLessThanOrEqual(160);
  });

  it('in Arabic fits two messages of 67 letters, three with a link', () => {
    for (const text of [...texts('ar'), oneTimeCode('ar')]) expect([text, text.length <= 134]).toEqual([text, true]);
    for (const text of texts('ar', { undo: { url: URL_OF_UNDO, until: '' } })) expect([text, text.length <= 201]).toEqual([text, true]);
  });

  it('keeps Arabic letter by letter, its marks too', () => {
    const text = 'أُعيد تنشيط حسابك، سجّل الدخول \u2066+49\u2069';
    expect(toGsm(text)).toBe(text);
  });

  it.each([
    ['août − l’été', "aout - l'été"],
    ['sesión: ¿mañana?', 'sesion: ¿mañana?'],
    ['ça va, cœur…', 'ca va, coeur...'],
    ['„Größe“ ~ {x}', '"Größe" ~ {x}'],
  ])('%j is sent as %j', (text, sent) => expect(toGsm(text)).toBe(sent));
});

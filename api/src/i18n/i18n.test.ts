import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { catalogues } from './catalogues/index.js';
import { direction, LANGUAGES, negotiateLanguage, toLanguage, type Language } from './language.js';
import { createTranslator, type ErrorKey, type TextKey } from './translator.js';

const OTHERS = LANGUAGES.filter((language) => language !== 'en');

/** Words that are the same in two languages. */
const SAME_AS_ENGLISH: Partial<Record<Language, string[]>> = {
  fr: ['mail.one_time_code.code_label', 'mailbox.code'],
  de: ['mail.one_time_code.code_label', 'mailbox.code'],
};

/** Every text by its dotted path. */
function textsOf(node: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [path, text] of textsOf(value as object, `${prefix}${key}.`)) found.set(path, text);
  }
  return found;
}

const placeholdersOf = (text: string): string[] => (text.match(/\{\{[^}]*\}\}/g) ?? []).sort();
const texts = new Map(LANGUAGES.map((language) => [language, textsOf(catalogues[language])]));
const english = texts.get('en') ?? new Map<string, string>();
const errorKeys = Object.keys(catalogues.en.errors) as ErrorKey[];

describe('the catalogues', () => {
  it.each(OTHERS)('%s has every text that English has, and no other', (language) => {
    expect([...texts.get(language)!.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it.each(OTHERS)('%s uses the same placeholders as English, text by text', (language) => {
    const placeholders = (all: Map<string, string>) => Object.fromEntries([...all].map(([path, text]) => [path, placeholdersOf(text)]));
    expect(placeholders(texts.get(language)!)).toEqual(placeholders(english));
  });

  it.each(LANGUAGES)('%s has no empty text, no stray white space and no broken placeholder', (language) => {
    for (const [path, text] of texts.get(language)!) {
      expect([path, text]).toEqual([path, text.trim()]);
      expect(text).not.toBe('');
      expect([path, text.replace(/\{\{\w+(, (second|minute|hour|day))?\}\}/g, '')]).toEqual([path, expect.not.stringMatching(/[{}]|\$t\(/)]);
    }
  });

  it.each(OTHERS)('%s is translated, not copied', (language) => {
    const copied = [...texts.get(language)!].filter(([path, text]) => text === english.get(path)).map(([path]) => path);
    expect(copied).toEqual(SAME_AS_ENGLISH[language] ?? []);
  });

  it('Arabic is written in Arabic letters throughout', () => {
    for (const [path, text] of texts.get('ar')!) expect([path, text]).toEqual([path, expect.stringMatching(/\p{Script=Arabic}{2}/u)]);
  });

  it('English says what clients of the reference server read', () => {
    const { errors, messages } = catalogues.en;
    expect(errors.UNAUTHORIZED.message).toBe('Missing or invalid Bearer token or Expired session');
    expect(errors.AUTH_OTP_INVALID.message).toBe('Invalid or expired OTP');
    expect(errors.AUTH_INVALID_CREDENTIALS.message).toBe('Invalid username or password');
    expect(errors.AUTH_PROCESSING_ERROR.message).toBe('Unexpected error during authentication');
    expect(messages.login_successful).toBe('Login successful');
    expect(messages.logged_out).toBe('Logged out successfully. All tokens and sessions have been revoked.');
  });
});

describe('the translator', () => {
  const translator = createTranslator();

  it.each(LANGUAGES)('answers every text of %s as it is written, values apart', (language) => {
    for (const [path, text] of texts.get(language)!) {
      expect([path, translator.text(language, path as TextKey)]).toEqual([path, text.replace(/\{\{.+?\}\}/g, '…')]);
    }
  });

  it('gives an error its message, and a reason and a hint exactly where the catalogue has them', () => {
    for (const language of LANGUAGES) {
      for (const key of errorKeys) {
        const expected = Object.entries(catalogues[language].errors[key]).map(([part, text]) => [part, text.replace(/\{\{.+?\}\}/g, '…')]);
        expect(translator.error(language, key)).toEqual(Object.fromEntries(expected));
      }
    }
    expect(translator.error('en', 'AUTH_INVALID_CREDENTIALS')).not.toHaveProperty('reason');
  });

  it('keeps what it made: an error without values is the same frozen object each time, one per language', () => {
    const error = translator.error('fr', 'FORBIDDEN');
    expect(translator.error('fr', 'FORBIDDEN')).toBe(error);
    expect(translator.error('de', 'FORBIDDEN')).not.toBe(error);
    expect(Object.isFrozen(error)).toBe(true);
  });

  it('never keeps an error with values: one caller does not read what was meant for another', () => {
    expect(translator.error('en', 'AUTH_INVALID_TOKEN_TYPE', { type: 'refresh' }).message).toBe("Token type 'refresh' is not valid for authentication");
    expect(translator.error('en', 'AUTH_INVALID_TOKEN_TYPE', { type: 'otp' }).message).toBe("Token type 'otp' is not valid for authentication");
    expect(translator.error('en', 'AUTH_INVALID_TOKEN_TYPE').message).toBe("Token type '…' is not valid for authentication");
    expect(Object.isFrozen(translator.error('en', 'AUTH_INVALID_TOKEN_TYPE', { type: 'otp' }))).toBe(true);
  });

  it.each(['$t(errors.FORBIDDEN.message)', '{{key}}', '{{- key}}', '{{key}', '$&$1$`', '<b>&amp;"\'</b>', '__proto__', '…', ''])(
    'inserts the value %j as it is (E-23)',
    (value) => {
      expect(translator.validation('en', 'unrecognized_key', { key: value })).toBe(`Unknown field: ${value}`);
      expect(translator.text('en', 'sms.one_time_code', { code: value, app: value, minutes: 5 })).toBe(
        `${value} is your ${value} code. Valid for 5 minutes. Do not share it.`,
      );
    },
  );

  it.each(['lng', 'ns', 'count', 'context', 'defaultValue', 'replace', 'returnObjects', 'interpolation', 'postProcess'])(
    'takes a value named %s for a value, not for an option of the library',
    (name) => {
      expect(translator.validation('de', 'unrecognized_key', { [name]: 'ar', key: 'x' })).toBe('Unbekanntes Feld: x');
    },
  );

  it('writes an amount of time in the plural of the language', () => {
    const wait = (language: Language, seconds: number) => translator.error(language, 'AUTH_OTP_THROTTLED', { seconds }).hint;
    expect(wait('en', 1)).toBe('Wait 1 second before you ask for another code.');
    expect(wait('en', 60)).toBe('Wait 60 seconds before you ask for another code.');
    expect(wait('fr', 60)).toBe('Attendez 60 secondes avant de demander un autre code.');
    expect(wait('de', 1)).toContain('1 Sekunde,');
    expect(wait('es', 60)).toContain('60 segundos');
    expect(wait('id', 60)).toContain('60 detik');
    expect(wait('ar', 3)).toContain('3 ثوان');
    expect(wait('ar', 60)).toContain('60 ثانية');
    for (const language of LANGUAGES) expect(wait(language, 1_500)).not.toMatch(/[\u00a0\u202f]/);
  });

  it('survives a value that i18next would take for the locale of an amount', () => {
    expect(translator.error('en', 'AUTH_OTP_THROTTLED', { seconds: 60, locale: 'not a locale' }).hint).toContain('60 seconds');
  });

  it('is independent of other translators', () => {
    const other = createTranslator();
    expect(other.error('en', 'FORBIDDEN')).toEqual(translator.error('en', 'FORBIDDEN'));
    expect(other.error('en', 'FORBIDDEN')).not.toBe(translator.error('en', 'FORBIDDEN'));
  });

  it('answers messages and validation sentences in the language asked for', () => {
    expect(translator.message('de', 'login_successful')).toBe('Anmeldung erfolgreich');
    expect(translator.message('en', 'logged_out')).toBe(catalogues.en.messages.logged_out);
    expect(translator.validation('id', 'too_short', { minimum: 8 })).toBe('Terlalu pendek, panjang minimum adalah 8');
  });
});

describe('toLanguage', () => {
  it.each([
    ['en', 'en'], ['AR', 'ar'], ['fr-CA', 'fr'], ['fr_CA', 'fr'], ['es-419', 'es'], ['de-Latn-DE-1996', 'de'],
    ['id', 'id'], ['ind', 'id'], ['IND', 'id'], ['in', 'id'], ['id-ID', 'id'],
  ])('reads %s as %s', (tag, language) => {
    expect(toLanguage(tag)).toBe(language);
  });

  const hostile: unknown[] = [
    undefined, null, 0, true, {}, [], ['en'], { toString: () => 'en' }, '', ' ', 'en ', ' en', 'e', 'english', 'xx', '*', '-', 'en-', 'en--US', '-en',
    '__proto__', 'constructor', 'toString', 'prototype', 'hasOwnProperty', 'en\u0000', 'en\n', 'еn', 'ＥＮ', 'en;q=1', 'en,fr', '../en', "en' OR 1=1--",
    'en-' + 'a'.repeat(9), 'en' + '-ab'.repeat(2_700), 'en'.repeat(4_096),
  ];
  it.each(hostile.map((value) => [inspect(value).slice(0, 40), value]))('takes %s for no language (E-23)', (_, value) => {
    expect(toLanguage(value)).toBeUndefined();
  });
});

describe('negotiateLanguage (RFC 9110 §12.5.4)', () => {
  it.each([
    ['fr', 'fr'],
    ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', 'fr'],
    ['en;q=0.2, de;q=0.7', 'de'],
    ['da, en-GB;q=0.8, en;q=0.7', 'en'],
    ['ja, zh;q=0.9, id;q=0.1', 'id'],
    ['de, fr', 'de'],
    ['de;q=0.5, fr;q=0.5', 'de'],
    ['fr;q=0.5, fr-CA, de;q=0.9', 'fr'],
    ['DE;Q=0.9, fr;q=0.1', 'de'],
    [' de ; q=0.4 ,\tar;q=0.6', 'ar'],
    ['de;q=1.000, ar;q=0.999', 'de'],
    ['*', 'en'],
    ['fr;q=0.5, *;q=0.8', 'en'],
    ['en;q=0, *', 'ar'],
    ['en;q=0, fr;q=0.001', 'fr'],
    [',, ,de,', 'de'],
  ])('%j prefers %s', (header, language) => {
    expect(negotiateLanguage(header)).toBe(language);
  });

  it.each([
    [undefined], [''], [' '], [','], ['ja'], ['ja, zh;q=0.5'], ['fr;q=0'], ['fr;q=0.000'], ['*;q=0'],
    ['fr;q=2'], ['fr;q=1.001'], ['fr;q=0.1234'], ['fr;q=-1'], ['fr;q=NaN'], ['fr;q=1e0'], ['fr;q='], ['fr;q'], ['fr;x=1'], ['fr;q=1;q=1'],
    ['__proto__'], ['constructor;q=1'], ['fr\u0000'],
  ])('%j asks for nothing that can be given', (header) => {
    expect(negotiateLanguage(header)).toBeUndefined();
  });

  it('reads only the first 200 characters, and no element that is cut there (E-23)', () => {
    expect(negotiateLanguage(`${'xx,'.repeat(60)}fr`)).toBe('fr');
    expect(negotiateLanguage(`${'xx,'.repeat(3_000)}fr`)).toBeUndefined();
    expect(negotiateLanguage(`fr;q=0.5,${' '.repeat(189)}de;q=0.1`)).toBe('fr');
    expect(negotiateLanguage(`fr${' '.repeat(8_192)}`)).toBeUndefined();
    expect(negotiateLanguage(`fr;q=0.1,${' '.repeat(8_192)}, de`)).toBe('fr');
    expect(negotiateLanguage('f'.repeat(8_192))).toBeUndefined();
    expect(negotiateLanguage(`de,${'-'.repeat(8_192)}`)).toBe('de');
  });
});

it('Arabic is written from right to left, the others from left to right', () => {
  expect(LANGUAGES.map(direction)).toEqual(['ltr', 'rtl', 'ltr', 'ltr', 'ltr', 'ltr']);
});

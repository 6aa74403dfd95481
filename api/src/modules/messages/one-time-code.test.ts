import { describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { renderOneTimeCode } from './one-time-code.js';

const translator = createTranslator();
const TEXTS = { any: 'text', login: 'text_login', signup: 'text_signup', reset: 'text_reset', verify: 'text_verify' } as const;
const PURPOSES = ['any', 'login', 'signup', 'reset', 'verify'] as const;

describe('the message with a code', () => {
  it.each(LANGUAGES)('in %s says what the code is for', (language) => {
    const said = PURPOSES.map((purpose) => {
      const { subject, text, html } = renderOneTimeCode(translator, { code: '042137', language, minutes: 10, appName: 'Tessera', purpose });
      const sentence = translator.text(language, `mail.one_time_code.${TEXTS[purpose]}`, { app: 'Tessera' });
      expect(text).toContain(`\n${sentence}\n`);
      expect(html).toContain(`>${sentence}<`);
      // Shown on locked screens.
      expect(subject).not.toMatch(/\d/);
      return sentence;
    });
    expect(new Set(said).size).toBe(PURPOSES.length);
  });

  it('asked for without a purpose says nothing of one', () => {
    const facts = { code: '042137', language: 'en', minutes: 10, appName: 'Tessera' } as const;
    expect(renderOneTimeCode(translator, facts)).toEqual(renderOneTimeCode(translator, { ...facts, purpose: 'any' }));
    expect(renderOneTimeCode(translator, facts).text).toContain('Enter this code in Tessera to continue.');
  });
});

import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { Purpose } from '../otp/otp.repo.js';
import { renderHtml } from './layout.js';
import type { MessageContent } from './blocks.js';
import { renderPlainText } from './plain-text.js';

export type OneTimeCodeFacts = {
  code: string;
  language: Language;
  minutes: number;
  appName: string;
  supportEmail?: string | undefined;
  /** What the code was asked for. Said in the message: whoever is talked into reading a code out can see what it opens. */
  purpose?: Purpose | undefined;
};

/** The message that carries a one-time code. The subject does not: it is shown on locked screens. */
export function renderOneTimeCode(translator: Pick<Translator, 'text'>, facts: OneTimeCodeFacts): { subject: string; text: string; html: string } {
  const { code, language, minutes, appName, supportEmail, purpose = 'any' } = facts;
  const params = { app: appName, minutes };
  const say = (part: 'subject' | 'heading' | (typeof TEXTS)[Purpose] | 'code_label' | 'expires' | 'ignore' | 'footer') => translator.text(language, `mail.one_time_code.${part}`, params);
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [
      { kind: 'text', text: say(TEXTS[purpose]) },
      { kind: 'code', label: say('code_label'), code },
      { kind: 'note', text: say('expires') },
      { kind: 'note', text: say('ignore') },
    ],
    footer: [say('footer'), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

const TEXTS = { any: 'text', login: 'text_login', signup: 'text_signup', reset: 'text_reset', verify: 'text_verify' } as const satisfies Record<Purpose, string>;

/** The text message with a code: the code first, where a phone's preview shows it and its keyboard finds it. */
export function renderOneTimeCodeText(translator: Pick<Translator, 'text'>, { code, language, minutes, appName }: OneTimeCodeFacts): string {
  return translator.text(language, 'sms.one_time_code', { code, app: appName, minutes });
}

import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import { renderHtml } from './layout.js';
import type { MessageContent } from './blocks.js';
import { renderPlainText } from './plain-text.js';

export type OneTimeCodeFacts = { code: string; language: Language; minutes: number; appName: string; supportEmail?: string | undefined };

/** The message that carries a one-time code. The subject does not: it is shown on locked screens. */
export function renderOneTimeCode(translator: Pick<Translator, 'text'>, { code, language, minutes, appName, supportEmail }: OneTimeCodeFacts): { subject: string; text: string; html: string } {
  const params = { app: appName, minutes };
  const say = (part: 'subject' | 'heading' | 'text' | 'code_label' | 'expires' | 'ignore' | 'footer') => translator.text(language, `mail.one_time_code.${part}`, params);
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [
      { kind: 'text', text: say('text') },
      { kind: 'code', label: say('code_label'), code },
      { kind: 'note', text: say('expires') },
      { kind: 'note', text: say('ignore') },
    ],
    footer: [say('footer'), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

/** The text message with a code: the code first, where a phone's preview shows it and its keyboard finds it. */
export function renderOneTimeCodeText(translator: Pick<Translator, 'text'>, { code, language, minutes, appName }: OneTimeCodeFacts): string {
  return translator.text(language, 'sms.one_time_code', { code, app: appName, minutes });
}

import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import type { Block, MessageContent } from './blocks.js';
import { factsBlock } from './client-facts.js';
import { renderHtml } from './layout.js';
import { momentText } from './moment.js';
import { renderPlainText } from './plain-text.js';

export type AccountNoticeKind = 'password_changed' | 'password_set' | 'email_changed' | 'phone_changed' | 'account_deactivated' | 'account_deleted' | 'account_restored';

/** Something that was done to an account, as its owner is told. Dates are ISO texts: a job keeps them. */
export type AccountNotice = {
  kind: AccountNoticeKind;
  channel: 'email' | 'sms';
  to: string;
  language: Language;
  /** IANA, as the account has it; anything that is none counts as UTC. */
  timezone: string | null;
  at: string;
  /** Whoever did it. */
  client: ClientFacts;
  ip: string | null;
  /** The new address or number, shortened so that it says nothing to strangers. */
  value?: string | undefined;
  /** What takes the change back, and until when. */
  undo?: { url: string; until: string } | undefined;
  /** When a deleted account is erased. */
  until?: string | undefined;
};

type Words = Pick<Translator, 'text'>;
type Sender = { appName: string; supportEmail?: string | undefined };

/** The e-mail of a notice. */
export function renderAccountNotice(translator: Words, notice: AccountNotice, { appName, supportEmail }: Sender): { subject: string; text: string; html: string } {
  const { kind, language, undo } = notice;
  const params = paramsOf(notice, appName);
  const say = (part: 'subject' | 'heading' | 'text' | 'advice') => translator.text(language, `mail.${kind}.${part}`, params);
  const undoing: Block[] = undo
    ? [
        { kind: 'button', label: translator.text(language, 'mail.undo.button'), url: undo.url },
        { kind: 'note', text: translator.text(language, 'mail.undo.until', { until: momentText(new Date(undo.until), language, notice.timezone) }) },
      ]
    : [];
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [{ kind: 'text', text: say('text') }, factsBlock(translator, { ...notice, at: new Date(notice.at) }), { kind: 'text', text: say('advice') }, ...undoing],
    footer: [translator.text(language, 'mail.session_facts.footer', params), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

/** The text message of a notice: for whoever has a phone number alone. */
export function renderAccountText(translator: Words, notice: AccountNotice, { appName, supportEmail }: Sender): string {
  return translator.text(notice.language, `sms.${notice.kind}`, { ...paramsOf(notice, appName), url: notice.undo?.url ?? supportEmail ?? '' }).trimEnd();
}

function paramsOf({ language, timezone, value, until }: AccountNotice, app: string): Record<string, string> {
  return { app, value: value ?? '', until: until === undefined ? '' : momentText(new Date(until), language, timezone) };
}

import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { MessageChannel } from '../../infra/senders.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import type { Block, MessageContent } from './blocks.js';
import { factsBlock } from './client-facts.js';
import { toGsm } from './gsm.js';
import { renderHtml } from './layout.js';
import { literal } from './literal.js';
import { momentText } from './moment.js';
import { renderPlainText } from './plain-text.js';

/** What an administrator did. The message says neither who it was nor where. */
const BY_ADMINISTRATOR = ['account_suspended', 'account_unsuspended', 'account_removed'] as const;

export type AccountNoticeKind =
  | 'password_changed' | 'password_set' | 'email_changed' | 'phone_changed' | 'account_deactivated' | 'account_deleted' | 'account_restored'
  | (typeof BY_ADMINISTRATOR)[number];

/** Something that was done to an account, as its owner is told. Dates are ISO texts: a job keeps them. */
export type AccountNotice = {
  kind: AccountNoticeKind;
  channel: MessageChannel;
  to: string;
  language: Language;
  /** IANA, as the account has it; anything that is none counts as UTC. */
  timezone: string | null;
  at: string;
  /** Whoever did it; nothing of an administrator. */
  client?: ClientFacts | undefined;
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

/** The e-mail of a notice. Nothing that a stranger may have chosen stands in the subject. */
export function renderAccountNotice(translator: Words, notice: AccountNotice, { appName, supportEmail }: Sender): { subject: string; text: string; html: string } {
  const { kind, language } = notice;
  const params = paramsOf(notice, appName);
  const say = (part: 'subject' | 'heading' | 'text') => translator.text(language, `mail.${kind}.${part}`, params);
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [{ kind: 'text', text: say('text') }, factsBlock(translator, { ...notice, at: new Date(notice.at) }), ...adviceBlocks(translator, notice, { appName, supportEmail })],
    footer: [translator.text(language, 'mail.session_facts.footer', params), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

/** The text message of a notice: for whoever has a phone number alone. */
export function renderAccountText(translator: Words, notice: AccountNotice, { appName, supportEmail }: Sender): string {
  const { kind, language, undo } = notice;
  const sentence = translator.text(language, `sms.${kind}`, paramsOf(notice, appName));
  if (!isContactChange(kind)) return toGsm(sentence);
  const advice = undo
    ? translator.text(language, 'sms.undo', { url: undo.url })
    : translator.text(language, supportEmail ? 'sms.support_at' : 'sms.support', { address: literal(supportEmail ?? '', language) });
  return toGsm(`${sentence} ${advice}`);
}

/** What to do if it was somebody else: press the button that takes it back; where there is none, ask for help. */
function adviceBlocks(translator: Words, { kind, language, timezone, undo }: AccountNotice, { appName, supportEmail }: Sender): Block[] {
  if (isContactChange(kind) && !undo) {
    return [{ kind: 'text', text: translator.text(language, supportEmail ? 'mail.undo.support_at' : 'mail.undo.support', { address: literal(supportEmail ?? '', language) }) }];
  }
  const advice: Block = { kind: 'text', text: translator.text(language, `mail.${kind}.advice`, { app: appName }) };
  if (!undo) return [advice];
  return [
    advice,
    { kind: 'button', label: translator.text(language, 'mail.undo.button'), url: inLanguage(undo.url, language) },
    { kind: 'note', text: translator.text(language, 'mail.undo.until', { until: momentText(new Date(undo.until), language, timezone) }) },
  ];
}

/** Whether there is something that can be taken back. */
export function isContactChange(kind: AccountNoticeKind): boolean {
  return kind === 'email_changed' || kind === 'phone_changed';
}

/** Whether it was somebody else who had the right to, so that nothing about him belongs into the message. */
export function isByAdministrator(kind: AccountNoticeKind): boolean {
  return BY_ADMINISTRATOR.some((known) => known === kind);
}

/** The page speaks like the message that led to it, whatever the browser prefers. */
function inLanguage(address: string, language: Language): string {
  const url = new URL(address);
  url.searchParams.set('lang', language);
  return url.href;
}

/** A value that is not there is left to the translator, which keeps the sentence readable. */
function paramsOf({ language, timezone, value, until }: AccountNotice, app: string): Record<string, string> {
  return {
    app,
    ...(value !== undefined && { value: literal(value, language) }),
    ...(until !== undefined && { until: momentText(new Date(until), language, timezone) }),
  };
}

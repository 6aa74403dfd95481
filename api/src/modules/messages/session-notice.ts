import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { Queryable } from '../../infra/postgres.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import type { MessageContent } from './blocks.js';
import { factsBlock } from './client-facts.js';
import { renderHtml } from './layout.js';
import { renderPlainText } from './plain-text.js';

/** Something a user should know about his sessions. */
export type SessionNotice = {
  kind: 'session_stolen' | 'new_device';
  to: string;
  language: Language;
  /** IANA, as the account has it; anything that is none counts as UTC. */
  timezone: string | null;
  at: Date;
  /** Whoever signed in, or used the token a second time. */
  client: ClientFacts;
  ip: string | null;
  /** The session that ended. */
  session?: ClientFacts;
};

/** Puts the notice into the caller's transaction; it leaves after the commit. Where no e-mail can be sent, nothing happens. */
export type SendSessionNotice = (tx: Queryable, notice: SessionNotice) => Promise<void>;

/** A notice as a job keeps it: dates become text there. */
export type SessionNoticeFacts = Omit<SessionNotice, 'at' | 'to'> & { at: string; appName: string; supportEmail?: string | undefined };

/** The message of a notice. Nothing a client said of itself stands in the subject. */
export function renderSessionNotice(translator: Pick<Translator, 'text'>, facts: SessionNoticeFacts): { subject: string; text: string; html: string } {
  const { language, kind, appName, supportEmail } = facts;
  const params = { app: appName };
  const say = (part: 'subject' | 'heading' | 'text' | 'advice') => translator.text(language, `mail.${kind}.${part}`, params);
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [{ kind: 'text', text: say('text') }, factsBlock(translator, { ...facts, at: new Date(facts.at) }), { kind: 'text', text: say('advice') }],
    footer: [translator.text(language, 'mail.session_facts.footer', params), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

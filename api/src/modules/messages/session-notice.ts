import { isIP } from 'node:net';
import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { Queryable } from '../../infra/postgres.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import type { Block, MessageContent } from './blocks.js';
import { renderHtml } from './layout.js';
import { momentText } from './moment.js';
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

/** Longer than the name of any browser, device or system. */
const MAX_NAME_LENGTH = 40;

/** The message of a notice. Nothing a client said of itself stands in the subject. */
export function renderSessionNotice(translator: Pick<Translator, 'text'>, facts: SessionNoticeFacts): { subject: string; text: string; html: string } {
  const { language, kind, appName, supportEmail } = facts;
  const params = { app: appName };
  const say = (part: 'subject' | 'heading' | 'text' | 'advice') => translator.text(language, `mail.${kind}.${part}`, params);
  const content: MessageContent = {
    language,
    appName,
    heading: say('heading'),
    blocks: [{ kind: 'text', text: say('text') }, factsBlock(translator, facts), { kind: 'text', text: say('advice') }],
    footer: [translator.text(language, 'mail.session_facts.footer', params), ...(supportEmail ? [supportEmail] : [])],
  };
  return { subject: say('subject'), text: renderPlainText(content), html: renderHtml(content) };
}

function factsBlock(translator: Pick<Translator, 'text'>, { language, kind, at, timezone, client, ip, session }: SessionNoticeFacts): Block {
  const label = (part: 'time' | 'device' | 'session' | 'used_from' | 'ip' | 'unknown') => translator.text(language, `mail.session_facts.${part}`);
  const device = (facts: ClientFacts) => deviceText(facts) || label('unknown');
  const rows = [
    { label: label('time'), value: momentText(new Date(at), language, timezone) },
    ...(session ? [{ label: label('session'), value: device(session) }] : []),
    { label: label(kind === 'session_stolen' ? 'used_from' : 'device'), value: device(client) },
    { label: label('ip'), value: address(ip) ?? label('unknown') },
  ];
  return { kind: 'facts', rows };
}

function deviceText({ browser, os, device }: ClientFacts): string {
  return [browser, os, device].map((name) => readable(name ?? '')).filter(Boolean).join(' · ');
}

/** A name as a client gave it, fit for a person's eyes: letters, digits and spaces, so that nothing in it becomes a link, an address or a second line (E-21). */
function readable(name: string): string {
  return name.replace(/[^\p{L}\p{M}\p{N} +-]+/gu, ' ').replace(/ {2,}/g, ' ').trim().slice(0, MAX_NAME_LENGTH).toWellFormed();
}

/** A proxy that is trusted may still pass on what is no address. */
function address(ip: string | null): string | undefined {
  return ip !== null && isIP(ip) !== 0 && !ip.includes('%') ? ip : undefined;
}

import { isIP } from 'node:net';
import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import type { Block } from './blocks.js';
import { momentText } from './moment.js';

/** Longer than the name of any browser, device or system. */
const MAX_NAME_LENGTH = 40;

export type NoticeFacts = {
  language: Language;
  timezone: string | null;
  at: Date;
  /** Whoever it was; without it, the time alone is said. */
  client?: ClientFacts | undefined;
  ip: string | null;
  /** The session it was done to, where that is another device; `client` is then named as the one that used it. */
  session?: ClientFacts | undefined;
};

/** When it was, on which device and from where. */
export function factsBlock(translator: Pick<Translator, 'text'>, { language, at, timezone, client, ip, session }: NoticeFacts): Block {
  const label = (part: 'time' | 'device' | 'session' | 'used_from' | 'ip' | 'unknown') => translator.text(language, `mail.session_facts.${part}`);
  const device = (facts: ClientFacts) => deviceText(facts) || label('unknown');
  const time = { label: label('time'), value: momentText(at, language, timezone) };
  if (!client) return { kind: 'facts', rows: [time] };
  const rows = [
    time,
    ...(session ? [{ label: label('session'), value: device(session) }] : []),
    { label: label(session ? 'used_from' : 'device'), value: device(client) },
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

import type { Language } from '../../i18n/language.js';

/** What a message is made of. Texts are plain: whoever renders them escapes them. */
export type Block =
  | { kind: 'text'; text: string }
  /** Fine print. */
  | { kind: 'note'; text: string }
  /** A code to read off and type in. */
  | { kind: 'code'; label: string; code: string }
  /** What happened, a line each. A value without anything to say is left out by whoever makes the block. */
  | { kind: 'facts'; rows: readonly { label: string; value: string }[] }
  | { kind: 'button'; label: string; url: string }
  | { kind: 'link'; label: string; url: string };

/** A message before it becomes HTML and plain text. */
export type MessageContent = {
  language: Language;
  appName: string;
  heading: string;
  blocks: readonly Block[];
  footer: readonly string[];
};

/**
 * The address of a button or link, if it is one that a mail may hold.
 * @throws TypeError for anything but http, https and mailto: `javascript:` has no place in a message
 */
export function checkedUrl(url: string): string {
  const { protocol, href } = new URL(url);
  if (!['http:', 'https:', 'mailto:'].includes(protocol)) throw new TypeError(`A message cannot link to ${protocol}`);
  return href;
}

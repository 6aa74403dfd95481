import type { MailboxMessage } from '../../infra/mailbox.js';

/** The plain text of a message gives its code a line of its own. */
const CODE_LINE = /^[ \t]*(\d{4,10})[ \t]*$/m;

/** A message in the list: without its HTML, which has an address of its own. A text message is shown as it is. */
export function presentMessage({ id, received_at, channel, to, subject, text, code }: MailboxMessage) {
  return { id, received_at, channel, to, subject, text, code: code ?? CODE_LINE.exec(text)?.[1] ?? null };
}

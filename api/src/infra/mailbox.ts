import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.js';
import { assertSafe, type Mail, type Mailer } from './mailer.js';
import { SendError } from './send-error.js';
import { storeKey } from './store-key.js';
import { StoreUnavailableError, type Store } from './store.js';
import { assertPhone, type TextSender } from './text-sender.js';

export type TextChannel = 'sms' | 'whatsapp';

/** A message that was kept instead of sent. `received_at` is an ISO time. A text message has neither subject nor HTML. */
export type MailboxMessage = Pick<Mail, 'to' | 'subject' | 'text' | 'html'> & { id: string; received_at: string; channel: 'email' | TextChannel; code?: string };

/** `changed`: list again. `closed`: there will be no more news. */
export type MailboxNews = 'changed' | 'closed';

/** The messages of a development server: nothing leaves it, everybody who can reach it may read. */
export type Mailbox = Mailer & {
  /** Puts text messages beside the mails. */
  texts(channel: TextChannel): TextSender;
  /** The newest 100 messages, newest first. */
  list(): Promise<MailboxMessage[]>;
  clear(): Promise<void>;
  /** Tells of changes, whichever process made them. @returns ends the watching */
  watch(listener: (news: MailboxNews) => void): Promise<() => Promise<void>>;
};

const MESSAGES = storeKey('mailbox', 'messages');
const CHANNEL = storeKey('mailbox', 'news');
const KEPT_MESSAGES = 100;
/** A store answers late now and then, on a machine that does other things. */
const PATIENCE_MS = 5_000;
const AGAIN_MS = 50;

/**
 * Keeps messages in the store all processes share, for the mailbox page to show.
 * @param patienceMs how long a message is insisted on while the store does not answer in time
 */
export function createMailbox(store: Store, logger: Logger, patienceMs = PATIENCE_MS): Mailbox {
  const watchers = new Set<(news: MailboxNews) => void>();

  async function keep(content: Omit<MailboxMessage, 'id' | 'received_at'>): Promise<void> {
    const message: MailboxMessage = { id: randomUUID(), received_at: new Date().toISOString(), ...content };
    const entry = JSON.stringify(message);
    await insist(async (isAgain) => {
      // It may be there, and only the answer have come too late.
      if (!isAgain || !(await store.list(MESSAGES)).includes(entry)) await store.push(MESSAGES, entry, KEPT_MESSAGES);
    });
    const { channel, to, subject, text } = content;
    logger.info('A message was put into the mailbox', { channel, to, subject, text });
    // It is there: a page that misses the news shows it with the next.
    await insist(() => store.publish(CHANNEL, message.id)).catch((error: unknown) => logger.warn('The mailbox page was not told of a message', { channel, error }));
  }

  /** @throws SendError when the store stays away: nobody else can have taken the message, and it may come again */
  async function insist(ask: (isAgain: boolean) => Promise<void>): Promise<void> {
    const end = performance.now() + patienceMs;
    for (let isAgain = false; ; isAgain = true) {
      try {
        return await ask(isAgain);
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        if (performance.now() > end) throw new SendError('not_taken', 'STORE_AWAY', { cause: error, sparesChannel: true });
        await sleep(AGAIN_MS);
      }
    }
  }

  return {
    async send(mail) {
      // As strict as the real thing, so that what works here works there.
      assertSafe(mail);
      const { to, subject, text, html } = mail;
      await keep({ channel: 'email', to, subject, text, html });
    },

    texts: (channel) => ({
      async send({ to, text, code }) {
        assertPhone(to);
        await keep({ channel, to, subject: '', text, html: '', ...(code !== undefined && { code }) });
      },
      async close() {},
    }),

    async check() {
      await store.check();
    },

    async list() {
      return (await store.list(MESSAGES)).map((entry) => JSON.parse(entry) as MailboxMessage);
    },

    async clear() {
      await store.delete(MESSAGES);
      await store.publish(CHANNEL, 'cleared');
    },

    async watch(listener) {
      const tell = (): void => listener('changed');
      const unsubscribe = await store.subscribe(CHANNEL, tell, tell);
      watchers.add(listener);
      return async () => {
        watchers.delete(listener);
        await unsubscribe();
      };
    },

    async close() {
      for (const listener of watchers) listener('closed');
      watchers.clear();
    },
  };
}

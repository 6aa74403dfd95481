import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger.js';
import { assertSafe, type Mail, type Mailer } from './mailer.js';
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
/** How long a store that does not answer is asked again: nobody sends a message twice of which nobody can tell whether it was kept. */
const PATIENCE_MS = 5_000;
const ASK_AGAIN_MS = 50;

/** Keeps messages in the store all processes share, for the mailbox page to show. */
export function createMailbox(store: Store, logger: Logger): Mailbox {
  const watchers = new Set<(news: MailboxNews) => void>();

  async function keep(content: Omit<MailboxMessage, 'id' | 'received_at'>): Promise<void> {
    const message: MailboxMessage = { id: randomUUID(), received_at: new Date().toISOString(), ...content };
    await insist(() => store.push(MESSAGES, JSON.stringify(message), KEPT_MESSAGES));
    const { channel, to, subject, text } = content;
    logger.info('A message was put into the mailbox', { channel, to, subject, text });
    await insist(() => store.publish(CHANNEL, message.id));
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
      // Twice the same: it was kept, and the answer came too late.
      return [...new Set(await store.list(MESSAGES))].map((entry) => JSON.parse(entry) as MailboxMessage);
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

async function insist(ask: () => Promise<void>): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || performance.now() > until) throw error;
      await sleep(ASK_AGAIN_MS);
    }
  }
}

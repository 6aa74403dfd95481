import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { Queryable } from '../../infra/postgres.js';
import type { MessageChannel } from '../../infra/senders.js';
import type { MayText } from '../otp/may-text.js';
import type { Purpose } from '../otp/otp.repo.js';
import { isContactChange, renderAccountNotice, renderAccountText, type AccountNotice } from './account-notice.js';
import { renderInvitation, renderInvitationText, type InvitationMessage, type InvitationRef } from './invitation.js';
import { renderOneTimeCode, renderOneTimeCodeText } from './one-time-code.js';
import type { Outbox } from './outbox.js';
import { renderSessionNotice, type SessionNotice, type SessionNoticeFacts } from './session-notice.js';

export type OneTimeCodeMessage = {
  channel: MessageChannel;
  to: string;
  code: string;
  language: Language;
  /** From then on the code is not sent any more. */
  expiresAt: Date;
  /** How long the code is good for, as the message says it. */
  minutes: number;
  /** A newer message with the same key and recipient takes the place of one that has not left yet. */
  key?: string;
  /** What it was asked for, as the message says it. */
  purpose?: Purpose;
};

export type MessagesParts = {
  outbox: Outbox;
  translator: Pick<Translator, 'text'>;
  appName: string;
  supportEmail?: string | undefined;
  /** The budget of notices by text message. */
  mayText: MayText;
  /** Whether an invitation is still as it was when its message was queued: neither withdrawn, replaced nor accepted. */
  isInvited: (invitation: InvitationRef) => Promise<boolean>;
};

export type Messages = ReturnType<typeof createMessages>;

/** Within the life of the code (API.md §5). */
const CODE_TRIES = 3;
/** Over some hours. */
const NOTICE_TRIES = 10;

/** Messages to people: what they say, and over which channel. */
export function createMessages({ outbox, translator, appName, supportEmail, mayText, isInvited }: MessagesParts) {
  const words = { appName, supportEmail };

  const queueCode = outbox.kind<Pick<OneTimeCodeMessage, 'channel' | 'to' | 'code' | 'language' | 'minutes' | 'purpose'>>('one_time_code', CODE_TRIES, ({ channel, to, code, language, minutes, purpose }) => {
    const facts = { code, language, minutes, ...words };
    if (channel !== 'email') return { channel, to, code, text: renderOneTimeCodeText(translator, facts) };
    return { channel, to, ...renderOneTimeCode(translator, { ...facts, purpose }), headers: { 'Content-Language': language } };
  });

  const queueSessionNotice = outbox.kind<{ to: string; facts: SessionNoticeFacts }>('session_notice', NOTICE_TRIES, ({ to, facts }) => (
    { channel: 'email', to, ...renderSessionNotice(translator, facts), headers: { 'Content-Language': facts.language } }
  ));

  const queueAccountNotice = outbox.kind<AccountNotice>(
    'account_notice',
    NOTICE_TRIES,
    (notice) => {
      const { channel, to, language } = notice;
      if (channel !== 'email') return { channel, to, text: renderAccountText(translator, notice, words) };
      return { channel, to, ...renderAccountNotice(translator, notice, words), headers: { 'Content-Language': language } };
    },
    // A changed contact is always told: nobody may silence it by using the budget up, and each one took a code's budget (C-16, C-23).
    { mayLeave: async ({ kind, channel, to }) => channel === 'email' || isContactChange(kind) || mayText(to) },
  );

  const queueInvitation = outbox.kind<InvitationMessage>(
    'invitation',
    NOTICE_TRIES,
    (message) => {
      const { channel, to, language } = message;
      if (channel !== 'email') return { channel, to, text: renderInvitationText(translator, message, words) };
      return { channel, to, ...renderInvitation(translator, message, words), headers: { 'Content-Language': language } };
    },
    { isWanted: isInvited },
  );

  return {
    /**
     * Queues the message with a code in the caller's transaction.
     * @throws Error for a channel over which nothing can be sent: callers offer only those that can
     */
    async sendOneTimeCode(tx: Queryable, { expiresAt, key, ...content }: OneTimeCodeMessage): Promise<void> {
      if (!outbox.canSend(content.channel)) throw new Error(`No message can be sent over ${content.channel}`);
      await queueCode(tx, content, { notAfter: expiresAt, ...(key !== undefined && { key: `${content.to}\n${key}` }) });
    },

    /** Queues what a user should know about his sessions, in the caller's transaction. Nobody asked for it: where no e-mail can be sent, nothing happens. */
    async sendSessionNotice(tx: Queryable, { to, at, ...notice }: SessionNotice): Promise<void> {
      if (outbox.canSend('email')) await queueSessionNotice(tx, { to, facts: { ...notice, at: at.toISOString(), ...words } });
    },

    /** Queues what the owner of an account should know of it, in the caller's transaction. Where its channel cannot send, nothing happens. */
    async sendAccountNotice(tx: Queryable, notice: AccountNotice): Promise<void> {
      if (outbox.canSend(notice.channel)) await queueAccountNotice(tx, notice);
    },

    /**
     * Queues an invitation in the caller's transaction: after its end, or once it is withdrawn or accepted, it is not sent any more.
     * @throws Error for a channel over which nothing can be sent
     */
    async sendInvitation(tx: Queryable, message: InvitationMessage): Promise<void> {
      if (!outbox.canSend(message.channel)) throw new Error(`No message can be sent over ${message.channel}`);
      await queueInvitation(tx, message, { notAfter: new Date(message.until), key: message.to });
    },
  };
}

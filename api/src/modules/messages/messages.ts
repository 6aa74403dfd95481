import { randomUUID } from 'node:crypto';
import type { Language } from '../../i18n/language.js';
import type { Translator } from '../../i18n/translator.js';
import type { Jobs } from '../../infra/jobs.js';
import type { Mailer } from '../../infra/mailer.js';
import type { Queryable } from '../../infra/postgres.js';
import type { Purpose } from '../otp/otp.repo.js';
import { renderAccountNotice, type AccountNotice } from './account-notice.js';
import { renderOneTimeCode } from './one-time-code.js';
import { renderSessionNotice, type SessionNotice, type SessionNoticeFacts } from './session-notice.js';

export type OneTimeCodeMessage = {
  channel: 'email' | 'sms' | 'whatsapp';
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
  jobs: Jobs;
  /** Undefined: there is no way to send e-mail, and asking for one is a mistake of the caller's. */
  mailer: Mailer | undefined;
  translator: Pick<Translator, 'text'>;
  appName: string;
  supportEmail?: string | undefined;
};

export type Messages = ReturnType<typeof createMessages>;

type OneTimeCodePayload = Pick<OneTimeCodeMessage, 'to' | 'code' | 'language' | 'minutes' | 'purpose'> & { id: string };

type SessionNoticePayload = { id: string; to: string; facts: SessionNoticeFacts };

type AccountNoticePayload = { id: string; notice: AccountNotice };

const ACCOUNT_NOTICE = 'account_notice';
const ONE_TIME_CODE = 'one_time_code';
const SESSION_NOTICE = 'session_notice';
/** Within the life of the code (API.md §5). */
const TRIES = 3;
/** Keeps machines from answering (RFC 3834 §5). */
const MACHINE_MADE = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * Messages to people. Asking for one puts a sealed job into the caller's
 * transaction; a worker renders and sends it. So the answer takes the same time
 * however slow the mail server is (F12, C-10), and a rollback sends nothing.
 */
export function createMessages({ jobs, mailer, translator, appName, supportEmail }: MessagesParts) {
  jobs.handle<OneTimeCodePayload>(ONE_TIME_CODE, async ({ id, to, code, language, minutes, purpose }) => {
    const { subject, text, html } = renderOneTimeCode(translator, { code, language, minutes, appName, supportEmail, purpose });
    await sender().send({ id, to, subject, text, html, headers: { ...MACHINE_MADE, 'Content-Language': language } });
  });

  jobs.handle<SessionNoticePayload>(SESSION_NOTICE, async ({ id, to, facts }) => {
    const { subject, text, html } = renderSessionNotice(translator, facts);
    await sender().send({ id, to, subject, text, html, headers: { ...MACHINE_MADE, 'Content-Language': facts.language } });
  });

  jobs.handle<AccountNoticePayload>(ACCOUNT_NOTICE, async ({ id, notice }) => {
    const { subject, text, html } = renderAccountNotice(translator, notice, { appName, supportEmail });
    await sender().send({ id, to: notice.to, subject, text, html, headers: { ...MACHINE_MADE, 'Content-Language': notice.language } });
  });

  function sender(): Mailer {
    if (!mailer) throw new Error('No e-mail can be sent: EMAIL_HOST is not set');
    return mailer;
  }

  return {
    /**
     * Queues the message with a code in the caller's transaction.
     * @throws Error for a channel over which nothing can be sent: callers offer only those that can
     */
    async sendOneTimeCode(tx: Queryable, { channel, to, code, language, expiresAt, minutes, key, purpose }: OneTimeCodeMessage): Promise<void> {
      if (channel !== 'email') throw new Error(`No message can be sent over ${channel}`);
      sender();
      const payload: OneTimeCodePayload = { id: randomUUID(), to, code, language, minutes, ...(purpose && { purpose }) };
      await jobs.add(tx, ONE_TIME_CODE, payload, { maxAttempts: TRIES, notAfter: expiresAt, ...(key !== undefined && { key: `${to}\n${key}` }) });
    },

    /** Queues what a user should know about his sessions, in the caller's transaction. Nobody asked for it: without a mailer nothing happens. */
    async sendSessionNotice(tx: Queryable, { to, at, ...notice }: SessionNotice): Promise<void> {
      if (!mailer) return;
      const payload: SessionNoticePayload = { id: randomUUID(), to, facts: { ...notice, at: at.toISOString(), appName, supportEmail } };
      await jobs.add(tx, SESSION_NOTICE, payload);
    },

    /** Queues what the owner of an account should know of it, in the caller's transaction. Where its channel cannot send, nothing happens. */
    async sendAccountNotice(tx: Queryable, notice: AccountNotice): Promise<void> {
      if (notice.channel !== 'email' || !mailer) return;
      const payload: AccountNoticePayload = { id: randomUUID(), notice };
      await jobs.add(tx, ACCOUNT_NOTICE, payload);
    },
  };
}

import type { Queryable } from '../../infra/postgres.js';
import type { MessageChannel } from '../../infra/senders.js';
import { toLanguage } from '../../i18n/language.js';
import { maskIdentity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ReadUserAgent } from '../../shared/user-agent.js';
import type { UserRow } from '../../shared/user-row.js';
import { isByAdministrator, type AccountNotice, type AccountNoticeKind } from './account-notice.js';

/** Where a person can be reached. */
export type Contact = { channel: MessageChannel; to: string };
export type NoticedUser = Pick<UserRow, 'email' | 'is_email_verified' | 'phone_e164' | 'is_phone_verified' | 'language' | 'timezone'>;
export type NoticeDetails = {
  kind: AccountNoticeKind;
  /** Where to, when that is not where the account is reached now. */
  to?: Contact | undefined;
  /** The new address or number; only enough of it to recognise is sent. */
  newValue?: string;
  undo?: { url: string; until: Date } | undefined;
  until?: Date;
};

export type AccountNotices = ReturnType<typeof createAccountNotices>;

export type AccountNoticesParts = { send: (tx: Queryable, notice: AccountNotice) => Promise<void>; canSend: (channel: MessageChannel) => boolean; readUserAgent: ReadUserAgent };

/** What the owner of an account is told about it, in the transaction of the change. */
export function createAccountNotices({ send, canSend, readUserAgent }: AccountNoticesParts) {
  return {
    /** Tells the owner, where there is a contact that was proved to be his and can be reached: the one that is asked for, else another. */
    async tell(tx: Queryable, user: NoticedUser, { kind, to, newValue, undo, until }: NoticeDetails, origin: RequestOrigin): Promise<void> {
      const contact = reachable(to ? [to, ...contactsOf(user)] : contactsOf(user));
      if (!contact) return;
      await send(tx, {
        kind,
        ...contact,
        language: toLanguage(user.language) ?? 'en',
        timezone: user.timezone,
        at: new Date().toISOString(),
        ...(isByAdministrator(kind) ? { ip: null } : { client: readUserAgent(origin.userAgent), ip: origin.ip ?? null }),
        ...(newValue !== undefined && { value: maskIdentity(newValue) }),
        ...(undo && { undo: { url: undo.url, until: undo.until.toISOString() } }),
        ...(until && { until: until.toISOString() }),
      });
    },
  };

  /** A server without text messages must not keep a theft of the number to itself (C-16). WhatsApp comes last: it carries a text to those alone who wrote first. */
  function reachable(contacts: readonly Contact[]): Contact | undefined {
    const known = contacts.find(({ channel }) => canSend(channel));
    const number = contacts.find(({ channel }) => channel === 'sms');
    return known ?? (number && canSend('whatsapp') ? { ...number, channel: 'whatsapp' } : undefined);
  }
}

/** By e-mail, else by text message; only where the owner has proved that it is his. */
function contactsOf(user: NoticedUser): Contact[] {
  return [
    ...(user.email !== null && user.is_email_verified ? [{ channel: 'email', to: user.email } as const] : []),
    ...(user.phone_e164 !== null && user.is_phone_verified ? [{ channel: 'sms', to: user.phone_e164 } as const] : []),
  ];
}

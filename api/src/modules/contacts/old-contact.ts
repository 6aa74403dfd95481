import type { UserRow } from '../../shared/user-row.js';
import type { Contact as NoticeContact } from '../messages/account-notices.js';
import type { ContactKind } from './contact.js';

/**
 * Where the owner hears of a change: at what is being replaced, where he has proved that it is his. Undefined: wherever
 * else he is reached. A stranger whose address somebody once mistyped is told nothing, and cannot undo anything.
 */
export function oldContactOf(user: Pick<UserRow, 'email' | 'is_email_verified' | 'phone_e164' | 'is_phone_verified'>, kind: ContactKind): NoticeContact | undefined {
  if (kind === 'email') return user.email !== null && user.is_email_verified ? { channel: 'email', to: user.email } : undefined;
  return user.phone_e164 !== null && user.is_phone_verified ? { channel: 'sms', to: user.phone_e164 } : undefined;
}

import { z } from 'zod';
import type { UserRow } from '../../shared/user-row.js';

export type ContactKind = 'email' | 'phone';

/**
 * An e-mail address or phone number as an account has it. A number that signs in is E.164; one without a plus is only
 * shown, as a database that was taken over may have it.
 */
export type Contact = Readonly<{ kind: ContactKind; value: string | null; verifiedAt: Date | null }>;

type ContactRow = Pick<UserRow, 'email' | 'is_email_verified' | 'email_verified_at' | 'phone_e164' | 'phone_number' | 'is_phone_verified' | 'phone_number_verified_at' | 'created_at'>;

const shownNumber = z.object({ phone: z.string() });

export function contactOf(user: ContactRow, kind: ContactKind): Contact {
  const [value, isVerified, at] =
    kind === 'email' ? [user.email, user.is_email_verified, user.email_verified_at] : [user.phone_e164 ?? shownOnly(user), user.is_phone_verified, user.phone_number_verified_at];
  // A database that was taken over may say that it was proved without saying when.
  return { kind, value, verifiedAt: isVerified ? (at ?? user.created_at) : null };
}

/** The number that signs in; null for one that is only shown. */
export function e164Of({ value }: Contact): string | null {
  return value?.startsWith('+') ? value : null;
}

/** As clients are shown it after a change: without its plus (REFERENCE §10.7). */
export function shownPhoneOf({ value }: Contact): string | null {
  return value === null ? null : withoutPlus(value);
}

function shownOnly({ phone_number }: ContactRow): string | null {
  const shown = shownNumber.safeParse(phone_number);
  return shown.success ? withoutPlus(shown.data.phone) : null;
}

function withoutPlus(number: string): string {
  return number.replace(/^\+/, '');
}

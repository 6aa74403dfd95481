import { z } from 'zod';
import type { UserRow } from './user-row.js';

const when = z.iso.datetime().nullable();
const text = z.string().nullable();

/** `User` on the wire: REFERENCE §8.1's keys in its order, without `password` (C-21). */
export const userSchema = z
  .object({
    // Not `uuid`: accounts that were taken over may have ids of no version.
    user_id: z.guid(),
    created_at: z.iso.datetime(),
    last_updated: z.iso.datetime(),
    first_name: text,
    last_name: text,
    country: text,
    gender: text,
    dob: when,
    email: text,
    profile_picture_url: text,
    phone_number: z.object({ phone: z.string() }).nullable(),
    auth_type: text,
    is_email_verified: z.boolean(),
    is_phone_verified: z.boolean(),
    email_verified_at: when,
    phone_number_verified_at: when,
    last_sign_in_at: when,
    bio: text,
    theme: text,
    profile_accessibility: text,
    user_type: text,
    user_name: text,
    language: text,
    status: z.enum(['ACTIVE', 'INACTIVE', 'SUSPENDED', 'DELETED', 'INVITED']),
    timezone: text,
    invited_by_user_id: text,
    is_protected: z.boolean(),
    is_trashed: z.boolean(),
    is_active: z.boolean(),
    is_verified: z.boolean(),
  })
  .meta({ id: 'User' });

export type UserView = z.infer<typeof userSchema>;

/** The columns that the answer is made of, and no others. */
export type ShownUserRow = Pick<UserRow, keyof UserView>;

/** A row as clients see it. Every field is named: no row is spread into an answer. */
export function presentUser(row: ShownUserRow): UserView {
  return {
    user_id: row.user_id,
    created_at: row.created_at.toISOString(),
    last_updated: row.last_updated.toISOString(),
    first_name: row.first_name,
    last_name: row.last_name,
    country: row.country,
    gender: row.gender,
    dob: iso(row.dob),
    email: row.email,
    profile_picture_url: row.profile_picture_url,
    phone_number: presentPhone(row.phone_number),
    auth_type: row.auth_type,
    is_email_verified: row.is_email_verified,
    is_phone_verified: row.is_phone_verified,
    email_verified_at: iso(row.email_verified_at),
    phone_number_verified_at: iso(row.phone_number_verified_at),
    last_sign_in_at: iso(row.last_sign_in_at),
    bio: row.bio,
    theme: row.theme,
    profile_accessibility: row.profile_accessibility,
    user_type: row.user_type,
    user_name: row.user_name,
    language: row.language,
    status: presentStatus(row.status),
    timezone: row.timezone,
    invited_by_user_id: row.invited_by_user_id,
    is_protected: row.is_protected,
    is_trashed: row.is_trashed,
    is_active: row.is_active,
    is_verified: row.is_verified,
  };
}

/** The reference wrote `Active` and `INACTIVE`; one spelling leaves. What it never declared counts as inactive. */
export function presentStatus(stored: string | null): UserView['status'] {
  const status = userSchema.shape.status.safeParse(stored?.toUpperCase());
  return status.success ? status.data : 'INACTIVE';
}

/** The reference let clients store any JSON there; only what is a number leaves. */
function presentPhone(stored: UserRow['phone_number']): UserView['phone_number'] {
  const phone = userSchema.shape.phone_number.safeParse(stored);
  return phone.success ? phone.data : null;
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

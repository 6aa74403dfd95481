import type { Identity } from './identity.js';

/** A row of the table `user`, as the reference shaped it, and our own columns. */
export type UserRow = {
  user_id: string;
  created_at: Date;
  last_updated: Date;
  first_name: string | null;
  last_name: string | null;
  country: string | null;
  gender: string | null;
  dob: Date | null;
  email: string | null;
  profile_picture_url: string | null;
  /** `{ phone }`; in a database that was taken over, any JSON. */
  phone_number: unknown;
  auth_type: string | null;
  password: string;
  is_email_verified: boolean;
  is_phone_verified: boolean;
  email_verified_at: Date | null;
  phone_number_verified_at: Date | null;
  last_sign_in_at: Date | null;
  bio: string | null;
  theme: string | null;
  profile_accessibility: string | null;
  user_type: string | null;
  user_name: string | null;
  language: string | null;
  status: string | null;
  timezone: string | null;
  invited_by_user_id: string | null;
  is_protected: boolean;
  is_trashed: boolean;
  is_active: boolean;
  is_verified: boolean;
  version: number;
  phone_e164: string | null;
  password_changed_at: Date | null;
  deactivated_at: Date | null;
  erase_after: Date | null;
  profile_picture_key: string | null;
  closed_by_admin_at: Date | null;
};

/** What an invitation knows of whoever accepts it. */
export type InvitedAs = Readonly<{ firstName: string | null; lastName: string | null; language: string; invitedByUserId: string | null }>;

/** What a sign-up by code brings. `shownPhone`: the number as clients are shown it. */
export type NewUser = Readonly<{ identity: Identity; shownPhone?: string | undefined; userName: string; password: string; invitedAs?: InvitedAs | undefined }>;

/** The same columns for a statement, over the alias `u`. */
export const USER_COLUMNS = `u.user_id, u.created_at, u.last_updated, u.first_name, u.last_name, u.country, u.gender, u.dob, u.email, u.profile_picture_url,
  u.phone_number, u.auth_type, u.password, u.is_email_verified, u.is_phone_verified, u.email_verified_at, u.phone_number_verified_at,
  u.last_sign_in_at, u.bio, u.theme, u.profile_accessibility, u.user_type, u.user_name, u.language, u.status, u.timezone,
  u.invited_by_user_id, u.is_protected, u.is_trashed, u.is_active, u.is_verified, u.version,
  u.phone_e164, u.password_changed_at, u.deactivated_at, u.erase_after, u.profile_picture_key, u.closed_by_admin_at`;

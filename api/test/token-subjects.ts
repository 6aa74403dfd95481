import type { Authority, SessionRow, TokenSubject } from '../src/modules/sessions/sessions.types.js';
import type { UserRow } from '../src/shared/user-row.js';

export const SECRET = 'a-secret-of-more-than-thirty-two-bytes!';
export const LIFETIMES = { accessSeconds: 3_600, sessionSeconds: 604_800 };
export const NOW = Date.parse('2026-11-21T12:00:00.000Z');
export const EXPIRES_AT = NOW + 2_592_000_000;
export const SESSION_ID = '6f1c1f0e-6a3e-4c55-8a55-0f6f4c1d2e3f';
export const USER_ID = '0b0c7a52-7e0f-4a61-9f4a-5b1d9c3e7f10';
export const USUAL_AUTHORITY: Authority = { groups: ['user'], permissions: ['add_upload', 'edit_profile', 'view_profile'] };

export function usualUser(changes: Partial<UserRow> = {}): UserRow {
  const date = new Date(NOW - 86_400_000);
  return {
    user_id: USER_ID, created_at: date, last_updated: date, first_name: 'Amal', last_name: 'Haddad', country: 'Kuwait', gender: null, dob: null,
    email: 'amal.haddad@example.com', profile_picture_url: null, phone_number: null, auth_type: 'email', password: '$2b$12$secret', is_email_verified: true,
    is_phone_verified: false, email_verified_at: date, phone_number_verified_at: null, last_sign_in_at: date, bio: null, theme: 'light',
    profile_accessibility: 'public', user_type: 'customer', user_name: 'amal.haddad', language: 'en', status: 'ACTIVE', timezone: 'Asia/Kuwait',
    invited_by_user_id: null, is_protected: false, is_trashed: false, is_active: true, is_verified: true, version: 3,
    phone_e164: null, password_changed_at: null, deactivated_at: null, erase_after: null, profile_picture_key: null,
  closed_by_admin_at: null, ...changes,
  };
}

/** A session at sign-in, with whom its tokens speak of. */
export function subject(user: UserRow = usualUser(), authority: Authority = USUAL_AUTHORITY, changes: Partial<SessionRow> = {}): TokenSubject {
  const session = { session_id: SESSION_ID, user_id: user.user_id, generation: 0, rotated_at: new Date(NOW), confirmed_generation: 0, expires_at: new Date(EXPIRES_AT), revoked_at: null, origin: null, ...changes };
  return { session, user, authority };
}

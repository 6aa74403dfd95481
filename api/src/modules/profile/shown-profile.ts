import type { UserView } from '../../shared/user-view.js';
import type { ShownProfile } from './profile.schema.js';

/** What identifies or reaches a person elsewhere, or is nobody's business (D-13). */
export const KEPT_BACK = { email: null, phone_number: null, dob: null, last_sign_in_at: null, email_verified_at: null, phone_number_verified_at: null, invited_by_user_id: null, auth_type: null } as const satisfies Partial<UserView>;

/**
 * A profile as other users see it. Only `public` shows more than the name and the picture: there are no friendships yet,
 * so nobody is a friend, and an account that was taken over without the setting is not shown either.
 */
export function presentToOthers(user: UserView): ShownProfile {
  if (user.profile_accessibility === 'public') return { ...user, ...KEPT_BACK };
  return { user_id: user.user_id, user_name: user.user_name, profile_picture_url: user.profile_picture_url };
}

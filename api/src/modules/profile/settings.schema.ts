import { z } from 'zod';
import { userSchema } from '../../shared/user-view.js';
import { language, profileAccessibility, theme, timezone } from './profile-fields.js';

export const accessibilityBody = z.strictObject({ profile_accessibility: profileAccessibility.default('public') });
export const languageBody = z.strictObject({ language: language.default('en') });
export const themeBody = z.strictObject({ theme });
export const timezoneBody = z.strictObject({ timezone });

/** REFERENCE §10.9. Parsing a profile by it leaves these keys. */
export const settingsSchema = userSchema
  .pick({
    user_id: true,
    theme: true,
    language: true,
    profile_accessibility: true,
    timezone: true,
    country: true,
    bio: true,
    is_email_verified: true,
    is_phone_verified: true,
    is_active: true,
    is_verified: true,
    status: true,
  })
  .meta({ id: 'Settings' });

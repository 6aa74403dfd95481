import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { userSchema } from '../../shared/user-view.js';
import type { ProfileChanges } from './profile-changes.service.js';
import type { ProfileService } from './profile.service.js';
import { accessibilityBody, languageBody, settingsSchema, themeBody, timezoneBody } from './settings.schema.js';

const shared = {
  tag: 'Profile and settings',
  access: { permission: 'edit_profile' },
  method: 'POST',
  response: userSchema,
  invalid: profileErrors.PROFILE_INVALID_PAYLOAD,
  errors: [profileErrors.PROFILE_NOT_FOUND],
  audit: ['profile_updated'],
} as const;

/** The settings, and the routes of old clients that write one field each. */
export function settingsRoutes({ profile, profileChanges }: { profile: ProfileService; profileChanges: ProfileChanges }): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/settings',
      aliases: ['/settings/get-settings'],
      summary: 'Your settings',
      tag: shared.tag,
      access: { permission: 'view_profile' },
      response: settingsSchema,
      message: 'settings_fetched',
      errors: shared.errors,
      audit: 'reads only',
      handler: ({ principal }) => profile.of(principal.userId),
    }),
    endpoint({
      ...shared,
      path: '/settings/profile-accessibility',
      summary: 'Choose who sees your profile',
      request: { body: accessibilityBody },
      message: 'accessibility_updated',
      handler: ({ principal, body, origin }) => profileChanges.update(principal, body, origin),
    }),
    endpoint({
      ...shared,
      path: '/settings/profile-language',
      summary: 'Choose your language',
      request: { body: languageBody },
      message: 'language_updated',
      handler: ({ principal, body, origin }) => profileChanges.update(principal, body, origin),
    }),
    endpoint({
      ...shared,
      path: '/settings/update-theme',
      summary: 'Choose a theme',
      request: { body: themeBody },
      message: 'theme_updated',
      handler: ({ principal, body, origin }) => profileChanges.update(principal, body, origin),
    }),
    endpoint({
      ...shared,
      path: '/settings/update-timezone',
      summary: 'Choose your time zone',
      request: { body: timezoneBody },
      message: 'timezone_updated',
      handler: ({ principal, body, origin }) => profileChanges.update(principal, body, origin),
    }),
  ];
}

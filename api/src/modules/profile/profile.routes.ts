import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { userSchema } from '../../shared/user-view.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { ProfileService } from './profile.service.js';

export function profileRoutes({ profile }: { profile: ProfileService }): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/settings/profile',
      summary: 'Your profile',
      tag: 'Profile and settings',
      access: { permission: 'view_profile' },
      response: userSchema,
      message: 'profile_fetched',
      errors: [profileErrors.PROFILE_NOT_FOUND],
      audit: 'reads only',
      handler: ({ principal }) => profile.of(principal.userId),
    }),
  ];
}

import { endpoint, type Endpoint } from '../../http/endpoint.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { userSchema } from '../../shared/user-view.js';
import type { ProfileChanges } from './profile-changes.service.js';
import { profileBody, profileParams, shownProfileSchema, type ProfileFields } from './profile.schema.js';
import type { ProfileService } from './profile.service.js';

const tag = 'Profile and settings';

export function profileRoutes({ profile, profileChanges }: { profile: ProfileService; profileChanges: ProfileChanges }): Endpoint[] {
  const update = {
    summary: 'Change your profile',
    description: 'What is left out stays as it is; null clears a field. A field that is not listed is refused by name.',
    tag,
    access: { permission: 'edit_profile' },
    request: { body: profileBody },
    response: userSchema,
    message: 'profile_updated',
    invalid: profileErrors.PROFILE_INVALID_PAYLOAD,
    errors: [profileErrors.DUPLICATE_ENTRY, profileErrors.PROFILE_NOT_FOUND],
    audit: ['profile_updated'],
    handler: ({ principal, body, origin }: { principal: Principal; body: ProfileFields; origin: RequestOrigin }) => profileChanges.update(principal, body, origin),
  } as const;
  return [
    endpoint({
      method: 'GET',
      path: '/settings/profile',
      summary: 'Your profile',
      tag,
      access: { permission: 'view_profile' },
      response: userSchema,
      message: 'profile_fetched',
      errors: [profileErrors.PROFILE_NOT_FOUND],
      audit: 'reads only',
      handler: ({ principal }) => profile.of(principal.userId),
    }),
    endpoint({ ...update, method: 'PUT', path: '/settings/profile' }),
    // An alias has the method of its endpoint, and this one never had.
    endpoint({ ...update, method: 'POST', path: '/settings/update-profile', deprecated: { successor: '/settings/profile' } }),
    endpoint({
      method: 'GET',
      path: '/settings/profile/:user_id',
      summary: 'Somebody’s profile',
      description:
        'All of it if it is yours or you have the permission `view_user`. Otherwise as its `profile_accessibility` says: of a public one everything but what identifies or reaches the person elsewhere (null), of any other `user_id`, `user_name` and `profile_picture_url`. There are no friendships yet, so `friends` shows as little as `private`.',
      tag,
      access: { permission: 'view_profile' },
      request: { params: profileParams },
      response: shownProfileSchema,
      message: 'profile_fetched',
      errors: [profileErrors.PROFILE_NOT_FOUND],
      audit: 'reads only',
      handler: ({ principal, params }) => profile.shownTo(principal, params.user_id),
    }),
  ];
}

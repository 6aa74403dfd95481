import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { presentHeld, presentHeldThen } from './user-permissions.presenter.js';
import { heldQuery, heldSchema, holderParams, type HeldQuery, type HeldView } from './user-permissions.schema.js';
import type { UserPermissions } from './user-permissions.service.js';

const tag = 'Users';

/** `me` comes first, or it would be taken for the id of a user (D-09). */
export function userPermissionsRoutes({ userPermissions }: { userPermissions: UserPermissions }): Endpoint[] {
  const shared = { method: 'GET', tag, response: heldSchema, message: 'user_permissions_fetched', audit: 'reads only' } as const;
  return [
    endpoint({
      ...shared,
      path: '/users/me/permissions',
      summary: 'What you may do',
      description: 'With `explain=true`, which groups give each permission; with `at`, what you were allowed at that moment.',
      access: { permission: 'view_profile' },
      request: { query: heldQuery },
      handler: ({ principal, query }) => answer(principal.userId, query),
    }),
    endpoint({
      ...shared,
      path: '/users/:user_id/permissions',
      summary: 'What a user may do',
      description: 'With `explain=true`, which groups give each permission; with `at`, what the user was allowed at that moment, whoever has changed what since then.',
      access: { permission: 'view_user' },
      request: { params: holderParams, query: heldQuery },
      errors: [accessErrors.USER_NOT_FOUND],
      handler: ({ params, query }) => answer(params.user_id, query),
    }),
  ];

  async function answer(userId: string, { at, ...asked }: HeldQuery): Promise<HeldView> {
    const { explain } = asked;
    return at === undefined ? presentHeld(userId, await userPermissions.now(userId, asked), explain) : presentHeldThen(userId, await userPermissions.at(userId, at, asked), { at, explain });
  }
}

import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Principal } from '../../shared/principal.js';
import { userParams } from './user-admin.schema.js';
import { presentUserGroup } from './user-groups.presenter.js';
import { assignGroupsBody, userGroupPageSchema, userGroupsQuery, userGroupsSchema } from './user-groups.schema.js';
import type { UserGroups, UserGroupsAsked } from './user-groups.service.js';

const tag = 'Users';

export function userGroupsRoutes({ userGroups }: { userGroups: UserGroups }): Endpoint[] {
  return [
    // Before `:user_id`, which would take `me` for an id (D-09).
    endpoint({
      method: 'GET',
      path: '/users/me/groups',
      summary: 'Your groups',
      description: 'Those that are active, by name.',
      tag,
      access: { permission: 'view_profile' },
      request: { query: userGroupsQuery },
      response: userGroupPageSchema,
      message: 'user_groups_fetched',
      audit: 'reads only',
      handler: ({ principal, query }) => pageOf(principal, principal.userId, query),
    }),
    endpoint({
      method: 'GET',
      path: '/users/:user_id/groups',
      summary: 'The groups of a user',
      description: 'Those that are active, by name.',
      tag,
      access: { permission: 'view_user' },
      request: { params: userParams, query: userGroupsQuery },
      response: userGroupPageSchema,
      message: 'user_groups_fetched',
      errors: [accessErrors.USER_NOT_FOUND],
      audit: 'reads only',
      handler: ({ principal, params: { user_id }, query }) => pageOf(principal, user_id, query),
    }),
    endpoint({
      method: 'POST',
      path: '/users/:user_id/groups',
      summary: 'Decide which groups a user is in',
      description:
        'By codename or by id, and all of them: a group that is not in the list is taken away. A membership that stays keeps its date. Any active group may be given, and one that the user has may stay also when it is not active. Nobody gives or takes more than he holds himself, and the last super administrator stays one. Every worker obeys before the answer.',
      tag,
      access: { permission: 'assign_groups' },
      request: { params: userParams, body: assignGroupsBody },
      response: userGroupsSchema,
      message: 'user_groups_assigned',
      invalid: authErrors.AUTH_INVALID_PAYLOAD,
      errors: [accessErrors.USER_NOT_FOUND, accessErrors.GROUP_ASSIGN_USERS_FAILED, accessErrors.PERMISSION_DENIED, accessErrors.GROUP_DENIED, accessErrors.LAST_SUPER_ADMIN],
      audit: ['user_groups_changed'],
      async handler({ principal, params: { user_id }, body: { group_codenames, group_ids }, origin }) {
        const wanted = group_ids ? ({ by: 'group_id', names: group_ids } as const) : ({ by: 'codename', names: group_codenames ?? [] } as const);
        const groups = await userGroups.replace(principal, user_id, wanted, origin);
        return { user_id, groups: groups.map(presentUserGroup) };
      },
    }),
  ];

  async function pageOf(caller: Principal, userId: string, asked: UserGroupsAsked) {
    const { groups, pagination } = await userGroups.of(caller, userId, asked);
    return { user_id: userId, groups: groups.map(presentUserGroup), pagination };
  }
}

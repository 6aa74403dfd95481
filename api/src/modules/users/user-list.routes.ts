import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { oneUserSchema, userListQuery, userPageSchema, userParams } from './user-list.schema.js';
import type { UserList } from './user-list.service.js';

const tag = 'Users';
const access = { permission: 'view_user' } as const;

export function userListRoutes({ userList }: { userList: UserList }): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/users',
      summary: 'Users',
      description: 'All of them, newest first, or those who are what the parameters say, all at once. A cursor belongs to its `sort`.',
      tag,
      access,
      request: { query: userListQuery },
      response: userPageSchema,
      message: 'users_fetched',
      audit: 'reads only',
      handler: ({ query }) => userList.page(query),
    }),
    endpoint({
      method: 'GET',
      path: '/users/:user_id',
      summary: 'One user',
      tag,
      access,
      request: { params: userParams },
      response: oneUserSchema,
      message: 'user_fetched',
      errors: [accessErrors.USER_NOT_FOUND],
      audit: 'reads only',
      handler: async ({ params }) => ({ user: await userList.one(params.user_id) }),
    }),
  ];
}

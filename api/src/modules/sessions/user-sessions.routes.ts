import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { sessionPaging } from './session-list.service.js';
import { presentSession } from './sessions.presenter.js';
import { sessionPageSchema } from './sessions.schema.js';
import { endedSessionsSchema, userSessionsParams } from './user-sessions.schema.js';
import type { UserSessions } from './user-sessions.service.js';

const shared = {
  path: '/users/:user_id/sessions',
  tag: 'Users',
  access: { permission: 'edit_user' },
  errors: [accessErrors.USER_NOT_FOUND, accessErrors.GROUP_DENIED, accessErrors.PERMISSION_DENIED],
} as const;

export function userSessionsRoutes({ userSessions }: { userSessions: UserSessions }): Endpoint[] {
  return [
    endpoint({
      ...shared,
      method: 'GET',
      summary: 'The sessions of a user',
      description: 'The devices on which somebody is signed in, newest first, unless he holds more than you. `last_seen_at` is up to five minutes late.',
      request: { params: userSessionsParams, query: sessionPaging.query },
      response: sessionPageSchema,
      message: 'user_sessions_fetched',
      audit: 'reads only',
      async handler({ principal, params, query }) {
        const { sessions, pagination } = await userSessions.of(principal, params.user_id, query);
        return { sessions: sessions.map((row) => presentSession(row, principal)), pagination };
      },
    }),
    endpoint({
      ...shared,
      method: 'DELETE',
      summary: 'Sign a user out everywhere',
      description: 'A request sent after the answer is refused by every worker. The account stays as it is: its owner may sign in again.',
      request: { params: userSessionsParams },
      response: endedSessionsSchema,
      message: 'user_sessions_ended',
      audit: ['user_sessions_ended'],
      async handler({ principal, params: { user_id }, origin }) {
        return { user_id, sessions_ended: await userSessions.endAll(principal, user_id, origin) };
      },
    }),
  ];
}

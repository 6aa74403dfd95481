import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { presentUser } from '../../shared/user-view.js';
import { changedUserSchema, deletedUserSchema, statusBody, userParams } from './user-admin.schema.js';
import type { UserDeletion } from './user-deletion.service.js';
import type { UserStatus } from './user-status.service.js';

const tag = 'Users';
/** Of whatever is done to the account of somebody else. */
const refusals = [accessErrors.USER_NOT_FOUND, accessErrors.OWN_ACCOUNT, accessErrors.GROUP_DENIED, accessErrors.PERMISSION_DENIED, accessErrors.LAST_SUPER_ADMIN];

export function userAdminRoutes({ userStatus, userDeletion }: { userStatus: UserStatus; userDeletion: UserDeletion }): Endpoint[] {
  return [
    endpoint({
      method: 'PUT',
      path: '/users/:user_id/status',
      summary: 'Suspend or activate a user',
      description:
        'Suspending ends all sessions, on every worker, before the answer; nobody gets in until the account is activated. ACTIVE takes back a suspension or a deletion by an administrator, and opens an account that was never active. ' +
        'What its owner has decided stays: an account that he had deactivated or deleted is 409, and one that was suspended after he had deactivated it is INACTIVE again, so that his next sign-in brings it back.',
      tag,
      access: { permission: 'edit_user' },
      request: { params: userParams, body: statusBody },
      response: changedUserSchema,
      message: 'user_reactivated',
      errors: [...refusals, accessErrors.USER_STATUS_CONFLICT],
      audit: ['user_suspended', 'user_reactivated'],
      async handler({ principal, params, body, origin, reply }) {
        const user = await userStatus.set(principal, { userId: params.user_id, ...body }, origin);
        if (body.status === 'SUSPENDED') reply.message('user_suspended');
        return { user: presentUser(user) };
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/users/:user_id',
      summary: 'Delete a user',
      description: 'All sessions end, on every worker, before the answer, and no sign-in brings the account back. After the days of grace everything personal is erased for good; until then an administrator can activate it again.',
      tag,
      access: { permission: 'delete_user' },
      request: { params: userParams },
      response: deletedUserSchema,
      message: 'user_deleted',
      errors: refusals,
      audit: ['user_deleted'],
      async handler({ principal, params: { user_id }, origin }) {
        const eraseAfter = await userDeletion.delete(principal, user_id, origin);
        return { user_id, erase_after: eraseAfter.toISOString() };
      },
    }),
  ];
}

import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { presentInvitation } from './invitations.presenter.js';
import { invitationPageSchema, invitationParams, invitationsQuery, inviteBody, invitedSchema, withdrawnSchema } from './invitations.schema.js';
import type { Invitations } from './invitations.service.js';

const tag = 'Users';

export function invitationsRoutes({ invitations }: { invitations: Invitations }): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/users',
      summary: 'Invite somebody',
      description:
        'Sends an invitation to an e-mail address or phone number. The account is made when that person signs up with it (`POST /auth/verify`): the code proves whose it is, and the account gets the groups, the names and the language of the invitation. ' +
        'Nobody invites to groups that grant more than he holds, neither now nor when the invitation is accepted: what the inviter could not give any more falls away, and `user` remains. Inviting again replaces the invitation and sends it again, once a minute at the most.',
      tag,
      access: { permission: 'add_user' },
      request: { body: inviteBody },
      response: invitedSchema,
      message: 'user_invited',
      status: 201,
      errors: [authErrors.AUTH_CHANNEL_UNSUPPORTED, accessErrors.GROUP_ASSIGN_USERS_FAILED, accessErrors.PERMISSION_DENIED, accessErrors.GROUP_DENIED, authErrors.AUTH_USER_ALREADY_EXISTS, authErrors.AUTH_OTP_SEND_FAILED],
      audit: ['user_invited'],
      handler: async ({ principal, body, language, origin }) => ({ invitation: presentInvitation(await invitations.invite(principal, body, language, origin)) }),
    }),
    endpoint({
      method: 'GET',
      path: '/invitations',
      summary: 'Invitations that wait for an answer',
      description: 'Newest first. One that was accepted, withdrawn or has expired is not among them.',
      tag,
      access: { permission: 'view_user' },
      request: { query: invitationsQuery },
      response: invitationPageSchema,
      message: 'invitations_fetched',
      audit: 'reads only',
      async handler({ query }) {
        const { invitations: rows, pagination } = await invitations.list(query);
        return { invitations: rows.map(presentInvitation), pagination };
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/invitations/:invitation_id',
      summary: 'Withdraw an invitation',
      description: 'A message that has not left yet does not leave any more.',
      tag,
      access: { permission: 'add_user' },
      request: { params: invitationParams },
      response: withdrawnSchema,
      message: 'invitation_withdrawn',
      errors: [accessErrors.INVITATION_NOT_FOUND, accessErrors.PERMISSION_DENIED, accessErrors.GROUP_DENIED],
      audit: ['invitation_withdrawn'],
      async handler({ principal, params: { invitation_id }, origin }) {
        await invitations.withdraw(principal, invitation_id, origin);
        return { invitation_id };
      },
    }),
  ];
}

import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { streamed } from '../../http/streamed.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { accessErrors } from '../../shared/access-errors.js';
import { deactivatedSchema, deleteAccountBody, deletedSchema } from './account.schema.js';
import type { AccountService } from './account.service.js';
import { exportSchema } from './export.schema.js';
import type { AccountExport } from './export.service.js';

const tag = 'Profile and settings';

export function accountRoutes({ account, accountExport }: { account: AccountService; accountExport: AccountExport }): Endpoint[] {
  return [
    endpoint({
      method: 'POST',
      path: '/settings/deactivate-account',
      summary: 'Deactivate your account',
      description: 'All sessions end, on every worker, before the answer. The next successful sign-in brings the account back.',
      tag,
      access: { permission: 'edit_profile' },
      response: deactivatedSchema,
      message: 'account_deactivated',
      errors: [accessErrors.LAST_SUPER_ADMIN],
      audit: ['account_deactivated'],
      async handler({ principal, origin }) {
        await account.deactivate(principal, origin);
        return { user_id: principal.userId, is_active: false as const, status: 'INACTIVE' as const };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/settings/delete-account',
      summary: 'Delete your account',
      description: 'All sessions end, on every worker, before the answer. A sign-in within the days of grace brings the account back; after them everything personal is erased for good.',
      tag,
      access: { permission: 'edit_profile' },
      request: { body: deleteAccountBody },
      response: deletedSchema,
      message: 'account_deactivated',
      invalid: profileErrors.PROFILE_INVALID_PAYLOAD,
      errors: [accessErrors.LAST_SUPER_ADMIN],
      audit: ['account_deleted'],
      async handler({ principal, origin }) {
        await account.delete(principal, origin);
        return { user_id: principal.userId, is_active: false as const };
      },
    }),
    endpoint({
      method: 'GET',
      path: '/settings/export',
      summary: 'Everything that is stored about you',
      description: 'Sent while it is being read. Where the connection ends before the JSON does, the export is incomplete.',
      tag,
      access: { permission: 'view_profile' },
      limit: 'export',
      response: exportSchema,
      message: 'account_exported',
      errors: [profileErrors.PROFILE_NOT_FOUND],
      audit: ['account_exported'],
      handler({ principal, origin, reply }) {
        reply.header('Content-Disposition', 'attachment; filename="account.json"');
        return streamed(() => accountExport.of(principal, origin));
      },
    }),
  ];
}

import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { PermissionChanges } from './permission-changes.service.js';
import { presentPermission } from './permissions.presenter.js';
import { deletedPermissionSchema, newPermissionBody, permissionBody, permissionDataSchema, permissionPageSchema, permissionParams, permissionsQuery } from './permissions.schema.js';
import type { PermissionsService } from './permissions.service.js';

const tag = 'Permissions and groups';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

export function permissionsRoutes({ permissions, permissionChanges }: { permissions: PermissionsService; permissionChanges: PermissionChanges }): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/permissions',
      summary: 'All permissions',
      description: 'By category and name; those without a category come last.',
      tag,
      access: { permission: 'view_permission' },
      request: { query: permissionsQuery },
      response: permissionPageSchema,
      message: 'permissions_fetched',
      audit: 'reads only',
      async handler({ query }) {
        const page = await permissions.list(query);
        return { permissions: page.permissions.map(presentPermission), pagination: page.pagination };
      },
    }),
    endpoint({
      method: 'GET',
      path: '/permissions/:permission_id',
      summary: 'One permission',
      tag,
      access: { permission: 'view_permission' },
      request: { params: permissionParams },
      response: permissionDataSchema,
      message: 'permission_fetched',
      errors: [accessErrors.PERMISSION_NOT_FOUND],
      audit: 'reads only',
      handler: async ({ params }) => ({ permission: presentPermission(await permissions.of(params.permission_id)) }),
    }),
    endpoint({
      method: 'POST',
      path: '/permissions',
      summary: 'Make a permission',
      description: 'Super administrators hold it at once, and nobody else until it is given to a group. A codename of a built-in permission is always taken.',
      tag,
      access: { permission: 'add_permission' },
      request: { body: newPermissionBody },
      response: permissionDataSchema,
      message: 'permission_created',
      status: 201,
      invalid,
      errors: [profileErrors.DUPLICATE_ENTRY],
      audit: ['permission_created'],
      handler: async ({ principal, body, origin }) => ({ permission: presentPermission(await permissionChanges.create(principal, body, origin)) }),
    }),
    endpoint({
      method: 'PUT',
      path: '/permissions/:permission_id',
      summary: 'Change a permission',
      description: 'The fields that are given; null clears a description or category. You need to hold the permission. A built-in one keeps its name and codename; the codename of any other is changed by super administrators alone, since everybody who holds it then holds what the new one opens.',
      tag,
      access: { permission: 'edit_permission' },
      request: { params: permissionParams, body: permissionBody },
      response: permissionDataSchema,
      message: 'permission_updated',
      invalid,
      errors: [accessErrors.PERMISSION_NOT_FOUND, accessErrors.PERMISSION_UPDATE_FAILED, accessErrors.PERMISSION_DENIED, accessErrors.GROUP_DENIED, profileErrors.DUPLICATE_ENTRY],
      audit: ['permission_updated'],
      handler: async ({ principal, params, body, origin }) => ({ permission: presentPermission(await permissionChanges.update(principal, params.permission_id, body, origin)) }),
    }),
    endpoint({
      method: 'DELETE',
      path: '/permissions/:permission_id',
      summary: 'Delete a permission',
      description: 'It is taken away from every group, and nobody holds it from the answer on. You need to hold it yourself. A built-in one cannot be deleted.',
      tag,
      access: { permission: 'delete_permission' },
      request: { params: permissionParams },
      response: deletedPermissionSchema,
      message: 'permission_deleted',
      errors: [accessErrors.PERMISSION_NOT_FOUND, accessErrors.PERMISSION_DELETE_FAILED, accessErrors.PERMISSION_DENIED],
      audit: ['permission_deleted'],
      async handler({ principal, params, origin }) {
        await permissionChanges.delete(principal, params.permission_id, origin);
        return { permission_id: params.permission_id };
      },
    }),
  ];
}

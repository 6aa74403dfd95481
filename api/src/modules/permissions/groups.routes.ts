import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { accessErrors } from '../../shared/access-errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { GroupChanges } from './group-changes.service.js';
import type { GroupDeletion } from './group-deletion.service.js';
import type { GroupPermissions } from './group-permissions.service.js';
import { presentGroup } from './groups.presenter.js';
import { deletedGroupSchema, groupBody, groupDataSchema, groupPageSchema, groupParams, groupPermissionsBody, groupsQuery, newGroupBody } from './groups.schema.js';
import type { GroupsService } from './groups.service.js';

const tag = 'Permissions and groups';
const invalid = authErrors.AUTH_INVALID_PAYLOAD;

const { GROUP_NOT_FOUND, GROUP_UPDATE_FAILED, GROUP_DELETE_FAILED, GROUP_ASSIGN_PERMISSIONS_FAILED, GROUP_DENIED, PERMISSION_DENIED } = accessErrors;

/** As the query says it. */
const ACTIVE = { true: true, false: false, all: undefined } as const;

export type GroupsRoutesParts = { groups: GroupsService; groupChanges: GroupChanges; groupDeletion: GroupDeletion; groupPermissions: GroupPermissions };

export function groupsRoutes({ groups, groupChanges, groupDeletion, groupPermissions }: GroupsRoutesParts): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/groups',
      summary: 'All groups',
      description: 'By name, with what they grant; those that are not active only when they are asked for.',
      tag,
      access: { permission: 'view_group' },
      request: { query: groupsQuery },
      response: groupPageSchema,
      message: 'groups_fetched',
      audit: 'reads only',
      async handler({ query: { is_active, ...query } }) {
        const page = await groups.list({ ...query, isActive: ACTIVE[is_active] });
        return { groups: page.groups.map(presentGroup), pagination: page.pagination };
      },
    }),
    endpoint({
      method: 'GET',
      path: '/groups/:group_id',
      summary: 'One group',
      description: 'Also one that is not active.',
      tag,
      access: { permission: 'view_group' },
      request: { params: groupParams },
      response: groupDataSchema,
      message: 'group_fetched',
      errors: [GROUP_NOT_FOUND],
      audit: 'reads only',
      handler: async ({ params }) => ({ group: presentGroup(await groups.of(params.group_id)) }),
    }),
    endpoint({
      method: 'POST',
      path: '/groups',
      summary: 'Make a group',
      description: 'It grants nothing until it is given permissions. A codename of a built-in group is always taken.',
      tag,
      access: { permission: 'add_group' },
      request: { body: newGroupBody },
      response: groupDataSchema,
      message: 'group_created',
      status: 201,
      invalid,
      errors: [GROUP_DENIED, profileErrors.DUPLICATE_ENTRY],
      audit: ['group_created'],
      handler: async ({ principal, body, origin }) => ({ group: presentGroup(await groupChanges.create(principal, body, origin)) }),
    }),
    endpoint({
      method: 'PUT',
      path: '/groups/:group_id',
      summary: 'Change a group',
      description: 'The fields that are given; null clears a description. You need to hold all that the group grants. A system group keeps its name and codename, and super_admin is always active. A group that is not active gives nothing from the answer on.',
      tag,
      access: { permission: 'edit_group' },
      request: { params: groupParams, body: groupBody },
      response: groupDataSchema,
      message: 'group_updated',
      invalid,
      errors: [GROUP_NOT_FOUND, GROUP_UPDATE_FAILED, GROUP_DENIED, PERMISSION_DENIED, profileErrors.DUPLICATE_ENTRY],
      audit: ['group_updated'],
      handler: async ({ principal, params, body, origin }) => ({ group: presentGroup(await groupChanges.update(principal, params.group_id, body, origin)) }),
    }),
    endpoint({
      method: 'DELETE',
      path: '/groups/:group_id',
      summary: 'Delete a group',
      description: 'Its members lose what it gave them from the answer on. You need to hold all that it grants. A system group cannot be deleted. A group of many thousands is made inactive first and takes a while; if that is interrupted, send it again.',
      tag,
      access: { permission: 'delete_group' },
      request: { params: groupParams },
      response: deletedGroupSchema,
      message: 'group_deleted',
      errors: [GROUP_NOT_FOUND, GROUP_DELETE_FAILED, GROUP_DENIED, PERMISSION_DENIED],
      audit: ['group_deleted', 'group_updated'],
      async handler({ principal, params, origin }) {
        await groupDeletion.delete(principal, params.group_id, origin);
        return { group_id: params.group_id };
      },
    }),
    endpoint({
      method: 'POST',
      path: '/groups/:group_id/permissions',
      summary: 'Say what a group grants',
      description: 'By id or by codename. Replaces the whole set. You need to hold all that the group grants now and all that you add. The group super_admin always has every permission.',
      tag,
      access: { permission: 'edit_group' },
      request: { params: groupParams, body: groupPermissionsBody },
      response: groupDataSchema,
      message: 'group_permissions_assigned',
      invalid,
      errors: [GROUP_NOT_FOUND, GROUP_ASSIGN_PERMISSIONS_FAILED, GROUP_DENIED, PERMISSION_DENIED],
      audit: ['group_permissions_changed'],
      async handler({ principal, params, body: { permission_ids, permission_codenames }, origin }) {
        const wanted = permission_ids ? ({ by: 'permission_id', names: permission_ids } as const) : ({ by: 'codename', names: permission_codenames ?? [] } as const);
        return { group: presentGroup(await groupPermissions.replace(principal, params.group_id, wanted, origin)) };
      },
    }),
  ];
}

import { randomUUID } from 'node:crypto';
import { UUID, type Ask, type ContractCase, type Doings } from './cases.js';

const PERMISSION_BODY = { name: 'Count stars', codename: 'count_stars', description: 'x', category: 'sky' };
const GROUP_BODY = { name: 'Astronomers', codename: 'astronomers', description: 'x', is_active: true };

/** Permissions and groups (API.md §4.3). */
export function permissionsCases({ send, get, post, sql, person, admin, changed, silent }: Doings): Record<string, ContractCase> {
  const root = async () => (await admin()).sessionToken;
  const asRoot = async (method: string, path: string, body: unknown, ask: Ask) => send(method, path, body, ask, await root());
  const names = () => ({ name: `N ${randomUUID()}`, codename: `c.${randomUUID()}` });

  const permission = async (): Promise<string> => (await asRoot('POST', '/permissions', names(), silent)).body.data.permission.permission_id;
  const group = async (): Promise<string> => (await asRoot('POST', '/groups', names(), silent)).body.data.group.group_id;
  const idOf = async (table: 'permission' | 'group', codename: string) => (await sql<{ id: string }>(`SELECT ${table}_id AS id FROM "${table}" WHERE codename = $1`, [codename]))[0]!.id;

  /** The token of somebody who holds these permissions, and those of everybody. */
  async function holding(...codenames: string[]): Promise<string> {
    const [someone, groupId] = [await person(), await group()];
    await sql('INSERT INTO group_permission (group_id, permission_id) SELECT $1, permission_id FROM permission WHERE codename = ANY($2)', [groupId, codenames]);
    await sql('INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', [someone.userId, groupId]);
    return (await changed(someone, 'version = version + 1')).sessionToken;
  }

  const permissionPath = async () => `/permissions/${await permission()}`;
  const groupPath = async () => `/groups/${await group()}`;
  const builtInPermission = async () => `/permissions/${await idOf('permission', 'view_user')}`;
  const systemGroup = async (codename: string) => `/groups/${await idOf('group', codename)}`;

  return {
    'GET /permissions': {
      ok: (ask) => asRoot('GET', '/permissions', undefined, ask),
      data: ['permissions', 'pagination'],
      errors: { VALIDATION_ERROR: (ask) => asRoot('GET', '/permissions?search=', undefined, ask) },
    },
    'GET /permissions/:permission_id': {
      ok: async (ask) => get(await permissionPath(), ask, await root()),
      data: ['permission'],
      errors: {
        PERMISSION_NOT_FOUND: (ask) => asRoot('GET', `/permissions/${UUID}`, undefined, ask),
        VALIDATION_ERROR: (ask) => asRoot('GET', '/permissions/1', undefined, ask),
      },
    },
    'POST /permissions': {
      ok: async (ask) => post('/permissions', names(), ask, await root()),
      data: ['permission'],
      body: PERMISSION_BODY,
      optional: ['description', 'category'],
      caller: root,
      lenient: true,
      errors: {
        AUTH_INVALID_PAYLOAD: (ask) => asRoot('POST', '/permissions', { name: ' ', codename: 'x' }, ask),
        DUPLICATE_ENTRY: (ask) => asRoot('POST', '/permissions', { name: 'x', codename: 'view_user' }, ask),
      },
    },
    'PUT /permissions/:permission_id': {
      ok: async (ask) => send('PUT', await permissionPath(), { description: 'x' }, ask, await root()),
      data: ['permission'],
      body: PERMISSION_BODY,
      optional: ['name', 'codename', 'description', 'category'],
      caller: root,
      path: permissionPath,
      lenient: true,
      errors: {
        AUTH_INVALID_PAYLOAD: async (ask) => asRoot('PUT', await permissionPath(), { codename: 'not one' }, ask),
        PERMISSION_NOT_FOUND: (ask) => asRoot('PUT', `/permissions/${UUID}`, {}, ask),
        PERMISSION_UPDATE_FAILED: async (ask) => asRoot('PUT', await builtInPermission(), { name: 'x' }, ask),
        PERMISSION_DENIED: async (ask) => send('PUT', await permissionPath(), {}, ask, await holding('edit_permission')),
        async GROUP_DENIED(ask) {
          const { codename } = names();
          await asRoot('POST', '/permissions', { name: codename, codename }, silent);
          return send('PUT', `/permissions/${await idOf('permission', codename)}`, names(), ask, await holding('edit_permission', codename));
        },
        DUPLICATE_ENTRY: async (ask) => asRoot('PUT', await permissionPath(), { name: 'View User' }, ask),
      },
    },
    'DELETE /permissions/:permission_id': {
      ok: async (ask) => asRoot('DELETE', await permissionPath(), undefined, ask),
      data: ['permission_id'],
      errors: {
        PERMISSION_NOT_FOUND: (ask) => asRoot('DELETE', `/permissions/${UUID}`, undefined, ask),
        PERMISSION_DELETE_FAILED: async (ask) => asRoot('DELETE', await builtInPermission(), undefined, ask),
        PERMISSION_DENIED: async (ask) => send('DELETE', await permissionPath(), undefined, ask, await holding('delete_permission')),
        VALIDATION_ERROR: (ask) => asRoot('DELETE', '/permissions/1', undefined, ask),
      },
    },
    'GET /groups': {
      ok: (ask) => asRoot('GET', '/groups', undefined, ask),
      data: ['groups', 'pagination'],
      errors: { VALIDATION_ERROR: (ask) => asRoot('GET', '/groups?is_active=maybe', undefined, ask) },
    },
    'GET /groups/:group_id': {
      ok: async (ask) => get(await groupPath(), ask, await root()),
      data: ['group'],
      errors: {
        GROUP_NOT_FOUND: (ask) => asRoot('GET', `/groups/${UUID}`, undefined, ask),
        VALIDATION_ERROR: (ask) => asRoot('GET', '/groups/1', undefined, ask),
      },
    },
    'POST /groups': {
      ok: async (ask) => post('/groups', names(), ask, await root()),
      data: ['group'],
      body: { ...GROUP_BODY, is_system: false },
      optional: ['description', 'is_active', 'is_system'],
      caller: root,
      lenient: true,
      errors: {
        AUTH_INVALID_PAYLOAD: (ask) => asRoot('POST', '/groups', { name: 'x' }, ask),
        DUPLICATE_ENTRY: (ask) => asRoot('POST', '/groups', { name: 'x', codename: 'super_admin' }, ask),
        GROUP_DENIED: async (ask) => post('/groups', { ...names(), is_system: true }, ask, await holding('add_group')),
      },
    },
    'PUT /groups/:group_id': {
      ok: async (ask) => send('PUT', await groupPath(), { is_active: false }, ask, await root()),
      data: ['group'],
      body: GROUP_BODY,
      optional: ['name', 'codename', 'description', 'is_active'],
      caller: root,
      path: groupPath,
      lenient: true,
      errors: {
        AUTH_INVALID_PAYLOAD: async (ask) => asRoot('PUT', await groupPath(), { is_active: 'false' }, ask),
        GROUP_NOT_FOUND: (ask) => asRoot('PUT', `/groups/${UUID}`, {}, ask),
        GROUP_UPDATE_FAILED: async (ask) => asRoot('PUT', await systemGroup('super_admin'), { is_active: false }, ask),
        GROUP_DENIED: async (ask) => send('PUT', await systemGroup('super_admin'), {}, ask, await holding('edit_group')),
        PERMISSION_DENIED: async (ask) => send('PUT', await systemGroup('admin'), {}, ask, await holding('edit_group')),
        DUPLICATE_ENTRY: async (ask) => asRoot('PUT', await groupPath(), { name: 'Admin' }, ask),
      },
    },
    'DELETE /groups/:group_id': {
      ok: async (ask) => asRoot('DELETE', await groupPath(), undefined, ask),
      data: ['group_id'],
      errors: {
        GROUP_NOT_FOUND: (ask) => asRoot('DELETE', `/groups/${UUID}`, undefined, ask),
        GROUP_DELETE_FAILED: async (ask) => asRoot('DELETE', await systemGroup('user'), undefined, ask),
        GROUP_DENIED: async (ask) => send('DELETE', await systemGroup('super_admin'), undefined, ask, await holding('delete_group')),
        PERMISSION_DENIED: async (ask) => send('DELETE', await systemGroup('admin'), undefined, ask, await holding('delete_group')),
        VALIDATION_ERROR: (ask) => asRoot('DELETE', '/groups/1', undefined, ask),
      },
    },
    'POST /groups/:group_id/permissions': {
      ok: async (ask) => post(`${await groupPath()}/permissions`, { permission_ids: [await permission()] }, ask, await root()),
      data: ['group'],
      body: { permission_ids: [UUID] },
      mayBeEmpty: ['permission_ids'],
      caller: root,
      path: async () => `${await groupPath()}/permissions`,
      lenient: true,
      errors: {
        AUTH_INVALID_PAYLOAD: async (ask) => asRoot('POST', `${await groupPath()}/permissions`, { permission_ids: ['x'] }, ask),
        GROUP_NOT_FOUND: (ask) => asRoot('POST', `/groups/${UUID}/permissions`, { permission_ids: [] }, ask),
        GROUP_ASSIGN_PERMISSIONS_FAILED: async (ask) => asRoot('POST', `${await groupPath()}/permissions`, { permission_ids: [UUID] }, ask),
        GROUP_DENIED: async (ask) => post(`${await systemGroup('super_admin')}/permissions`, { permission_ids: [] }, ask, await holding('edit_group')),
        PERMISSION_DENIED: async (ask) => post(`${await groupPath()}/permissions`, { permission_ids: [await idOf('permission', 'delete_user')] }, ask, await holding('edit_group')),
      },
    },
  };
}

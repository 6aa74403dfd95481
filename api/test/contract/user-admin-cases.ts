import type { Account } from '../accounts.js';
import { UUID, type Ask, type ContractCase, type Doings } from './cases.js';

/** What administrators do to accounts (API.md §4.3). */
export function userAdminCases({ send, person, admin, changed, memberOf, holderOf }: Doings): Record<string, ContractCase> {
  const root = async () => (await admin()).sessionToken;

  /** The failures of whatever is done to somebody else, whose permission is this. */
  const refusals = (permission: string, ask: (target: Account, by: Ask, token: string) => ReturnType<typeof send>): ContractCase['errors'] => ({
    USER_NOT_FOUND: async (by) => ask({ ...(await person()), userId: UUID }, by, await root()),
    GROUP_DENIED: async (by) => ask(await admin(), by, (await holderOf(permission)).sessionToken),
    PERMISSION_DENIED: async (by) => ask(await memberOf('accountant'), by, (await holderOf(permission)).sessionToken),
    VALIDATION_ERROR: async (by) => ask({ ...(await person()), userId: '1' }, by, await root()),
  });

  const setStatus = (status: string) => ({ userId }: Account, ask: Ask, token: string) => send('PUT', `/users/${userId}/status`, { status }, ask, token);
  const remove = ({ userId }: Account, ask: Ask, token: string) => send('DELETE', `/users/${userId}`, undefined, ask, token);
  const sessions = (method: string) => ({ userId }: Account, ask: Ask, token: string) => send(method, `/users/${userId}/sessions`, undefined, ask, token);
  const suspend = setStatus('SUSPENDED');

  return {
    'PUT /users/:user_id/status': {
      ok: async (ask) => suspend(await person(), ask, await root()),
      data: ['user'],
      body: { status: 'ACTIVE', reason: 'x' },
      optional: ['reason'],
      caller: root,
      path: async () => `/users/${(await person()).userId}/status`,
      errors: {
        ...refusals('edit_user', suspend),
        OWN_ACCOUNT: async (ask) => suspend(await admin(), ask, await root()),
        USER_STATUS_CONFLICT: async (ask) => setStatus('ACTIVE')(await changed(await person(), `status = 'INACTIVE', is_active = false, deactivated_at = now()`), ask, await root()),
      },
    },
    'DELETE /users/:user_id': {
      ok: async (ask) => remove(await person(), ask, await root()),
      data: ['user_id', 'erase_after'],
      errors: { ...refusals('delete_user', remove), OWN_ACCOUNT: async (ask) => remove(await admin(), ask, await root()) },
    },
    'GET /users/:user_id/sessions': {
      ok: async (ask) => sessions('GET')(await person(), ask, await root()),
      data: ['sessions', 'pagination'],
      errors: refusals('edit_user', sessions('GET')),
    },
    'DELETE /users/:user_id/sessions': {
      ok: async (ask) => sessions('DELETE')(await person(), ask, await root()),
      data: ['user_id', 'sessions_ended'],
      errors: refusals('edit_user', sessions('DELETE')),
    },
  };
}

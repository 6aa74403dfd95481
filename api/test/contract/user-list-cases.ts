import { UUID, type ContractCase, type Doings } from './cases.js';

/** Listing, searching and reading users (API.md §4.3). */
export function userListCases({ get, admin, person }: Doings): Record<string, ContractCase> {
  return {
    'GET /users': {
      ok: async (ask) => get('/users?search=admin&status=ACTIVE&group=super_admin&sort=email&limit=10', ask, (await admin()).sessionToken),
      data: ['users', 'pagination'],
      errors: { VALIDATION_ERROR: async (ask) => get('/users?sort=password', ask, (await admin()).sessionToken) },
    },
    'GET /users/:user_id': {
      ok: async (ask) => get(`/users/${(await person()).userId}`, ask, (await admin()).sessionToken),
      data: ['user'],
      errors: {
        USER_NOT_FOUND: async (ask) => get(`/users/${UUID}`, ask, (await admin()).sessionToken),
        VALIDATION_ERROR: async (ask) => get('/users/1', ask, (await admin()).sessionToken),
      },
    },
  };
}

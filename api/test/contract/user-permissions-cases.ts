import { UUID, type ContractCase, type Doings } from './cases.js';

/** What somebody may do, and since when (API.md §4.3). */
export function userPermissionsCases({ get, person, admin }: Doings): Record<string, ContractCase> {
  return {
    'GET /users/me/permissions': {
      ok: async (ask) => get('/users/me/permissions?explain=true', ask, (await person()).sessionToken),
      data: ['user_id', 'permissions'],
      errors: { VALIDATION_ERROR: async (ask) => get('/users/me/permissions?explain=1', ask, (await person()).sessionToken) },
    },
    'GET /users/:user_id/permissions': {
      async ok(ask) {
        const [who, { sessionToken }] = [await person(), await admin()];
        return get(`/users/${who.userId}/permissions?at=${new Date().toISOString()}`, ask, sessionToken);
      },
      data: ['user_id', 'permissions', 'at', 'recorded_since'],
      errors: {
        USER_NOT_FOUND: async (ask) => get(`/users/${UUID}/permissions`, ask, (await admin()).sessionToken),
        async VALIDATION_ERROR(ask) {
          const who = await admin();
          return get(`/users/${who.userId}/permissions?at=2100-01-01T00:00:00Z`, ask, who.sessionToken);
        },
      },
    },
  };
}

import { UUID, type ContractCase, type Doings } from './cases.js';

/** The groups of users (API.md §4.3). */
export function userGroupsCases({ get, post, admin, person, sql }: Doings): Record<string, ContractCase> {
  const pathOf = async () => `/users/${(await person()).userId}/groups`;
  /** Somebody who may assign groups, and holds less than some of them grant. */
  async function administrator() {
    const who = await person();
    await sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'admin'`, [who.userId]);
    return who;
  }

  return {
    'GET /users/me/groups': { ok: async (ask) => get('/users/me/groups', ask, (await person()).sessionToken), data: ['user_id', 'groups', 'pagination'], errors: {} },
    'GET /users/:user_id/groups': {
      ok: async (ask) => get(await pathOf(), ask, (await admin()).sessionToken),
      data: ['user_id', 'groups', 'pagination'],
      errors: {
        USER_NOT_FOUND: async (ask) => get(`/users/${UUID}/groups`, ask, (await admin()).sessionToken),
        VALIDATION_ERROR: async (ask) => get('/users/1/groups', ask, (await admin()).sessionToken),
      },
    },
    'POST /users/:user_id/groups': {
      ok: async (ask) => post(await pathOf(), { group_codenames: ['business'] }, ask, (await admin()).sessionToken),
      data: ['user_id', 'groups'],
      body: { group_codenames: ['business'] },
      lenient: true,
      caller: async () => (await admin()).sessionToken,
      path: pathOf,
      errors: {
        USER_NOT_FOUND: async (ask) => post(`/users/${UUID}/groups`, { group_codenames: ['business'] }, ask, (await admin()).sessionToken),
        AUTH_INVALID_PAYLOAD: async (ask) => post(await pathOf(), {}, ask, (await admin()).sessionToken),
        GROUP_ASSIGN_USERS_FAILED: async (ask) => post(await pathOf(), { group_codenames: ['nobody'] }, ask, (await admin()).sessionToken),
        GROUP_DENIED: async (ask) => post(await pathOf(), { group_codenames: ['super_admin'] }, ask, (await administrator()).sessionToken),
        async PERMISSION_DENIED(ask) {
          const [{ group_id }] = await sql<{ group_id: string }>(
            `WITH made AS (INSERT INTO "group" (name, codename) VALUES ('Above', 'above') ON CONFLICT (codename) DO UPDATE SET name = 'Above' RETURNING group_id),
             granted AS (INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM made, permission p WHERE p.codename = 'delete_user' ON CONFLICT DO NOTHING)
             SELECT group_id FROM made`,
          ) as [{ group_id: string }];
          return post(await pathOf(), { group_ids: [group_id] }, ask, (await administrator()).sessionToken);
        },
        async LAST_SUPER_ADMIN(ask) {
          const { sessionToken, userId } = await admin();
          return post(`/users/${userId}/groups`, { group_codenames: ['user'] }, ask, sessionToken);
        },
      },
    },
  };
}

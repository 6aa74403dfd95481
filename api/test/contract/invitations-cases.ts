import { someone } from '../harness.js';
import { someNumber, UUID, type Ask, type ContractCase, type Doings } from './cases.js';

/** Invitations (API.md §4.3). */
export function invitationsCases({ send, get, post, postMutely, silent, sql, whatsAppIsDown, admin, person, changed }: Doings): Record<string, ContractCase> {
  const invite = async (body: Record<string, unknown>, ask: Ask, token?: string) => post('/users', body, ask, token ?? (await admin()).sessionToken);
  const withdraw = (id: string, ask: Ask, token: string) => send('DELETE', `/invitations/${id}`, undefined, ask, token);

  /** Somebody who may invite, and holds no more than that. */
  async function helper() {
    const who = await person();
    await sql(`INSERT INTO "group" (name, codename) VALUES ('Helpers', 'helpers') ON CONFLICT DO NOTHING`);
    await sql(`INSERT INTO group_permission (group_id, permission_id) SELECT g.group_id, p.permission_id FROM "group" g, permission p WHERE g.codename = 'helpers' AND p.codename = 'add_user' ON CONFLICT DO NOTHING`);
    await sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'helpers'`, [who.userId]);
    return changed(who, 'last_updated = now()');
  }

  async function invited(...groups: string[]): Promise<string> {
    const answer = await invite({ email: someone(), group_codenames: groups }, silent);
    return answer.body.data.invitation.invitation_id;
  }

  return {
    'POST /users': {
      ok: (ask) => invite({ email: someone(), first_name: 'Ada', group_codenames: ['business'] }, ask),
      data: ['invitation'],
      // Null names nobody; what is left out is the language of the request, and `user`.
      body: { email: 'ada@example.com', first_name: 'Ada', last_name: 'Byron', language: 'en', group_codenames: ['user'] },
      optional: ['first_name', 'last_name', 'language', 'group_codenames'],
      caller: async () => (await admin()).sessionToken,
      errors: {
        VALIDATION_ERROR: (ask) => invite({ email: someone(), phone: someNumber() }, ask),
        AUTH_CHANNEL_UNSUPPORTED: (ask) => postMutely('/users', { email: someone() }, ask, true),
        GROUP_ASSIGN_USERS_FAILED: (ask) => invite({ email: someone(), group_codenames: ['nobody'] }, ask),
        PERMISSION_DENIED: async (ask) => invite({ email: someone(), group_codenames: ['business'] }, ask, (await helper()).sessionToken),
        GROUP_DENIED: async (ask) => invite({ email: someone(), group_codenames: ['super_admin'] }, ask, (await helper()).sessionToken),
        AUTH_USER_ALREADY_EXISTS: async (ask) => invite({ email: (await person()).email }, ask),
        async AUTH_OTP_SEND_FAILED(ask) {
          await whatsAppIsDown();
          return invite({ phone: someNumber(), channel: 'whatsapp' }, ask);
        },
        async TOO_MANY_REQUESTS(ask) {
          const email = someone();
          await invite({ email }, silent);
          return invite({ email }, ask);
        },
      },
    },
    'GET /invitations': {
      ok: async (ask) => get('/invitations?search=example', ask, (await admin()).sessionToken),
      data: ['invitations', 'pagination'],
      errors: { VALIDATION_ERROR: async (ask) => get('/invitations?limit=0', ask, (await admin()).sessionToken) },
    },
    'DELETE /invitations/:invitation_id': {
      ok: async (ask) => withdraw(await invited('user'), ask, (await admin()).sessionToken),
      data: ['invitation_id'],
      errors: {
        INVITATION_NOT_FOUND: async (ask) => withdraw(UUID, ask, (await admin()).sessionToken),
        PERMISSION_DENIED: async (ask) => withdraw(await invited('business'), ask, (await helper()).sessionToken),
        GROUP_DENIED: async (ask) => withdraw(await invited('super_admin'), ask, (await helper()).sessionToken),
        VALIDATION_ERROR: async (ask) => withdraw('1', ask, (await admin()).sessionToken),
      },
    },
  };
}

import { randomBytes } from 'node:crypto';
import { signUp, type Account } from './accounts.js';
import type { Api } from './harness.js';

/** A new person in this group and no other. */
export async function memberOf(api: Api, group: string): Promise<Account> {
  const person = await signUp(api);
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
  await api.sql('INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = $2', [person.userId, group]);
  await api.context.changes.settled();
  return person;
}

/** A new person who holds these permissions and no other. */
export async function holderOf(api: Api, ...permissions: string[]): Promise<Account> {
  const codename = `holders_${randomBytes(6).toString('hex')}`;
  await api.sql('INSERT INTO "group" (name, codename, is_active) VALUES ($1, $1, true)', [codename]);
  await api.sql('INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM "group" g, permission p WHERE g.codename = $1 AND p.codename = ANY($2)', [codename, permissions]);
  return memberOf(api, codename);
}

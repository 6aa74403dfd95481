import { signUp, type Account } from './accounts.js';
import type { Api } from './harness.js';

/** A new person in exactly these groups, by codename. */
export async function signUpInto(api: Api, ...groups: string[]): Promise<Account> {
  const person = await signUp(api);
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
  await api.sql('INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = ANY ($2)', [person.userId, groups]);
  await api.context.changes.settled();
  return person;
}

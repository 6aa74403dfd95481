import { randomInt } from 'node:crypto';
import type { Queryable } from '../../infra/postgres.js';
import type { UsersRepo } from '../users/users.repo.js';

const ATTEMPTS = 8;

/**
 * A name that nobody has, whatever its capitals: the wanted one, or that with a number. It stays free until the
 * transaction ends, since whoever wants the same one waits for that.
 * @returns undefined when none was found
 */
export async function freeUserName(tx: Queryable, users: Pick<UsersRepo, 'lockUserName' | 'isUserNameTaken'>, wanted: string): Promise<string | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const name = attempt === 0 ? wanted : `${wanted}-${randomInt(1000, 10 ** (3 + attempt))}`;
    await users.lockUserName(tx, name);
    if (!(await users.isUserNameTaken(tx, name, null))) return name;
  }
  return undefined;
}

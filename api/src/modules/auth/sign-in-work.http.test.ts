import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { Piscina } from 'piscina';
import { signUp } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { member, PASSWORD, signInWith } from '../../../test/passwords.js';

let api: Api;
let strict: Api;
beforeAll(async () => {
  api = await startApi();
  strict = await startApi({ env: { LOCKOUT_MAX_FAILURES: '2' }, beside: api });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await strict.close();
  await api.close();
});

const WRONG = 'Wrong-turning-2-left';

/** What the threads that hash are given while something is asked: the whole cost of a password, whatever the machine. */
async function workOf(ask: () => Promise<Answer>): Promise<{ answer: Answer; tasks: unknown[] }> {
  const run = jest.spyOn(Piscina.prototype, 'run');
  try {
    const answer = await ask();
    return { answer, tasks: run.mock.calls.map(([task]) => task) };
  } finally {
    run.mockRestore();
  }
}

/** One comparison of a digest with a hash, brought up to today's cost. */
const ONE_COMPARISON = [{ kind: 'compare', text: expect.stringMatching(/^[A-Za-z0-9+/]{64}$/), stored: expect.stringMatching(/^\$2b\$04\$.{53}$/), rounds: 4 }];

/** Somebody with a password whose row is changed behind the API. */
async function changed(assignment: string, values: unknown[] = []): Promise<string> {
  const { email, userId } = await member(api);
  await api.sql(`UPDATE "user" SET ${assignment} WHERE user_id = $1`, [userId, ...values]);
  return email;
}

describe('C-10: a sign-in by password that is refused costs one comparison', () => {
  const refused: [what: string, username: () => Promise<string>, password?: string][] = [
    ['a wrong password', async () => (await member(api)).email],
    ['an unknown address', async () => someone()],
    ['an unknown number', async () => '+4915112345678'],
    ['an unknown name', async () => 'nobody-is-called-so'],
    ['what is no name at all', async () => '?'],
    ['an account without a password', async () => (await signUp(api)).email],
    ['an account whose stored password is none', () => changed(`password = 'garbage'`)],
    ['an account that an administrator closed', () => changed(`is_active = false, status = 'INACTIVE', closed_by_admin_at = now()`)],
    ['the same with the right password', () => changed(`is_active = false, status = 'INACTIVE', closed_by_admin_at = now()`), PASSWORD],
    ['an account that its owner left', () => changed(`is_active = false, status = 'INACTIVE', deactivated_at = now()`)],
    ['a suspended account', () => changed(`status = 'SUSPENDED'`)],
    ['the same with the right password', () => changed(`status = 'SUSPENDED'`), PASSWORD],
    ['a deleted account', () => changed(`is_active = false, status = 'DELETED', is_trashed = true`)],
    ['an account that was never verified', () => changed(`is_verified = false`), PASSWORD],
  ];

  it.each(refused)('%s', async (_what, username, password = WRONG) => {
    const name = await username();
    const { answer, tasks } = await workOf(() => signInWith(api, name, password));
    expect([answer.status, answer.body.error_key]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
    expect(tasks).toEqual(ONE_COMPARISON);
  });

  it('an imported hash, as it was made', async () => {
    const email = await changed('password = $2', [bcrypt.hashSync(PASSWORD, 4)]);
    const { answer, tasks } = await workOf(() => signInWith(api, email, WRONG));
    expect(answer.status).toBe(401);
    expect(tasks).toEqual([{ ...ONE_COMPARISON[0], text: WRONG }]);
  });

  it('also where a stranger tried too often by another name of the account: the right password looks like a wrong one', async () => {
    const { email, userId } = await member(api);
    const [{ user_name: otherName }] = (await api.sql('SELECT user_name FROM "user" WHERE user_id = $1', [userId])) as [{ user_name: string }];
    for (let tries = 0; tries < 2; tries += 1) await signInWith(strict, otherName, WRONG);
    const { answer, tasks } = await workOf(() => signInWith(strict, email, PASSWORD));
    expect([answer.status, answer.body.error_key]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
    expect(tasks).toEqual(ONE_COMPARISON);
  });

  it.each([
    ['a wrong password', async () => (await member(api)).email, WRONG],
    ['the right password', async () => (await member(api)).email, PASSWORD],
    ['an unknown account', async () => someone(), WRONG],
  ])('and none where a stranger is told to wait, whoever he asks for: %s', async (_what, username, password) => {
    const name = await username();
    for (let tries = 0; tries < 2; tries += 1) await signInWith(strict, name, WRONG);
    const { answer, tasks } = await workOf(() => signInWith(strict, name, password));
    expect([answer.status, answer.body.error_key]).toEqual([429, 'AUTH_TOO_MANY_ATTEMPTS']);
    expect(tasks).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';
import { createWorkerPool } from '../../infra/worker-pool.js';
import { createPasswords } from '../passwords/passwords.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { LOCKOUT_MAX_FAILURES: '1000' } });
});
afterAll(() => api.close());

const signIn = (username: unknown, password: unknown = ADMIN.password, server = api) => server.client.post('/auth/login-with-password', { username, password });
/** Whose account a name opens. */
const whose = async (username: string) => (await signIn(username)).body.data?.user.user_id ?? null;

/** An account with the administrator's password. */
async function someoneWith(columns: Record<string, string | null> = {}) {
  const person = await signUp(api);
  const names = Object.keys(columns);
  await api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $2)${names.map((name, index) => `, ${name} = $${index + 3}`).join('')} WHERE user_id = $1`, [person.userId, ADMIN.email, ...names.map((name) => columns[name])]);
  return person;
}

describe('the name to sign in with', () => {
  it('is an e-mail address in any capitals, a phone number with or without its plus, or a user name', async () => {
    const { email, userId } = await someoneWith({ phone_e164: '+4915112345678', user_name: 'ada.lovelace' });
    for (const name of [email, email.toUpperCase(), ` ${email} `, '+4915112345678', '4915112345678', ' +4915112345678 ', '+49015112345678', 'ada.lovelace']) expect([name, await whose(name)]).toEqual([name, userId]);
  });

  it('C-11: is never a part of one, nor a pattern', async () => {
    await someoneWith({ phone_e164: '+4915112345679', user_name: 'grace.hopper' });
    for (const name of ['5679', '15112345679', '015112345679', '+491511234567', '%', '_', '%5679', '+4915112345%', 'grace', 'grace%', 'grace_hopper', '%@example.com', '*', '"']) expect([name, await whose(name)]).toEqual([name, null]);
  });

  it('a phone number wins over a user name of the same digits, which anybody may choose', async () => {
    const digits = '4915112000001';
    const squatter = await someoneWith({ user_name: digits });
    expect(await whose(digits)).toBe(squatter.userId);
    const holder = await someoneWith({ phone_e164: `+${digits}` });
    expect([await whose(digits), await whose(`+${digits}`)]).toEqual([holder.userId, holder.userId]);
  });

  it('an e-mail address wins over a user name that is written like it', async () => {
    const victim = await someoneWith();
    await someoneWith({ user_name: victim.email });
    expect(await whose(victim.email)).toBe(victim.userId);
  });

  it('is found by an index, however many accounts there are', async () => {
    await api.sql(`INSERT INTO "user" (email, user_name, password) SELECT 'bulk' || n || '@example.com', 'bulk' || n, '!' FROM generate_series(1, 5000) n`);
    await api.sql('ANALYZE "user"');
    const plan = await api.sql<{ 'QUERY PLAN': string }>(`EXPLAIN SELECT u.user_id FROM "user" u WHERE lower(u.email) = 'a' OR u.phone_e164 = 'b' OR u.user_name = 'c'`);
    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toContain('BitmapOr');
    expect(text).not.toContain('Seq Scan');
  });

  it.each([[{}], [[]], [1], [null], [true], [''], ['  '], ['x'.repeat(255)], ['a\0b']])('%j is no name: 400', async (username) => {
    const answer = await signIn(username, 'x');
    expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
  });
});

describe('the password', () => {
  it.each([[{}], [[]], [1], [null], [''], ['x'.repeat(1_025)], ['\u{1F600}'.repeat(1_025)]])('%.30j is none: 400', async (password) => {
    const answer = await signIn(ADMIN.email, password);
    expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
  });

  it.each(['x'.repeat(1_024), '\u{1F600}'.repeat(1_024), ' leading', 'trailing '])('C-17: %.10s, up to 1,024 characters, is compared as it is', async (password) => {
    const pool = createWorkerPool();
    const { email, userId } = await signUp(api);
    await api.sql('UPDATE "user" SET password = $1 WHERE user_id = $2', [await createPasswords({ pool, rounds: 4 }).hash(password), userId]);
    await pool.close();
    expect((await signIn(email, password)).status).toBe(200);
    const characters = [...password];
    for (const other of [characters.slice(0, -1).join(''), [...characters.slice(0, -1), 'y'].join(''), password.trim() === password ? 'y' : password.trim()]) expect((await signIn(email, other)).status).toBe(401);
  });
});

describe('PASSWORD_MAX_AGE_DAYS', () => {
  const aged = async (days: number, column = 'password_changed_at') => {
    const person = await someoneWith();
    await api.sql(`UPDATE "user" SET ${column} = now() - make_interval(days => $2) WHERE user_id = $1`, [person.userId, days]);
    return person;
  };

  it('an older password is right, and refused with 403; whoever does not know it is not told', async () => {
    const strict = await startApi({ beside: api, env: { PASSWORD_MAX_AGE_DAYS: '90' } });
    try {
      const old = await aged(91);
      const answer = await signIn(old.email, ADMIN.password, strict);
      expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([403, 'AUTH_PASSWORD_EXPIRED', 1226]);
      expect(await api.sql('SELECT FROM session WHERE user_id = $1', [old.userId])).toHaveLength(1);
      expect(await api.sql(`SELECT status_code FROM activity_log WHERE target_user_id = $1`, [old.userId])).toEqual([{ status_code: 403 }]);
      expect((await signIn(old.email, 'wrong', strict)).status).toBe(401);
      expect((await signIn((await aged(89)).email, ADMIN.password, strict)).status).toBe(200);
      // One that was never changed is as old as its account.
      expect((await signIn((await aged(91, 'created_at')).email, ADMIN.password, strict)).status).toBe(403);
      await api.sql(`UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, [old.userId]);
      expect((await signIn(old.email, ADMIN.password, strict)).status).toBe(401);
    } finally {
      await strict.close();
    }
  });

  it('without it, no password is too old', async () => {
    expect((await signIn((await aged(4_000)).email)).status).toBe(200);
  });
});

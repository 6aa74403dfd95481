import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../test/harness.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { createPostgres, type Database } from './postgres.js';

jest.setTimeout(120_000);

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createDatabase();
  db = createPostgres({ url: database.url, poolMax: 5, poolMin: 0, idleTimeoutMs: 10_000, connectionTimeoutMs: 60_000, statementTimeoutMs: 60_000 }, createRecordingLogger());
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const sql = async <Row = Record<string, unknown>>(text: string, values: unknown[] = []) => (await db.query<Row>({ text, values })).rows;

const makeUsers = async (count: number) =>
  (await sql<{ user_id: string }>(`INSERT INTO "user" (email, password) SELECT gen_random_uuid() || '@example.com', 'x' FROM generate_series(1, $1::int) RETURNING user_id`, [count])).map((user) => user.user_id);
const makeUser = async () => (await makeUsers(1))[0]!;

const touch = (userId: string) => sql(`UPDATE "user" SET bio = $2 WHERE user_id = $1`, [userId, randomUUID()]);

describe('the record announces by itself', () => {
  async function announced(work: () => Promise<unknown>): Promise<(string | null)[]> {
    const [{ version }] = (await sql<{ version: string }>('SELECT version FROM access_version')) as [{ version: string }];
    await work();
    return (await sql<{ user_id: string | null }>('SELECT user_id FROM access_change WHERE version > $1 ORDER BY version', [version])).map((row) => row.user_id);
  }
  const makeSession = async (userId: string, expires = '1 day') =>
    (await sql<{ session_id: string }>(`INSERT INTO session (user_id, rotated_at, expires_at) VALUES ($1, now(), now() + $2::interval) RETURNING session_id`, [userId, expires]))[0]!.session_id;
  const makeGroup = async () => (await sql<{ group_id: string }>(`INSERT INTO "group" (name, codename) VALUES ($1, $1) RETURNING group_id`, [randomUUID()]))[0]!.group_id;
  const makePermission = async () => (await sql<{ permission_id: string }>(`INSERT INTO permission (name, codename) VALUES ($1, $1) RETURNING permission_id`, [randomUUID()]))[0]!.permission_id;

  it('whatever is done to an account, a session or a membership', async () => {
    const userId = await makeUser();
    const other = await makeUser();
    const group = await makeGroup();
    const session = await makeSession(userId);
    expect(await announced(() => sql(`UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, [userId]))).toEqual([userId]);
    expect(await announced(() => sql('UPDATE session SET revoked_at = now() WHERE session_id = $1', [session]))).toEqual([userId]);
    expect(await announced(() => sql('UPDATE session SET expires_at = now() WHERE session_id = $1', [session]))).toEqual([userId]);
    expect(await announced(() => sql('UPDATE session SET user_id = $2 WHERE session_id = $1', [session, other]))).toEqual([userId, other]);
    const live = await makeSession(userId);
    expect(await announced(() => sql('DELETE FROM session WHERE session_id = $1', [live]))).toEqual([userId]);
    expect(await announced(() => sql('INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', [userId, group]))).toEqual([userId]);
    expect(await announced(() => sql('UPDATE user_group SET user_id = $2 WHERE user_id = $1', [userId, other]))).toEqual([userId, other]);
    expect(await announced(() => sql('DELETE FROM user_group WHERE user_id = $1', [other]))).toEqual([other]);
    expect(await announced(() => sql('DELETE FROM "user" WHERE user_id = $1', [userId]))).toEqual([userId]);
  });

  it('and what groups grant, to everybody', async () => {
    const [group, permission] = [await makeGroup(), await makePermission()];
    expect(await announced(() => sql('INSERT INTO group_permission (group_id, permission_id) VALUES ($1, $2)', [group, permission]))).toEqual([null]);
    expect(await announced(() => sql('UPDATE "group" SET is_active = false WHERE group_id = $1', [group]))).toEqual([null]);
    expect(await announced(() => sql('UPDATE permission SET codename = $2 WHERE permission_id = $1', [permission, randomUUID()]))).toEqual([null]);
    expect(await announced(() => sql('DELETE FROM group_permission WHERE group_id = $1', [group]))).toEqual([null]);
    expect(await announced(() => sql('DELETE FROM "group" WHERE group_id = $1', [group]))).toEqual([null]);
    expect(await announced(() => sql('DELETE FROM permission WHERE permission_id = $1', [permission]))).toEqual([null]);
    expect(await announced(() => sql('TRUNCATE session'))).toEqual([null]);
  });

  it('once in a transaction, and only when it is committed', async () => {
    const userId = await makeUser();
    for (let count = 0; count < 5; count += 1) await makeSession(userId);
    expect(await announced(() => db.transaction(async (tx) => {
      await tx.query({ text: 'UPDATE session SET revoked_at = now() WHERE user_id = $1', values: [userId] });
      await tx.query({ text: `UPDATE "user" SET is_active = false WHERE user_id = $1`, values: [userId] });
    }))).toEqual([userId]);
    const failing = db.transaction(async (tx) => {
      await tx.query({ text: `UPDATE "user" SET is_active = true WHERE user_id = $1`, values: [userId] });
      throw new Error('no');
    });
    expect(await announced(() => failing.catch(() => undefined))).toEqual([]);
  });

  it('of a thousand users and more at once as of everybody, whoever is changed after that', async () => {
    const users = await makeUsers(1_005);
    const found = await announced(() => sql(`UPDATE "user" SET bio = 'new' WHERE user_id = ANY($1::uuid[])`, [users]));
    expect([found.length, found.at(-1), new Set(found).size]).toEqual([1_000, null, 1_000]);
    expect(await announced(() => touch(users[0]!))).toEqual([users[0]]);
  });

  it('whoever makes the change: a role that may write nothing else, and what replication writes', async () => {
    const userId = await makeUser();
    const role = `support_${randomUUID().slice(0, 8)}`;
    await sql(`CREATE ROLE ${role}`);
    await sql(`GRANT SELECT, UPDATE ON "user" TO ${role}`);
    const as = (setting: string, value: string) =>
      db.transaction(async (tx) => {
        await tx.query({ text: `SELECT set_config($1, $2, true)`, values: [setting, value] });
        await tx.query({ text: `UPDATE "user" SET bio = $2 WHERE user_id = $1`, values: [userId, randomUUID()] });
      });
    expect(await announced(() => as('role', role))).toEqual([userId]);
    expect(await announced(() => as('session_replication_role', 'replica'))).toEqual([userId]);
    await sql(`REVOKE ALL ON "user" FROM ${role}`);
    await sql(`DROP ROLE ${role}`);
  });

  it('a member that is added in the transaction of his own sign-in', async () => {
    const [userId, group] = [await makeUser(), await makeGroup()];
    const signIn = () =>
      db.transaction(async (tx) => {
        await tx.query({ text: `UPDATE "user" SET last_sign_in_at = now() WHERE user_id = $1`, values: [userId] });
        await tx.query({ text: 'INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', values: [userId, group] });
      });
    expect(await announced(signIn)).toEqual([userId]);
  });

  it('but not a sign-in, which would make all of them stand in line, nor what nobody can remember: a new account in its groups, a rotation, a note of use, a session long over', async () => {
    const group = await makeGroup();
    const signUp = () =>
      db.transaction(async (tx) => {
        const { rows } = await tx.query<{ user_id: string }>({ text: `INSERT INTO "user" (email, password) VALUES ($1, 'x') RETURNING user_id`, values: [`${randomUUID()}@example.com`] });
        await tx.query({ text: 'INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', values: [rows[0]!.user_id, group] });
        await tx.query({ text: `INSERT INTO session (user_id, rotated_at, expires_at) VALUES ($1, now(), now() + interval '1 day')`, values: [rows[0]!.user_id] });
      });
    expect(await announced(signUp)).toEqual([]);
    const person = await makeUser();
    expect(await announced(() => sql(`UPDATE "user" SET last_sign_in_at = now(), last_updated = now(), password = 'stronger' WHERE user_id = $1`, [person]))).toEqual([]);
    const session = await makeSession(person);
    expect(await announced(() => sql('UPDATE session SET generation = generation + 1, rotated_at = now(), last_seen_at = now(), confirmed_generation = 0 WHERE session_id = $1', [session]))).toEqual([]);
    const over = await makeSession(await makeUser(), '-1 day');
    expect(await announced(() => sql('DELETE FROM session WHERE session_id = $1', [over]))).toEqual([]);
  });

  it('whatever the search path of who makes the change', async () => {
    const userId = await makeUser();
    const change = () =>
      db.transaction(async (tx) => {
        await tx.query({ text: `SELECT set_config('search_path', 'pg_catalog', true)` });
        await tx.query({ text: `UPDATE public."user" SET bio = 'new' WHERE user_id = $1`, values: [userId] });
      });
    expect(await announced(change)).toEqual([userId]);
  });

  it('B-17: the version of a profile goes up with every change of it, once, and not with a sign-in or a password', async () => {
    const userId = await makeUser();
    const version = async () => (await sql<{ version: number }>('SELECT version FROM "user" WHERE user_id = $1', [userId]))[0]!.version;
    await sql(`UPDATE "user" SET last_sign_in_at = now(), last_updated = now(), password = 'y' WHERE user_id = $1`, [userId]);
    expect(await version()).toBe(0);
    await sql(`UPDATE "user" SET bio = 'new' WHERE user_id = $1`, [userId]);
    expect(await version()).toBe(1);
    await sql(`UPDATE "user" SET bio = 'newer', version = version + 1 WHERE user_id = $1`, [userId]);
    expect(await version()).toBe(2);
    await sql(`UPDATE "user" SET bio = 'newer' WHERE user_id = $1`, [userId]);
    expect(await version()).toBe(2);
  });
});

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase } from '../../../test/harness.js';
import { createRecordingLogger } from '../../../test/recording-logger.js';
import { createPostgres, type Database } from '../../infra/postgres.js';
import { GROUPS, PERMISSION_CODENAMES, PERMISSIONS } from '../../shared/permission-catalogue.js';
import { seed } from './seed.js';

const ADMIN = { email: 'Root@Example.com', hashPassword: async () => 'a-hash' };
const OPTIONS = { poolMax: 4, poolMin: 0, idleTimeoutMs: 1_000, connectionTimeoutMs: 60_000, statementTimeoutMs: 120_000 };

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;
const others: Database[] = [];

beforeEach(async () => {
  database = await createDatabase();
  db = connect();
});
afterEach(async () => {
  await Promise.all([db, ...others.splice(0)].map((one) => one.close()));
  await database.drop();
});

const connect = (): Database => createPostgres({ url: database.url, ...OPTIONS }, createRecordingLogger());
const sql = async (text: string) => (await db.query({ text })).rows;

/** Every table the seed touches, without what differs from run to run. */
const contents = () =>
  sql(`SELECT 'permission' AS kind, p.codename || '/' || p.name || '/' || p.category || '/' || coalesce(p.description, '') AS entry FROM permission p
       UNION ALL SELECT 'group', g.codename || '/' || g.name || '/' || g.is_system || '/' || g.is_active FROM "group" g
       UNION ALL SELECT 'mapping', g.codename || '/' || p.codename FROM group_permission JOIN "group" g USING (group_id) JOIN permission p USING (permission_id)
       UNION ALL SELECT 'member', u.user_name || '/' || g.codename || '/' || u.version FROM user_group JOIN "group" g USING (group_id) JOIN "user" u USING (user_id)
       ORDER BY 1, 2`);

const insertUser = (columns: string) => sql(`INSERT INTO "user" (user_name, password, is_active, is_verified, is_email_verified, email) VALUES (${columns})`);

describe('an empty database', () => {
  it('gets the whole catalogue, once, however often and from however many processes at once', async () => {
    others.push(connect(), connect());
    const results = await Promise.all([db, ...others].map((one) => seed(one, { admin: ADMIN })));
    expect(results.filter(({ adminCreated }) => adminCreated)).toHaveLength(1);
    const entries = (await contents()) as { kind: string; entry: string }[];
    const of = (kind: string) => entries.filter((entry) => entry.kind === kind).map(({ entry }) => entry);
    expect(of('permission')).toEqual(Object.entries(PERMISSIONS).map(([codename, { name, category, description }]) => `${codename}/${name}/${category}/${description}`).sort());
    expect(of('group')).toEqual(Object.entries(GROUPS).map(([codename, { name }]) => `${codename}/${name}/true/true`).sort());
    const counts = Object.keys(GROUPS).map((codename) => [codename, of('mapping').filter((entry) => entry.startsWith(`${codename}/`)).length]);
    expect(Object.fromEntries(counts)).toEqual({ super_admin: 20, admin: 14, developer: 8, business: 6, user: 3, accountant: 5 });
    expect(of('member')).toEqual(['admin/super_admin/0']);

    expect(await seed(db, { admin: ADMIN })).toEqual({ adminCreated: false });
    expect(await contents()).toEqual(entries);
  });

  it('gets no administrator unless one is named', async () => {
    expect(await seed(db)).toEqual({ adminCreated: false });
    expect(await sql('SELECT FROM "user"')).toEqual([]);
    expect(await seed(db, { admin: ADMIN })).toEqual({ adminCreated: true });
  });
});

describe('a database where all is there', () => {
  it('is recognised in one round trip, without a hash being made', async () => {
    await seed(db, { admin: ADMIN });
    const before = db.commands();
    let hashed = false;
    await seed(db, { admin: { ...ADMIN, hashPassword: async () => ((hashed = true), 'other') } });
    expect(db.commands() - before).toBe(1);
    expect(hashed).toBe(false);
  });

  it('gets back what is missing and keeps what was added or changed', async () => {
    await seed(db, { admin: ADMIN });
    const complete = await contents();
    await sql(`DELETE FROM permission WHERE codename = 'add_user'`);
    await sql(`DELETE FROM "group" WHERE codename = 'accountant'`);
    await sql(`DELETE FROM group_permission USING permission p, "group" g WHERE p.permission_id = group_permission.permission_id AND g.group_id = group_permission.group_id AND p.codename = 'view_user' AND g.codename = 'business'`);
    await seed(db, { thorough: true });
    expect(await contents()).toEqual(complete);

    await sql(`INSERT INTO permission (name, codename, category) VALUES ('Fly', 'fly', 'air')`);
    await sql(`INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM "group" g, permission p WHERE g.codename = 'user' AND p.codename = 'fly'`);
    await sql(`UPDATE "group" SET name = 'Staff', is_active = false WHERE codename = 'business'`);
    const changed = await contents();
    await seed(db, { admin: ADMIN });
    expect(await contents()).toEqual(changed);
  });

  it('D-05: a start does not give back what an administrator took away, but a permission that is new reaches its groups', async () => {
    await seed(db, { admin: ADMIN });
    const mappings = async () => (await sql(`SELECT g.codename AS group, p.codename AS permission FROM group_permission JOIN "group" g USING (group_id) JOIN permission p USING (permission_id)`)) as { group: string; permission: string }[];
    await sql(`DELETE FROM group_permission USING permission p, "group" g WHERE p.permission_id = group_permission.permission_id AND g.group_id = group_permission.group_id AND p.codename = 'view_user' AND g.codename = 'business'`);
    await sql(`DELETE FROM permission WHERE codename = 'add_user'`);
    await insertUser(`'stripped', 'x', true, true, true, 'stripped@example.com'`);
    await seed(db, { admin: ADMIN });
    expect(await mappings()).not.toContainEqual({ group: 'business', permission: 'view_user' });
    expect(await mappings()).toContainEqual({ group: 'admin', permission: 'add_user' });
    expect(await sql(`SELECT FROM user_group JOIN "user" USING (user_id) WHERE user_name = 'stripped'`)).toEqual([]);
  });

  it('keeps what an administrator wrote of a permission, also where that is nothing', async () => {
    await seed(db);
    await sql(`UPDATE permission SET description = CASE codename WHEN 'view_user' THEN 'Ours.' END WHERE codename IN ('view_user', 'edit_user')`);
    const written = await contents();
    await seed(db, { thorough: true });
    expect(await contents()).toEqual(written);
  });

  it('from before permissions were described gets the same descriptions by its migration, and keeps those it had', async () => {
    const migration = readFileSync(new URL('../../../prisma/migrations/20261121004000_permission_descriptions/migration.sql', import.meta.url), 'utf8');
    const described = () => sql('SELECT codename, description FROM permission ORDER BY codename');
    await seed(db);
    await sql(`INSERT INTO permission (name, codename) VALUES ('Fly', 'fly')`);
    await sql(`UPDATE permission SET description = CASE codename WHEN 'view_user' THEN 'Ours.' END`);
    const wanted = [{ codename: 'fly', description: null }, ...PERMISSION_CODENAMES.map((codename) => ({ codename, description: codename === 'view_user' ? 'Ours.' : PERMISSIONS[codename].description }))];
    for (let times = 1; times <= 2; times += 1) {
      await sql(migration);
      expect(await described()).toEqual(wanted.sort((one, other) => (one.codename < other.codename ? -1 : 1)));
    }
  });

  it('may have given a built-in name to an entry of its own', async () => {
    await sql(`INSERT INTO permission (name, codename) VALUES ('Add User', 'invite')`);
    await sql(`INSERT INTO "group" (name, codename) VALUES ('User', 'people')`);
    await seed(db);
    expect(await sql(`SELECT name FROM permission WHERE codename = 'add_user' UNION ALL SELECT name FROM "group" WHERE codename = 'user'`)).toEqual([{ name: 'Add User (add_user)' }, { name: 'User (user)' }]);
    const before = db.commands();
    await seed(db);
    expect(db.commands() - before).toBe(1);
  });
});

describe('the first administrator', () => {
  it('is active, verified, protected and in super_admin', async () => {
    await seed(db, { admin: ADMIN });
    expect(
      await sql(`SELECT email, user_name, password, auth_type, status, u.is_active, is_verified, is_email_verified, email_verified_at IS NOT NULL AS verified_at, is_protected, is_trashed, codename
                 FROM "user" u JOIN user_group USING (user_id) JOIN "group" USING (group_id)`),
    ).toEqual([
      {
        email: 'Root@Example.com',
        user_name: 'admin',
        password: 'a-hash',
        auth_type: 'email',
        status: 'ACTIVE',
        is_active: true,
        is_verified: true,
        is_email_verified: true,
        verified_at: true,
        is_protected: true,
        is_trashed: false,
        codename: 'super_admin',
      },
    ]);
  });

  it('takes another name when admin is taken', async () => {
    await insertUser(`'admin', 'x', true, true, true, 'somebody@example.com'`);
    await insertUser(`'admin2', 'x', true, true, true, 'else@example.com'`);
    await seed(db, { admin: ADMIN });
    expect(await sql(`SELECT user_name FROM "user" WHERE lower(email) = 'root@example.com'`)).toEqual([{ user_name: 'admin3' }]);
  });

  it('is not made beside another one', async () => {
    await seed(db, { admin: ADMIN });
    expect(await seed(db, { admin: { ...ADMIN, email: 'second@example.com' } })).toEqual({ adminCreated: false });
    expect(await sql(`SELECT count(*)::int AS users FROM "user"`)).toEqual([{ users: 1 }]);
  });

  it('is the account that proved the address, with the password it has', async () => {
    await insertUser(`'ada', 'her-own', true, true, true, 'root@example.COM'`);
    const said: string[] = [];
    expect(await seed(db, { admin: ADMIN, onProgress: (sentence) => said.push(sentence) })).toEqual({ adminCreated: false });
    expect(await sql(`SELECT user_name, password, version, is_protected, codename FROM "user" JOIN user_group USING (user_id) JOIN "group" USING (group_id)`)).toEqual([
      { user_name: 'ada', password: 'her-own', version: 1, is_protected: true, codename: 'super_admin' },
    ]);
    expect(said).toEqual(['The account Root@Example.com is now the first administrator; its password is the one it had.']);
  });

  it('is never an account that merely typed the address', async () => {
    await insertUser(`'mallory', 'x', true, true, false, 'root@example.com'`);
    const said: string[] = [];
    await seed(db, { admin: ADMIN, onProgress: (sentence) => said.push(sentence) });
    expect(await sql(`SELECT codename FROM user_group JOIN "group" USING (group_id)`)).toEqual([]);
    expect(said[0]).toContain('No administrator was made');
  });
});

describe('users without a group', () => {
  it('are put into the everyday group when they are active', async () => {
    await seed(db);
    await insertUser(`'active', 'x', true, true, true, 'a@example.com'`);
    await insertUser(`'inactive', 'x', false, true, true, 'b@example.com'`);
    await seed(db, { thorough: true });
    expect(await sql(`SELECT user_name, codename FROM user_group JOIN "group" USING (group_id) JOIN "user" USING (user_id)`)).toEqual([{ user_name: 'active', codename: 'user' }]);
  });

  it('are looked for in a large table only when asked, then in windows, and nobody else is touched', async () => {
    await seed(db, { admin: ADMIN });
    await sql(`INSERT INTO "user" (user_name, password, is_active) SELECT 'many' || n, 'x', n % 2 = 0 FROM generate_series(1, 45000) n`);
    await sql(`INSERT INTO user_group (user_id, group_id) SELECT user_id, group_id FROM "user", "group" WHERE user_name IN ('many2', 'many4') AND codename = 'business'`);
    const said: string[] = [];
    const before = db.commands();
    await seed(db, { onProgress: (sentence) => said.push(sentence) });
    expect({ commands: db.commands() - before, said }).toEqual({ commands: 1, said: [] });
    await seed(db, { thorough: true, onProgress: (sentence) => said.push(sentence) });
    expect(said).toEqual(['Put 22498 active user(s) without a group into the group "user".']);
    expect(await sql(`SELECT codename, count(*)::int, bool_and(u.is_active) AS active, max(version) AS version FROM user_group JOIN "group" USING (group_id) JOIN "user" u USING (user_id) GROUP BY 1 ORDER BY 1`)).toEqual([
      { codename: 'business', count: 2, active: true, version: 0 },
      { codename: 'super_admin', count: 1, active: true, version: 0 },
      { codename: 'user', count: 22_498, active: true, version: 0 },
    ]);
    await seed(db, { thorough: true, onProgress: (sentence) => said.push(sentence) });
    expect(said).toHaveLength(1);
  });
});

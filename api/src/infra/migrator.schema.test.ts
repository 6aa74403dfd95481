import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { applyMigrations, MigrationError } from './migrator.js';
import { readMigrations } from './migrator/files.js';
import { createPostgres } from './postgres.js';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const BASELINE = '00000000000000_reference';
/** What is in the database and cannot be said in schema.prisma. */
const OUTSIDE_PRISMA = ['user_email_lower_key', 'user_user_name_lower_idx', 'user_erase_after_idx', 'user_invited_by_user_id_idx', 'user_search_idx', 'user_search_letters_idx', 'user_email_sort_idx', 'user_user_name_sort_idx', 'user_shown_status_idx', 'user_user_type_idx', 'user_country_idx', 'activity_log_target_user_id_idx', 'access_version_only_row_check', 'user_closed_by_admin_check',
  'group_history_open_key', 'permission_history_open_key', 'group_permission_history_open_key', 'user_group_history_open_key', 'grant_history_start_only_row_check'];

/** What users are found by, as PostgreSQL writes it. */
const SEARCHED = 'user_search_text(first_name, last_name, user_name, email, phone_number, phone_e164)';

const HASH = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
/** The migrations' own lock timeout, a second, with time to notice that it is over on a machine that does other things. */
const LONGEST_WAIT_MS = 10_000;

jest.setTimeout(180_000);

let server: PostgresServer;
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await createPostgresServer();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await server.remove();
});

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  clients.push(client);
  return client;
}

const migrate = (url: string, options: { retry?: boolean; onProgress?: (sentence: string) => void } = {}) => applyMigrations({ url, migrationsDir: MIGRATIONS_DIR, ...options });
const failureOf = (work: Promise<unknown>): Promise<Error> => work.then(() => Promise.reject(new Error('It did not fail.')), (error: Error) => error);

/** A database as the server before this one left it. */
async function referenceDatabase(): Promise<{ url: string; db: pg.Client }> {
  const url = await server.createDatabase();
  const db = await open(url);
  await db.query(await readFile(`${MIGRATIONS_DIR}/${BASELINE}/migration.sql`, 'utf8'));
  return { url, db };
}

/** Everything about the tables of a database that a program can notice, a line each. */
async function shapeOf(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query<{ line: string }>(`
    SELECT concat_ws(' ', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> '_prisma_migrations'
    UNION ALL
    SELECT concat(pg_get_indexdef(i.indexrelid), CASE WHEN NOT i.indisvalid THEN ' INVALID' END)
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      WHERE c.relnamespace = 'public'::regnamespace AND t.relname <> '_prisma_migrations' AND c.relname <> ALL ($1)
    UNION ALL
    SELECT concat_ws(' ', t.relname, k.conname, pg_get_constraintdef(k.oid))
      FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
      WHERE k.connamespace = 'public'::regnamespace AND t.relname <> '_prisma_migrations' AND k.contype <> 't' AND k.conname <> ALL ($1)
    ORDER BY line`, [OUTSIDE_PRISMA]);
  return rows.map(({ line }) => line);
}

describe('the migrations', () => {
  it('make exactly what schema.prisma says, but for what Prisma cannot say', async () => {
    const [migrated, declared] = await Promise.all([server.createDatabase(), server.createDatabase()]);
    await migrate(migrated);
    const { stdout } = await promisify(execFile)(process.execPath, ['test/schema-sql.mjs', declared], { cwd: fileURLToPath(new URL('../..', import.meta.url)), env: { PATH: process.env['PATH'] } });
    const declaredDb = await open(declared);
    await declaredDb.query(stdout);
    const shape = await shapeOf(await open(migrated));
    expect(shape.length).toBeGreaterThan(150);
    expect(shape).toEqual(await shapeOf(declaredDb));
    const { rows } = await (await open(migrated)).query(`
      SELECT pg_get_indexdef(name::regclass) AS line FROM unnest($1::text[]) AS name WHERE name NOT LIKE '%\\_check'
      UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conname = ANY ($1)
      UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal ORDER BY line`, [OUTSIDE_PRISMA]);
    expect(rows.map(({ line }) => line)).toEqual([
      '"group" grant_history', '"group" grant_history_emptied', '"group" group_change', '"group" group_emptied', '"user" CHECK (((closed_by_admin_at IS NULL) OR (NOT is_active))) NOT VALID', '"user" user_change', '"user" user_deleted', '"user" user_emptied', '"user" user_made', '"user" user_version',
      'CREATE INDEX activity_log_target_user_id_idx ON public.activity_log USING btree (target_user_id, created_at) WHERE (target_user_id IS NOT NULL)',
      'CREATE INDEX user_country_idx ON public."user" USING btree (user_sort_text(country), created_at, user_id)',
      'CREATE INDEX user_email_sort_idx ON public."user" USING btree (user_sort_text(email) COLLATE "C", user_id)',
      'CREATE INDEX user_erase_after_idx ON public."user" USING btree (erase_after) WHERE (erase_after IS NOT NULL)',
      'CREATE INDEX user_invited_by_user_id_idx ON public."user" USING btree (invited_by_user_id) WHERE (invited_by_user_id IS NOT NULL)',
      `CREATE INDEX user_search_idx ON public."user" USING gin (${SEARCHED} gin_trgm_ops) WITH (gin_pending_list_limit='256')`,
      `CREATE INDEX user_search_letters_idx ON public."user" USING gin (user_search_letters(${SEARCHED})) WITH (gin_pending_list_limit='256') WHERE (octet_length(${SEARCHED}) > length(${SEARCHED}))`,
      'CREATE INDEX user_shown_status_idx ON public."user" USING btree (user_shown_status(status), created_at, user_id)',
      'CREATE INDEX user_user_name_lower_idx ON public."user" USING btree (lower(user_name))',
      'CREATE INDEX user_user_name_sort_idx ON public."user" USING btree (user_sort_text(user_name) COLLATE "C", user_id)',
      'CREATE INDEX user_user_type_idx ON public."user" USING btree (user_sort_text(user_type), created_at, user_id)',
      'CREATE UNIQUE INDEX group_history_open_key ON public.group_history USING btree (group_id) WHERE (ended_at IS NULL)',
      'CREATE UNIQUE INDEX group_permission_history_open_key ON public.group_permission_history USING btree (group_id, permission_id) WHERE (ended_at IS NULL)',
      'CREATE UNIQUE INDEX permission_history_open_key ON public.permission_history USING btree (permission_id) WHERE (ended_at IS NULL)',
      'CREATE UNIQUE INDEX user_email_lower_key ON public."user" USING btree (lower(email))',
      'CREATE UNIQUE INDEX user_group_history_open_key ON public.user_group_history USING btree (user_id, group_id) WHERE (ended_at IS NULL)',
      'access_version CHECK (only_row)', 'grant_history_start CHECK (only_row)', 'group_permission grant_history', 'group_permission grant_history_emptied',
      'group_permission group_permission_change', 'group_permission group_permission_emptied', 'permission grant_history', 'permission grant_history_emptied', 'permission permission_change', 'permission permission_emptied', 'permission permission_made',
      'session session_change', 'session session_deleted', 'session session_emptied', 'user_group grant_history', 'user_group grant_history_emptied', 'user_group user_group_change', 'user_group user_group_emptied',
    ]);
  });

  it('follow the rules that make them safe on a large table and after a kill', async () => {
    const migrations = await readMigrations(MIGRATIONS_DIR);
    expect(migrations[0]?.name).toBe(BASELINE);
    for (const { name, sql, alone, index } of migrations) {
      const code = sql.replace(/--[^\n]*/g, '');
      expect(name).toMatch(/^\d{14}_[a-z_]+$/);
      if (/CONCURRENTLY/.test(code)) expect({ name, index }).toEqual({ name, index: expect.any(String) });
      // One statement: everything after the first semicolon outside a dollar-quoted body is white space.
      if (alone) expect({ name, rest: code.replace(/\$\$[\s\S]*?\$\$/g, '').replace(/^[^;]*;/, '').trim() }).toEqual({ name, rest: '' });
      // A plain CREATE INDEX stops all writing: only on a table that the same file makes.
      const made = [...code.matchAll(/CREATE TABLE "(\w+)"/g)].map((match) => match[1]);
      for (const [, table] of code.matchAll(/CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?"\w+" ON "(\w+)"/g)) expect(made).toContain(table);
    }
  });

  it('say what to do where this role may not create the extension that users are searched by', async () => {
    const db = await open(await server.createDatabase());
    await db.query('CREATE ROLE of_little_might');
    await db.query('SET ROLE of_little_might');
    const sql = await readFile(`${MIGRATIONS_DIR}/20261121003000_user_search_extension/migration.sql`, 'utf8');
    await expect(db.query(sql)).rejects.toMatchObject({ code: '42501', message: expect.stringContaining('have an administrator run "CREATE EXTENSION pg_trgm" in this database') });
    await db.query('RESET ROLE');
    await db.query('CREATE EXTENSION pg_trgm');
    await db.query('SET ROLE of_little_might');
    await db.query(sql);
  });

  it('work with Prisma: its rows get their keys from the database and their instants are UTC', async () => {
    const url = await server.createDatabase();
    await migrate(url);
    const db = createPostgres({ url, poolMax: 2, poolMin: 0, idleTimeoutMs: 1_000, connectionTimeoutMs: 30_000, statementTimeoutMs: 30_000 }, createRecordingLogger());
    const at = new Date('2026-01-02T23:59:58.123Z');
    const user = await db.prisma.user.create({ data: { email: 'Ada@example.com', password: HASH, dob: at, phone_number: { phone: '15550100' } } });
    const session = await db.prisma.session.create({ data: { user_id: user.user_id, expires_at: at } });
    const { rows } = await db.query({ text: 'SELECT u.dob, u.version, s.expires_at FROM "user" u JOIN session s USING (user_id) WHERE session_id = $1', values: [session.session_id] });
    expect(rows).toEqual([{ dob: at, version: 0, expires_at: at }]);
    expect(await db.prisma.user.findMany({ where: { dob: at } })).toEqual([user]);
    await db.close();
  });
});

describe('a database of the server before this one', () => {
  it('is taken over with its users, their passwords and everything else as it was', async () => {
    const { url, db } = await referenceDatabase();
    await db.query(`
      INSERT INTO "user" (user_id, email, user_name, password, status, is_active, is_verified, phone_number, created_at)
        SELECT gen_random_uuid(), 'User' || n || '@Example.com', 'user' || n, '${HASH}', CASE WHEN n % 2 = 0 THEN 'Active' END, true, true, '{"phone":"+96550000000"}', '2024-05-06 07:08:09.123456' FROM generate_series(1, 50) n;
      INSERT INTO "group" (group_id, name, codename) VALUES (gen_random_uuid(), 'User', 'user');
      INSERT INTO user_group (user_group_id, user_id, group_id) SELECT gen_random_uuid(), user_id, group_id FROM "user", "group";
      INSERT INTO activity_log (log_id, user_id, message) SELECT gen_random_uuid(), user_id, 'hello' FROM "user";`);
    const everything = async () => {
      const rows = ['user', 'group', 'user_group', 'activity_log'].map((table) => `SELECT '${table}' AS table_name, to_jsonb(t) - '{version,source,target_user_id,phone_e164,password_changed_at,deactivated_at,erase_after,profile_picture_key,closed_by_admin_at}'::text[] AS row FROM "${table}" t`);
      return (await db.query(`${rows.join(' UNION ALL ')} ORDER BY 1, 2`)).rows;
    };
    const before = await everything();
    const said: string[] = [];
    const { applied } = await migrate(url, { onProgress: (sentence) => said.push(sentence) });
    expect(applied).not.toContain(BASELINE);
    expect(said[0]).toContain('taken over');
    expect(await everything()).toEqual(before);
    // Until now only clients wrote entries; from here on the server is the one who writes.
    await db.query(`INSERT INTO activity_log (message) VALUES ('ours')`);
    expect((await db.query('SELECT source, count(*)::int FROM activity_log GROUP BY source ORDER BY source')).rows).toEqual([
      { source: 'client', count: 50 },
      { source: 'server', count: 1 },
    ]);
    expect((await db.query(`SELECT count(*)::int FROM _prisma_migrations WHERE finished_at IS NULL`)).rows).toEqual([{ count: 0 }]);
    expect(await migrate(url)).toEqual({ applied: [] });
  });

  it('gets every active user into a group, whether or not it has the everyday one, and nobody twice', async () => {
    for (const groups of ['', `INSERT INTO "group" (group_id, name, codename) VALUES (gen_random_uuid(), 'Members', 'user'), (gen_random_uuid(), 'Business', 'business');`]) {
      const { url, db } = await referenceDatabase();
      await db.query(`
        INSERT INTO "user" (user_id, user_name, password, is_active) SELECT gen_random_uuid(), 'user' || n, 'x', n <= 11000 FROM generate_series(1, 12000) n;
        INSERT INTO "group" (group_id, name, codename) VALUES (gen_random_uuid(), 'User', 'people');
        ${groups}
        INSERT INTO user_group (user_group_id, user_id, group_id) SELECT gen_random_uuid(), user_id, group_id FROM "user", "group" WHERE user_name = 'user1' AND codename IN ('business', 'people');`);
      await migrate(url);
      const { rows } = await db.query(`SELECT codename, count(*)::int FROM user_group JOIN "group" USING (group_id) GROUP BY 1 ORDER BY 1`);
      expect(rows).toEqual([...(groups ? [{ codename: 'business', count: 1 }] : []), { codename: 'people', count: 1 }, { codename: 'user', count: 10_999 }]);
    }
  });

  it('may call the keys of its mapping tables otherwise', async () => {
    const { url, db } = await referenceDatabase();
    await db.query(`
      ALTER TABLE user_group RENAME COLUMN user_group_id TO id;
      ALTER TABLE group_permission RENAME COLUMN group_permission_id TO id;
      ALTER TABLE group_permission ALTER COLUMN id TYPE text;
      ALTER TABLE group_permission DROP COLUMN assigned_at;`);
    await migrate(url);
    await db.query(`
      INSERT INTO "user" (user_name, password) VALUES ('a', 'b');
      INSERT INTO "group" (name, codename) VALUES ('User', 'user');
      INSERT INTO permission (name, codename) VALUES ('View', 'view');
      INSERT INTO user_group (user_id, group_id) SELECT user_id, group_id FROM "user", "group";
      INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM "group", permission;`);
    const { rows } = await db.query(`SELECT length(u.id::text) AS u, length(g.id) AS g, g.assigned_at IS NOT NULL AS at FROM user_group u, group_permission g`);
    expect(rows).toEqual([{ u: 36, g: 36, at: true }]);
  });

  it('that lacks a column is refused untouched, with a sentence that names it', async () => {
    const { url, db } = await referenceDatabase();
    await db.query('ALTER TABLE "user" DROP COLUMN password; DROP TABLE activity_log');
    const error = await failureOf(migrate(url));
    expect(error).toBeInstanceOf(MigrationError);
    expect(error.message).toMatch(/lacks user\.password, activity_log\.log_id, .* and \d+ more, so it cannot be taken over/);
    expect((await db.query('SELECT * FROM _prisma_migrations')).rows).toEqual([]);
  });

  it('with addresses that differ in case only is stopped before anything is unique, with their number, and goes on once they are mended (C-12)', async () => {
    const { url, db } = await referenceDatabase();
    await db.query(`INSERT INTO "user" (user_id, email, password) SELECT gen_random_uuid(), e, 'x' FROM unnest(ARRAY['a@x.com', 'A@x.com', 'b@x.com', 'B@X.com', 'c@x.com']) e`);
    const error = await failureOf(migrate(url));
    expect(error).toBeInstanceOf(MigrationError);
    expect(error.message).toContain('2 e-mail address(es) belong to more than one account');
    expect((await failureOf(migrate(url))).message).toContain('2 e-mail address(es) belong to more than one account');
    await db.query(`DELETE FROM "user" WHERE email IN ('A@x.com', 'B@X.com')`);
    await migrate(url, { retry: true });
    await expect(db.query(`INSERT INTO "user" (email, password) VALUES ('C@X.COM', 'x')`)).rejects.toMatchObject({ constraint: 'user_email_lower_key' });
  });

  it('goes on serving while it is migrated: no statement of the old code waits longer than the lock timeout, and none fails (F23)', async () => {
    const { url, db } = await referenceDatabase();
    await db.query(`
      INSERT INTO "user" (user_id, email, password) SELECT gen_random_uuid(), 'old' || n || '@example.com', 'x' FROM generate_series(1, 30000) n;
      INSERT INTO activity_log (log_id, user_id, message) SELECT gen_random_uuid(), user_id, 'hello' FROM "user";`);
    let migrating = true;
    const begun: (() => void)[] = [];
    const bothBegun = Promise.all([1, 2].map(() => new Promise<void>((resolve) => begun.push(resolve))));
    const writers = [1, 2].map(async (writer) => {
      const client = await open(url);
      await client.query(`SET lock_timeout = ${LONGEST_WAIT_MS}`);
      let written = 0;
      for (; migrating; written += 1) {
        if (written === 1) begun[writer - 1]!();
        const values = [`writer${writer}-${written}@example.com`];
        await client.query('BEGIN');
        const { rows } = await client.query(`INSERT INTO "user" (user_id, email, password) VALUES (gen_random_uuid(), $1, 'x') RETURNING user_id`, values);
        await client.query(`INSERT INTO activity_log (log_id, user_id, message) VALUES (gen_random_uuid(), $1, 'hello')`, [rows[0].user_id]);
        await client.query('COMMIT');
        await client.query('SELECT user_id, email, password FROM "user" WHERE email = $1', values);
      }
      return written;
    });
    // A writer that fails before it has begun is told below.
    await Promise.race([bothBegun, Promise.all(writers)]);
    const { applied } = await migrate(url).finally(() => (migrating = false));
    const written = await Promise.all(writers);
    expect(applied.length).toBeGreaterThan(5);
    expect(Math.min(...written)).toBeGreaterThan(0);
    expect((await db.query('SELECT count(*)::int FROM "user"')).rows).toEqual([{ count: 30_000 + written[0]! + written[1]! }]);
  });
});

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase } from '../../../test/harness.js';
import { createPostgresServer, type PostgresServer } from '../../../test/postgres-server.js';
import { until } from '../../../test/until.js';
import { applyMigrations } from '../../infra/migrator.js';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
const FIRST_OF_HISTORY = '20261121002500_grant_history';
const USER = '11111111-1111-4111-8111-111111111111';
const GROUP = '22222222-2222-4222-8222-222222222222';
const OTHER_GROUP = '33333333-3333-4333-8333-333333333333';
const PERMISSION = '44444444-4444-4444-8444-444444444444';

type Period = { began_at: Date; ended_at: Date | null };

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const arrange = (db: pg.Client) =>
  db.query(`INSERT INTO "user" (user_id, password) VALUES ('${USER}', 'x');
            INSERT INTO "group" (group_id, codename, name) VALUES ('${GROUP}', 'one', 'One'), ('${OTHER_GROUP}', 'other', 'Other');
            INSERT INTO permission (permission_id, codename, name) VALUES ('${PERMISSION}', 'see', 'See')`);
const joins = `INSERT INTO user_group (user_id, group_id) VALUES ('${USER}', '${GROUP}')`;
const leave = `DELETE FROM user_group WHERE user_id = '${USER}' AND group_id = '${GROUP}'`;

describe('the history of grants', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let db: pg.Client;
  beforeEach(async () => {
    database = await createDatabase();
    db = await connect(database.url);
    await arrange(db);
  });
  afterEach(async () => {
    await db.end();
    await database.drop();
  });

  const sql = async <Row = Record<string, unknown>>(text: string, values?: unknown[]) => (await db.query(text, values)).rows as Row[];
  const periods = (table = 'user_group') => sql<Period & { codename?: string; name?: string }>(`SELECT * FROM ${table}_history ORDER BY began_at, ended_at`);
  const shape = async (table?: string) => (await periods(table)).map(({ ended_at }) => (ended_at === null ? 'open' : 'ended'));

  it('notes a membership from the commit that makes it to the commit that ends it', async () => {
    await sql('BEGIN');
    await sql(joins);
    await sql('SELECT pg_sleep(0.05)');
    const [{ before }] = (await sql<{ before: Date }>('SELECT clock_timestamp() AS before')) as [{ before: Date }];
    await sql('COMMIT');
    await sql(leave);
    const [{ after }] = (await sql<{ after: Date }>('SELECT clock_timestamp() AS after')) as [{ after: Date }];
    const [period] = await periods();
    expect(period!.began_at.getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(period!.ended_at!.getTime()).toBeGreaterThanOrEqual(period!.began_at.getTime());
    expect(period!.ended_at!.getTime()).toBeLessThanOrEqual(after.getTime());
  });

  it('has no gap where a membership is taken away and given back in one transaction', async () => {
    await sql(joins);
    await sql('BEGIN');
    await sql(leave);
    await sql(joins);
    await sql('COMMIT');
    expect(await shape()).toEqual(['open']);
    // Also when the transaction looks at its constraints in between.
    await sql('BEGIN');
    await sql(leave);
    await sql('SET CONSTRAINTS ALL IMMEDIATE');
    await sql(joins);
    await sql('COMMIT');
    const [one, two] = await periods();
    expect([one!.ended_at, two!.ended_at]).toEqual([two!.began_at, null]);
  });

  it('knows nothing of what came and went in one transaction, nor of what was rolled back', async () => {
    await sql('BEGIN');
    await sql(joins);
    await sql(leave);
    await sql('COMMIT');
    await sql('BEGIN');
    await sql(joins);
    await sql('ROLLBACK');
    await sql('BEGIN');
    await sql('SAVEPOINT s');
    await sql(joins);
    await sql('SET CONSTRAINTS ALL IMMEDIATE');
    await sql('ROLLBACK TO s');
    await sql('COMMIT');
    await sql('BEGIN');
    await sql(joins);
    await sql('SET CONSTRAINTS ALL IMMEDIATE');
    await sql(leave);
    await sql('COMMIT');
    expect(await periods()).toEqual([]);
  });

  it('gives all that one transaction changes one moment', async () => {
    await sql('BEGIN');
    await sql(joins);
    await sql(`INSERT INTO group_permission (group_id, permission_id) VALUES ('${GROUP}', '${PERMISSION}')`);
    await sql('SELECT pg_sleep(0.02)');
    await sql(`UPDATE "group" SET name = 'Two', is_active = false WHERE group_id = '${GROUP}'; UPDATE permission SET category = 'c'`);
    await sql('COMMIT');
    const moments = await sql<{ began_at: Date }>(`SELECT DISTINCT began_at FROM (SELECT began_at FROM user_group_history UNION ALL SELECT began_at FROM group_permission_history
      UNION ALL SELECT began_at FROM group_history WHERE name = 'Two' UNION ALL SELECT ended_at FROM group_history WHERE name = 'One' UNION ALL SELECT began_at FROM permission_history WHERE category = 'c') x`);
    expect(moments).toHaveLength(1);
  });

  it('notes what a group and a permission are called, and nothing when that stays the same', async () => {
    await sql(`UPDATE "group" SET description = 'new', last_updated = now(), codename = codename WHERE group_id = '${GROUP}'`);
    await sql(`UPDATE "group" SET is_active = true, name = 'One' WHERE group_id = '${GROUP}'`);
    await sql(`UPDATE permission SET last_updated = now(), description = NULL`);
    expect([await shape('group'), await shape('permission')]).toEqual([['open', 'open'], ['open']]);
    await sql(`UPDATE "group" SET codename = 'uno' WHERE group_id = '${GROUP}'`);
    await sql(`UPDATE permission SET description = 'Look at it'`);
    await sql(`DELETE FROM "group" WHERE group_id = '${GROUP}'; DELETE FROM permission`);
    expect((await periods('group')).filter(({ ended_at }) => ended_at).map(({ codename }) => codename)).toEqual(['one', 'uno']);
    expect(await shape('permission')).toEqual(['ended', 'ended']);
  });

  it('follows what is deleted with a group or permission, moved by an UPDATE, or emptied by TRUNCATE', async () => {
    await sql(`${joins}; INSERT INTO group_permission (group_id, permission_id) VALUES ('${GROUP}', '${PERMISSION}')`);
    await sql(`UPDATE user_group SET group_id = '${OTHER_GROUP}'; UPDATE group_permission SET group_id = '${OTHER_GROUP}'`);
    const open = (table: string) => sql(`SELECT group_id FROM ${table}_history WHERE ended_at IS NULL`);
    for (const table of ['user_group', 'group_permission']) expect([table, await shape(table), await open(table)]).toEqual([table, ['ended', 'open'], [{ group_id: OTHER_GROUP }]]);
    await sql(`DELETE FROM "group" WHERE group_id = '${OTHER_GROUP}'`);
    for (const table of ['user_group', 'group_permission']) expect([table, await open(table)]).toEqual([table, []]);
    await sql(`${joins}; INSERT INTO group_permission (group_id, permission_id) VALUES ('${GROUP}', '${PERMISSION}')`);
    await sql('TRUNCATE "group" CASCADE');
    for (const table of ['user_group', 'group_permission', 'group']) expect([table, await open(table)]).toEqual([table, []]);
  });

  it('fires for what replication and a restore write', async () => {
    await sql(`SET session_replication_role = replica`);
    await sql(joins);
    await sql(leave);
    expect(await shape()).toEqual(['ended']);
  });

  it('works for a role that may change memberships and nothing else, and cannot be led astray by tables of its own', async () => {
    await sql(`CREATE ROLE clerk_of_history; GRANT SELECT, INSERT, DELETE ON user_group TO clerk_of_history`);
    try {
      await sql(`SET ROLE clerk_of_history; CREATE TEMPORARY TABLE user_group_history (user_id uuid, group_id uuid, began_at timestamptz, ended_at timestamptz)`);
      await sql(`SET search_path = pg_temp, public`);
      await sql(joins);
      await expect(sql(`SELECT * FROM public.user_group_history`)).rejects.toThrow('permission denied');
      await expect(sql('SELECT public.grant_time()')).rejects.toThrow('permission denied');
      await sql(`RESET ROLE; RESET search_path; DROP TABLE pg_temp.user_group_history`);
      expect(await shape()).toEqual(['open']);
    } finally {
      await sql('RESET ROLE; DROP OWNED BY clerk_of_history; DROP ROLE clerk_of_history');
    }
  });

  it('a clock that steps back makes no period end before it began, nor two of them overlap', async () => {
    await sql(joins);
    await sql(`UPDATE user_group_history SET began_at = now() + interval '1 hour'; UPDATE group_history SET began_at = now() + interval '1 hour' WHERE group_id = '${GROUP}'`);
    await sql(`UPDATE "group" SET name = 'Two' WHERE group_id = '${GROUP}'`);
    await sql(leave);
    expect([await periods(), (await periods('group')).map(({ name }) => name).toSorted()]).toEqual([[], ['Other', 'Two']]);
    await sql(joins);
    await sql(leave);
    await sql(`UPDATE user_group_history SET ended_at = now() + interval '1 hour'`);
    await sql(joins);
    const [one, two] = await periods();
    expect(two!.began_at).toEqual(one!.ended_at);
  });

  it('a session that says what time it is is not believed', async () => {
    await sql(`SET tessera.grant_time = '1:946684800000000'`);
    await sql(joins);
    expect((await periods())[0]!.began_at.getFullYear()).toBeGreaterThan(2000);
  });

  it('goes with the account; one that was made and deleted in one transaction leaves nothing', async () => {
    await sql(joins);
    await sql(`DELETE FROM "user" WHERE user_id = '${USER}'`);
    expect(await periods()).toEqual([]);
    await sql('BEGIN');
    await sql(`INSERT INTO "user" (user_id, password) VALUES ('${USER}', 'x')`);
    await sql(joins);
    await sql(`DELETE FROM "user" WHERE user_id = '${USER}'`);
    await sql('COMMIT');
    expect(await periods()).toEqual([]);
    expect(await sql('SELECT FROM "user"')).toEqual([]);
  });

  it('fifty at once that give and take one membership leave periods that touch and never overlap', async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect(database.url)));
    await Promise.all(clients.map(async (client) => {
      await client.query(`${joins} ON CONFLICT (user_id, group_id) DO NOTHING`);
      await client.query(leave);
    }));
    await sql(joins);
    await Promise.all(clients.map((client) => client.end()));
    const found = await periods();
    expect(found.length).toBeGreaterThan(1);
    expect(found.filter(({ ended_at }) => ended_at === null)).toHaveLength(1);
    expect(await sql(`SELECT * FROM user_group_history a JOIN user_group_history b ON a.began_at < b.began_at AND (a.ended_at IS NULL OR a.ended_at > b.began_at)`)).toEqual([]);
    expect(await sql('SELECT * FROM user_group_history WHERE ended_at <= began_at')).toEqual([]);
  });
});

describe('a database from before the history', () => {
  let server: PostgresServer;
  let before: string;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    server = await createPostgresServer();
    before = await mkdtemp(join(tmpdir(), 'migrations-'));
    const names = (await readdir(MIGRATIONS_DIR)).filter((name) => name < FIRST_OF_HISTORY);
    await Promise.all(names.map((name) => cp(join(MIGRATIONS_DIR, name), join(before, name), { recursive: true })));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await server.remove();
    await rm(before, { recursive: true });
  });

  async function oldDatabase(): Promise<{ url: string; db: pg.Client }> {
    const url = await server.createDatabase();
    await applyMigrations({ url, migrationsDir: before });
    const db = await connect(url);
    clients.push(db);
    await arrange(db);
    return { url, db };
  }
  /** Until the migration waits for a membership that somebody has locked. */
  const looksAgain = (db: pg.Client) => until(async () => (await db.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`)).rows.length > 0, 30_000);
  const DIFFERENCES = `(SELECT user_id, group_id FROM user_group EXCEPT SELECT user_id, group_id FROM user_group_history WHERE ended_at IS NULL)
    UNION ALL (SELECT user_id, group_id FROM user_group_history WHERE ended_at IS NULL EXCEPT SELECT user_id, group_id FROM user_group)`;

  it('begins with what is there, since when it is there; what lies ahead or has no end is not believed', async () => {
    const { url, db } = await oldDatabase();
    await db.query(`INSERT INTO user_group (user_id, group_id, assigned_at) VALUES ('${USER}', '${GROUP}', '2024-05-06 07:08:09.123456'), ('${USER}', '${OTHER_GROUP}', '2999-01-01');
      INSERT INTO group_permission (group_id, permission_id, assigned_at) VALUES ('${GROUP}', '${PERMISSION}', '2024-05-07');
      UPDATE "group" SET created_at = '2024-05-05', is_active = false WHERE group_id = '${GROUP}'; UPDATE permission SET created_at = 'infinity'`);
    await applyMigrations({ url, migrationsDir: MIGRATIONS_DIR });
    const { rows: [start] } = await db.query<{ recorded_since: Date }>('SELECT recorded_since FROM grant_history_start');
    const { rows } = await db.query<{ began_at: Date; ended_at: null; now: boolean }>(`SELECT began_at, ended_at, began_at > now() - interval '1 hour' AND began_at <= $1 AS now FROM user_group_history ORDER BY began_at`, [start!.recorded_since]);
    expect(rows).toEqual([{ began_at: new Date('2024-05-06T07:08:09.123Z'), ended_at: null, now: false }, { began_at: expect.any(Date), ended_at: null, now: true }]);
    expect((await db.query(`SELECT codename, is_active, began_at FROM group_history WHERE group_id = '${GROUP}'`)).rows).toEqual([{ codename: 'one', is_active: false, began_at: new Date('2024-05-05T00:00:00Z') }]);
    expect((await db.query('SELECT began_at FROM group_permission_history')).rows).toEqual([{ began_at: new Date('2024-05-07T00:00:00Z') }]);
    expect((await db.query('SELECT began_at <= now() AS past FROM permission_history')).rows).toEqual([{ past: true }]);
    await db.query(leave);
    expect((await db.query(DIFFERENCES)).rows).toEqual([]);
  });

  it('goes on serving meanwhile: what the version before changes is noted, whoever is faster, and nobody waits for it', async () => {
    const { url, db } = await oldDatabase();
    await db.query(`INSERT INTO "user" (password) SELECT 'x' FROM generate_series(1, 15000); INSERT INTO user_group (user_id, group_id) SELECT user_id, '${GROUP}' FROM "user"`);
    const everybody = (await db.query<{ user_id: string }>('SELECT user_id FROM "user"')).rows.map(({ user_id }) => user_id);
    let migrating = true;
    const writers = [0, 1, 2].map(async (writer) => {
      const client = await connect(url);
      clients.push(client);
      // Whoever meets the migration in a circle is the one who fails; a wait that ends is longer on a busy machine.
      await client.query(`SET deadlock_timeout = '50ms'; SET lock_timeout = '15s'`);
      let written = 0;
      // Accounts of his own, so that the migration is the only one whom he can meet.
      const users = everybody.filter((_, index) => index % 3 === writer);
      for (; migrating; written += 1) {
        const user = users[(written * 7_919) % users.length]!;
        // Several accounts in one transaction, in no order: whoever waited for one while holding another could wait for ever.
        await client.query('BEGIN');
        await client.query(['DELETE FROM user_group WHERE user_id = $1', 'DELETE FROM "user" WHERE user_id = $1', 'SELECT FROM "user" WHERE user_id = $1 FOR UPDATE'][written % 3]!, [user]);
        await client.query(`INSERT INTO user_group (user_id, group_id) SELECT user_id, '${OTHER_GROUP}' FROM "user" WHERE user_id = $1 ON CONFLICT (user_id, group_id) DO NOTHING`, [users[(written * 31) % users.length]]);
        await client.query(written % 5 === 0 ? 'ROLLBACK' : 'COMMIT');
      }
      return written;
    });
    const { applied } = await applyMigrations({ url, migrationsDir: MIGRATIONS_DIR }).finally(() => (migrating = false));
    const written = await Promise.all(writers);
    expect(applied.length).toBeGreaterThan(2);
    expect(Math.min(...written)).toBeGreaterThan(0);
    expect((await db.query(DIFFERENCES)).rows).toEqual([]);
    expect((await db.query('SELECT count(*)::int > 10000 AS many FROM user_group_history')).rows).toEqual([{ many: true }]);
  });

  it('waits for a membership that somebody keeps locked, without keeping anybody else', async () => {
    const { url, db } = await oldDatabase();
    await db.query(joins);
    const holder = await connect(url);
    clients.push(holder);
    await holder.query(`BEGIN; SELECT FROM "user" WHERE user_id = '${USER}' FOR UPDATE`);
    const migrated = applyMigrations({ url, migrationsDir: MIGRATIONS_DIR });
    await looksAgain(db);
    expect((await db.query('SELECT FROM user_group_history')).rows).toHaveLength(0);
    await db.query(`UPDATE user_group SET assigned_at = now()`);
    await holder.query('COMMIT');
    await migrated;
    expect((await db.query('SELECT ended_at FROM user_group_history')).rows).toEqual([{ ended_at: null }]);
  });

  it('a migration that was killed half-way goes on where it was', async () => {
    const { url, db } = await oldDatabase();
    await db.query(`INSERT INTO "user" (password) SELECT 'x' FROM generate_series(1, 6000); INSERT INTO user_group (user_id, group_id) SELECT user_id, '${GROUP}' FROM "user"`);
    const [last] = (await db.query<{ user_id: string }>('SELECT user_id FROM "user" ORDER BY user_id DESC LIMIT 1')).rows;
    const holder = await connect(url);
    clients.push(holder);
    await holder.query(`BEGIN; SELECT FROM "user" WHERE user_id = '${last!.user_id}' FOR UPDATE`);
    const killed = applyMigrations({ url, migrationsDir: MIGRATIONS_DIR }).catch((error: Error) => error);
    await looksAgain(db);
    expect((await db.query('SELECT FROM user_group_history')).rows).toHaveLength(6_000);
    const { rows: [own] } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), $1)', [own!.pid]);
    expect(await killed).toBeInstanceOf(Error);
    expect((await db.query('SELECT FROM grant_history_start')).rows).toHaveLength(0);
    await holder.query('COMMIT');
    await applyMigrations({ url, migrationsDir: MIGRATIONS_DIR });
    expect((await db.query(DIFFERENCES)).rows).toEqual([]);
    expect((await db.query('SELECT FROM grant_history_start')).rows).toHaveLength(1);
  });
});

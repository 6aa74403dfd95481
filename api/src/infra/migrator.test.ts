import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { runInChild } from '../../test/child-process.js';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { until } from '../../test/until.js';
import { applyMigrations, MigrationError, type MigratorOptions } from './migrator.js';

jest.setTimeout(120_000);

let server: PostgresServer;
const clients: pg.Client[] = [];
const folders: string[] = [];
let url: string;
let migrationsDir: string;

beforeAll(async () => {
  server = await createPostgresServer();
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await server.remove();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});
beforeEach(async () => {
  url = await server.createDatabase();
  migrationsDir = await mkdtemp(join(tmpdir(), 'migrations-'));
  folders.push(migrationsDir);
});

async function write(name: string, sql: string): Promise<void> {
  await mkdir(join(migrationsDir, name), { recursive: true });
  await writeFile(join(migrationsDir, name, 'migration.sql'), sql);
}

async function session(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

const migrate = (options: Partial<MigratorOptions> = {}) => applyMigrations({ url, migrationsDir, ...options });
const rowsOf = async (text: string): Promise<Record<string, unknown>[]> => (await (await session()).query(text)).rows as Record<string, unknown>[];
const failureOf = (work: Promise<unknown>): Promise<Error> => work.then(() => Promise.reject(new Error('It did not fail.')), (error: Error) => error);
const RECORDS = `SELECT migration_name, finished_at IS NOT NULL AS finished, logs, rolled_back_at IS NOT NULL AS rolled_back FROM _prisma_migrations ORDER BY started_at`;

/** A migrator in a process of its own that will be killed. */
const migrateInChild = () =>
  runInChild(
    `const { applyMigrations } = await src('infra/migrator.js');
     await applyMigrations({ ...input, onProgress: (sentence) => console.log(sentence) });
     console.log('done');`,
    { url, migrationsDir, lockTimeoutMs: 60_000 },
  );

describe('applying', () => {
  it('brings a database up to date, in order, and then finds nothing to do', async () => {
    await write('20260102000000_second', 'ALTER TABLE thing ADD COLUMN colour text; CREATE INDEX thing_colour ON thing (colour);');
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    const said: string[] = [];
    const { applied } = await migrate({ onProgress: (sentence) => said.push(sentence) });
    expect(applied).toEqual(['20260101000000_first', '20260102000000_second']);
    expect(said).toEqual(['Applying migration 20260101000000_first.', 'Applying migration 20260102000000_second.']);
    expect(await migrate()).toEqual({ applied: [] });
    await write('20260103000000_third', 'CREATE TABLE other (id int);');
    expect(await migrate()).toEqual({ applied: ['20260103000000_third'] });
  });

  it("notes what Prisma's command line would have noted", async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);\n');
    await migrate();
    expect(await rowsOf('SELECT migration_name, checksum, logs, rolled_back_at, applied_steps_count, finished_at >= started_at AS in_order, length(id) FROM _prisma_migrations')).toEqual([
      {
        migration_name: '20260101000000_first',
        // sha256sum of the file
        checksum: 'a998192474900f9304387f7e242f89d7a6d3755a8987a76d4045794d139a4ed6',
        logs: null,
        rolled_back_at: null,
        applied_steps_count: 1,
        in_order: true,
        length: 36,
      },
    ]);
  });

  it('by several processes at once happens once', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int); SELECT pg_sleep(0.3);');
    await write('20260102000000_index', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "thing_id" ON thing (id);');
    const results = await Promise.all([migrate(), migrate(), migrate()]);
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['20260101000000_first', '20260102000000_index']);
    expect(await rowsOf(RECORDS)).toHaveLength(2);
  });

  it('leaves alone what a newer version of the code has applied', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    await write('20260102000000_newer', 'CREATE TABLE newer (id int);');
    await migrate();
    await rm(join(migrationsDir, '20260102000000_newer'), { recursive: true });
    expect(await migrate()).toEqual({ applied: [] });
  });

  it('refuses when the file of an applied migration has changed', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    await migrate();
    await write('20260101000000_first', 'CREATE TABLE thing (id bigint);');
    const error = await failureOf(migrate());
    expect(error).toBeInstanceOf(MigrationError);
    expect(error.message).toContain('20260101000000_first has changed since it was applied');
  });
});

describe('a migration that fails', () => {
  it('leaves nothing but its reason, stops every later start, and is tried again when asked', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    await write('20260102000000_wrong', `CREATE TABLE half (id int); DO $$ BEGIN RAISE EXCEPTION '% thing(s) in the way', 3; END $$;`);
    await write('20260103000000_third', 'CREATE TABLE third (id int);');
    const first = await failureOf(migrate());
    expect(first).toBeInstanceOf(MigrationError);
    expect(first.message).toContain('20260102000000_wrong failed (3 thing(s) in the way (SQLSTATE P0001))');
    expect(await rowsOf(`SELECT to_regclass('half') AS half, to_regclass('third') AS third`)).toEqual([{ half: null, third: null }]);
    expect(await rowsOf(RECORDS)).toMatchObject([{ finished: true }, { finished: false, logs: expect.stringContaining('3 thing(s) in the way') }]);

    const second = await failureOf(migrate());
    expect(second).toBeInstanceOf(MigrationError);
    expect(second.message).toMatch(/^Migration 20260102000000_wrong failed on .*3 thing\(s\) in the way.*--retry/);

    await write('20260102000000_wrong', 'CREATE TABLE half (id int);');
    expect(await migrate({ retry: true })).toEqual({ applied: ['20260102000000_wrong', '20260103000000_third'] });
    expect(await migrate()).toEqual({ applied: [] });
    expect(await rowsOf(RECORDS)).toMatchObject([{ finished: true }, { finished: false, rolled_back: true }, { finished: true }, { finished: true }]);
  });

  it('while building an index leaves no half of it', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int); INSERT INTO thing VALUES (1), (1);');
    await write('20260102000000_unique', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "thing_id_key" ON thing (id);');
    expect((await failureOf(migrate())).message).toContain('could not create unique index');
    expect(await rowsOf(`SELECT to_regclass('thing_id_key') AS index`)).toEqual([{ index: null }]);
    await rowsOf('DELETE FROM thing');
    expect(await migrate({ retry: true })).toEqual({ applied: ['20260102000000_unique'] });
  });
});

describe('a process killed in the middle', () => {
  const FIRST = 'CREATE TABLE thing (id int, done boolean); INSERT INTO thing SELECT generate_series(1, 10);';

  it('of a transaction leaves nothing, and the next start goes on', async () => {
    const holder = await session();
    await holder.query('SELECT pg_advisory_lock(1)');
    await write('20260101000000_first', FIRST);
    await write('20260102000000_second', 'CREATE TABLE other (id int); SELECT pg_advisory_xact_lock(1);');
    const child = migrateInChild();
    await waits(holder, 'advisory');
    child.process.kill('SIGKILL');
    await child.ended;
    await holder.query('SELECT pg_advisory_unlock(1)');
    expect(await migrate()).toEqual({ applied: ['20260102000000_second'] });
    expect(await rowsOf(RECORDS)).toMatchObject([{ finished: true }, { finished: true }]);
  });

  it('of building an index has its half-built index replaced by the next start', async () => {
    await write('20260101000000_first', FIRST);
    await migrate();
    await write('20260102000000_index', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "thing_id" ON thing (id);');
    const writer = await session();
    await writer.query('BEGIN; INSERT INTO thing VALUES (11)');
    const child = migrateInChild();
    const watcher = await session();
    await waits(watcher, 'virtualxid');
    child.process.kill('SIGKILL');
    await child.ended;
    // The server notices, though the writer still keeps the index waiting.
    await untilRow(watcher, `SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'virtualxid')`);
    expect((await watcher.query(`SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('thing_id')`)).rows).toEqual([{ indisvalid: false }]);
    const next = migrate();
    await waits(watcher, 'virtualxid');
    await writer.query('COMMIT');
    expect(await next).toEqual({ applied: ['20260102000000_index'] });
    expect(await rowsOf(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'thing_id'::regclass`)).toEqual([{ indisvalid: true }]);
    expect(await rowsOf(RECORDS)).toMatchObject([{ finished: true }, { finished: true, logs: null }]);
  });

  it('of a backfill keeps what was committed, and the next start does the rest', async () => {
    const holder = await session();
    await write('20260101000000_first', FIRST);
    await migrate();
    await holder.query('SELECT pg_advisory_lock(6)');
    await write(
      '20260102000000_backfill',
      `DO $$ DECLARE n int; BEGIN
         FOR n IN 1..10 LOOP
           PERFORM pg_advisory_xact_lock(n);
           UPDATE thing SET done = true WHERE id = n AND done IS NULL;
           COMMIT;
         END LOOP;
       END $$;`,
    );
    const child = migrateInChild();
    await waits(holder, 'advisory');
    child.process.kill('SIGKILL');
    await child.ended;
    expect(await rowsOf('SELECT count(*)::int AS done FROM thing WHERE done')).toEqual([{ done: 5 }]);
    await holder.query('SELECT pg_advisory_unlock(6)');
    expect(await migrate()).toEqual({ applied: ['20260102000000_backfill'] });
    expect(await rowsOf('SELECT count(*)::int AS done FROM thing WHERE done')).toEqual([{ done: 10 }]);
  });
});

describe('locks', () => {
  it('are let go again and again, so that nobody waits behind a migration for longer than its lock timeout (F23)', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    await migrate();
    await write('20260102000000_second', 'ALTER TABLE thing ADD COLUMN colour text;');
    const reader = await session();
    await reader.query('BEGIN; SELECT * FROM thing');
    const said: string[] = [];
    const migration = migrate({ lockTimeoutMs: 200, onProgress: (sentence) => said.push(sentence) });
    const other = await session();
    // Longer than the migration's patience and far shorter than the reader's transaction: it fails if it waits for the reader.
    await other.query(`SET statement_timeout = 30000`);
    await waits(other, 'relation');
    await other.query('INSERT INTO thing (id) VALUES (1)');
    await until(() => said.length === 2);
    expect(said[1]).toContain('waits for a table that is in use');
    await reader.query('COMMIT');
    expect(await migration).toEqual({ applied: ['20260102000000_second'] });
  });

  it('that another migrator waits for are given to it when it stands in the way of an index', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    await migrate();
    await write('20260102000000_index', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS "thing_id" ON thing (id);');
    const holder = await session();
    await holder.query('BEGIN; INSERT INTO thing VALUES (1)');
    const migration = migrate();
    await waits(await session(), 'virtualxid');
    // As Prisma's command line waits: inside one statement, so its snapshot is what the index waits for.
    const prisma = await session();
    // It waited before the index did, so that it has looked for a deadlock already.
    await prisma.query(`SET deadlock_timeout = '1h'`);
    const turn = prisma.query('SELECT pg_advisory_lock(72707369)');
    await waits(await session(), 'advisory');
    await holder.query('COMMIT');
    await turn;
    expect((await prisma.query('SELECT * FROM _prisma_migrations WHERE finished_at IS NULL')).rows).toEqual([]);
    await prisma.query('SELECT pg_advisory_unlock(72707369)');
    expect(await migration).toEqual({ applied: ['20260102000000_index'] });
  });
});

describe('an address', () => {
  it('that nobody answers at fails as unavailable', async () => {
    await write('20260101000000_first', 'CREATE TABLE thing (id int);');
    expect(await failureOf(migrate({ url: 'postgresql://postgres@127.0.0.1:1/postgres' }))).toMatchObject({ code: 'ECONNREFUSED' });
  });
});

/** Waits until some session of this database waits for a lock of that kind. */
const waits = (client: pg.Client, kind: string) => untilRow(client, `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = '${kind}'`);

async function untilRow(client: pg.Client, text: string): Promise<void> {
  await until(async () => (await client.query(text)).rows.length > 0).catch((cause: unknown) => {
    throw new Error(`It did not happen: ${text}`, { cause });
  });
}

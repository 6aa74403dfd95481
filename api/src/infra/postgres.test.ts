import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { runInChild } from '../../test/child-process.js';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { until } from '../../test/until.js';
import { createPostgres, isUnavailable, isUniqueViolation, type Database, type PostgresOptions } from './postgres.js';

/** Patient: limits are tested where they are meant, also on a slow machine. */
const OPTIONS = { poolMax: 4, poolMin: 0, idleTimeoutMs: 60_000, connectionTimeoutMs: 30_000, statementTimeoutMs: 30_000 };

let server: PostgresServer;
let open: Database[] = [];

beforeAll(async () => {
  server = await createPostgresServer({ max_connections: 20 });
});
afterAll(() => server.remove());
afterEach(async () => {
  await Promise.all(open.map((db) => db.close()));
  open = [];
});

function connect(options: Partial<PostgresOptions> = {}): Database {
  const db = createPostgres({ url: server.url(), ...OPTIONS, ...options }, createRecordingLogger());
  open.push(db);
  return db;
}

/** With short limits even a question to a server that is well may come too late: the next one does not, or the one after that. */
const answers = (work: () => Promise<unknown>) => until(() => work().then(() => true, () => delay(50, false)));

const failureOf = (work: Promise<unknown>): Promise<Error> => work.then(() => Promise.reject(new Error('It did not fail.')), (error: Error) => error);

describe('instants', () => {
  it('are the same on their way in and out, for both kinds of column, whatever the time zone of process and server', async () => {
    const url = await server.createDatabase();
    const code = `
      const { createPostgres } = await src('infra/postgres.js');
      const db = createPostgres({ url: input.url, ...input.options }, { warn() {}, debug() {} });
      await db.query({ text: 'CREATE TABLE moment (id int PRIMARY KEY, local timestamp(6), zoned timestamptz(3), locals timestamp[], made timestamp DEFAULT CURRENT_TIMESTAMP)' });
      const at = new Date('2026-07-01T22:30:15.123Z');
      await db.query({ text: 'INSERT INTO moment (id, local, zoned, locals) VALUES (1, $1, $2, $3)', values: [at, at, [at, null]] });
      await db.query({ name: 'again', text: 'INSERT INTO moment (id, local) SELECT 2, unnest($1::timestamp[])', values: [[at]] });
      const { rows } = await db.query({ text: 'SELECT local, zoned, locals, local::text AS stored, made, now() AS now FROM moment ORDER BY id' });
      const old = await db.query({ text: "SELECT timestamp '0044-03-15 12:00:00 BC' AS ides, timestamp '20000-01-01' AS far, timestamp 'infinity' AS never" });
      const prisma = await db.prisma.$queryRaw\`SELECT local, zoned FROM moment WHERE local = \${at} AND id = 1\`;
      console.log(JSON.stringify({ offset: new Date().getTimezoneOffset(), rows, prisma, ides: old.rows[0].ides, far: old.rows[0].far, never: String(old.rows[0].never) }));
      await db.close();`;
    const child = runInChild(code, { url, options: OPTIONS }, { TZ: 'Asia/Kuwait' });
    await child.ended;
    const told = JSON.parse(child.output()) as { offset: number; rows: Record<string, string>[]; prisma: Record<string, string>[]; ides: string; far: string; never: string };
    const instant = '2026-07-01T22:30:15.123Z';
    expect(told.offset).toBe(-180);
    expect(told.rows[0]).toMatchObject({ local: instant, zoned: instant, locals: [instant, null], stored: '2026-07-01 22:30:15.123' });
    expect(told.rows[1]!['local']).toBe(instant);
    expect(told.prisma).toEqual([{ local: instant, zoned: instant }]);
    expect(Math.abs(Date.parse(told.rows[0]!['made']!) - Date.parse(told.rows[0]!['now']!))).toBeLessThan(60_000);
    expect(told).toMatchObject({ ides: '-000043-03-15T12:00:00.000Z', far: '+020000-01-01T00:00:00.000Z', never: 'Infinity' });
  });
});

describe('an address', () => {
  it('may name a schema and options of its own, and ours still hold', async () => {
    await connect().query({ text: 'CREATE SCHEMA IF NOT EXISTS "other place"' });
    const db = connect({ url: `${server.url()}?schema=other%20place&options=-c%20work_mem%3D8MB`, applicationName: 'tessera' });
    const { rows } = await db.query({
      text: `SELECT current_schema() AS schema, current_setting('work_mem') AS work_mem, current_setting('timezone') AS timezone,
               current_setting('statement_timeout') AS statement_timeout, current_setting('application_name') AS name`,
    });
    expect(rows[0]).toEqual({ schema: 'other place', work_mem: '8MB', timezone: 'UTC', statement_timeout: '27s', name: 'tessera' });
  });
});

describe('a statement', () => {
  it('that is refused costs no connection', async () => {
    const db = connect({ poolMax: 1 });
    await db.query({ text: 'CREATE TEMP TABLE one (id int CONSTRAINT one_key UNIQUE)' });
    await db.query({ text: 'INSERT INTO one VALUES (1)' });
    const error = await failureOf(db.query({ text: 'INSERT INTO one VALUES (1)' }));
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'one_key')).toBe(true);
    expect(isUniqueViolation(error, 'other_key')).toBe(false);
    expect(isUnavailable(error)).toBe(false);
    // The temporary table would be gone with its connection.
    expect((await db.query({ text: 'SELECT id FROM one' })).rows).toEqual([{ id: 1 }]);
  });

  it('with a name is prepared once on its connection', async () => {
    const db = connect({ poolMax: 1 });
    for (const value of [1, 2]) await db.query({ name: 'prepared_once', text: 'SELECT $1::int AS value', values: [value] });
    const { rows } = await db.query({ text: `SELECT generic_plans + custom_plans AS uses FROM pg_prepared_statements WHERE name = 'prepared_once'` });
    expect(rows).toEqual([{ uses: '2' }]);
  });

  it("is counted, Prisma's too", async () => {
    const db = connect();
    const before = db.commands();
    await db.query({ text: 'SELECT 1' });
    await db.prisma.$queryRaw`SELECT 1`;
    await db.transaction((transaction) => transaction.query({ text: 'SELECT 1' }));
    expect(db.commands() - before).toBe(5);
  });
});

describe('a transaction', () => {
  it('is kept when its work resolves and undone when it throws', async () => {
    const db = connect({ poolMax: 1 });
    await db.query({ text: 'CREATE TEMP TABLE kept (id int)' });
    await db.transaction((transaction) => transaction.query({ text: 'INSERT INTO kept VALUES (1)' }));
    const reason = new Error('not today');
    await expect(
      db.transaction(async (transaction) => {
        await transaction.query({ text: 'INSERT INTO kept VALUES (2)' });
        throw reason;
      }),
    ).rejects.toBe(reason);
    expect((await db.query({ text: 'SELECT id FROM kept' })).rows).toEqual([{ id: 1 }]);
  });

  it('never claims to be kept after a failed statement was caught inside', async () => {
    const db = connect();
    const work = db.transaction((transaction) => transaction.query({ text: 'SELECT 1 / 0' }).catch(() => 'caught'));
    await expect(work).rejects.toThrow('rolled back');
  });

  it('refuses a query that comes after its end', async () => {
    const db = connect();
    const late = await db.transaction(async (transaction) => () => transaction.query({ text: 'SELECT 1' }));
    await expect(late()).rejects.toThrow('after the end');
  });

  it('runs again after a deadlock (F8)', async () => {
    const db = connect();
    await db.query({ text: 'CREATE TABLE pair (id int PRIMARY KEY, hits int)' });
    await db.query({ text: 'INSERT INTO pair VALUES (1, 0), (2, 0)' });
    let arrived = 0;
    let attempts = 0;
    let meet: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (meet = resolve));
    const cross = (first: number, second: number) =>
      db.transaction(async (transaction) => {
        attempts += 1;
        await transaction.query({ text: 'UPDATE pair SET hits = hits + 1 WHERE id = $1', values: [first] });
        if (++arrived === 2) meet();
        await both;
        await transaction.query({ text: 'UPDATE pair SET hits = hits + 1 WHERE id = $1', values: [second] });
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(attempts).toBe(3);
    expect((await db.query({ text: 'SELECT hits FROM pair' })).rows).toEqual([{ hits: 2 }, { hits: 2 }]);
  });

  it('gives up after three more serialization failures, as unavailable (F8)', async () => {
    let attempts = 0;
    const work = connect().transaction(async (transaction) => {
      attempts += 1;
      await transaction.query({ text: `DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$` });
    });
    expect(isUnavailable(await failureOf(work))).toBe(true);
    expect(attempts).toBe(4);
  });
});

describe('faults', () => {
  it('a restart in the middle fails what is under way as unavailable and nothing after it (F6)', async () => {
    const db = connect();
    await db.check();
    const underWay = failureOf(db.query({ text: 'SELECT pg_sleep(600)' }));
    const inTransaction = failureOf(
      db.transaction(async (transaction) => {
        await transaction.query({ text: 'SELECT 1' });
        await underWay;
        await transaction.query({ text: 'SELECT 1' });
      }),
    );
    while (db.pool.totalCount < 2 || db.pool.waitingCount > 0) await new Promise(setImmediate);
    await db.pool.connect().then((client) => client.query('SELECT 1').then(() => client.release()));
    await server.crash();
    expect(isUnavailable(await underWay)).toBe(true);
    expect(isUnavailable(await inTransaction)).toBe(true);
    expect(isUnavailable(await failureOf(db.check()))).toBe(true);
    expect(isUnavailable(await failureOf(db.prisma.$queryRaw`SELECT 1`))).toBe(true);
    await server.start();
    expect((await db.query({ text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }]);
  });

  it('a frozen server fails every caller, whether the connection is old, new or waited for, and heals (F9)', async () => {
    const db = connect({ poolMax: 2, connectionTimeoutMs: 800, statementTimeoutMs: 1_500 });
    await answers(() => db.check());
    await answers(() => db.prisma.$queryRaw`SELECT 1`);
    server.freeze();
    const failures = await Promise.all([
      failureOf(db.query({ text: 'SELECT 1' })),
      failureOf(db.transaction((transaction) => transaction.query({ text: 'SELECT 1' }))),
      failureOf(db.query({ text: 'SELECT 1' })),
      failureOf(db.prisma.$queryRaw`SELECT 1`),
      failureOf(db.check()),
    ]);
    server.thaw();
    expect(failures.map(isUnavailable)).toEqual([true, true, true, true, true]);
    await answers(() => db.check());
  });

  it('a frozen server does not keep a process from ending', async () => {
    const code = `
      const { createPostgres } = await src('infra/postgres.js');
      const db = createPostgres({ url: input.url, ...input.options }, { warn() {}, debug() {} });
      const busy = setInterval(() => undefined, 1000);
      process.once('SIGTERM', async () => { await db.close(); clearInterval(busy); });
      await db.check();
      console.log('ready');`;
    const child = runInChild(code, { url: server.url(), options: OPTIONS });
    await until(() => child.output().includes('ready'));
    server.freeze();
    child.process.kill('SIGTERM');
    const exitCode = await child.ended;
    server.thaw();
    expect({ exitCode, output: child.output() }).toEqual({ exitCode: 0, output: 'ready\n' });
  });

  it('an exhausted pool refuses fast and hands out the connections again (F7)', async () => {
    const db = connect({ poolMax: 2, connectionTimeoutMs: 500 });
    const busy: { release(): void }[] = [];
    for (let count = 1; count <= 2; count += 1) await answers(async () => busy.push(await db.pool.connect()));
    const error = await failureOf(db.query({ text: 'SELECT 1' }));
    expect(isUnavailable(error)).toBe(true);
    for (const client of busy) client.release();
    await db.check();
  });

  it('a server without a free connection is unavailable, not wrong (F7)', async () => {
    const greedy = connect({ poolMax: 30 });
    // Each keeps its connection until all have been answered.
    const results = await Promise.allSettled(Array.from({ length: 25 }, () => greedy.pool.connect()));
    for (const result of results) if (result.status === 'fulfilled') result.value.release();
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((result) => isUnavailable(result.reason))).toBe(true);
    await greedy.check();
  });

  it('a statement that takes too long is cut off by the server, and the connection serves on', async () => {
    const db = connect({ poolMax: 1 });
    await db.query({ text: 'CREATE TEMP TABLE same_connection (id int)' });
    // Far below our own limit, so that it is the server's whatever the machine is busy with.
    const error = await failureOf(db.query({ text: "SET LOCAL statement_timeout = '200ms'; SELECT pg_sleep(600)" }));
    expect(error).toMatchObject({ code: '57014' });
    expect(isUnavailable(error)).toBe(true);
    await db.query({ text: 'SELECT FROM same_connection' });
  });

  it('nobody at the address is unavailable', async () => {
    const db = connect({ url: 'postgresql://postgres@127.0.0.1:1/postgres' });
    expect(isUnavailable(await failureOf(db.check()))).toBe(true);
    expect(isUnavailable(await failureOf(db.prisma.$queryRaw`SELECT 1`))).toBe(true);
  });

  it('what is wrong with the question is not unavailable', async () => {
    const db = connect();
    for (const text of ['SELECT nonsense', 'SELECT 1 / 0', "SELECT 'x'::int"]) expect(isUnavailable(await failureOf(db.query({ text })))).toBe(false);
    expect(isUnavailable(new TypeError('x is not a function'))).toBe(false);
    expect(isUnavailable(undefined)).toBe(false);
  });
});

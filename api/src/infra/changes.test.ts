import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from '../../test/harness.js';
import { createRecordingLogger, type RecordingLogger } from '../../test/recording-logger.js';
import { standStill } from '../../test/standing-clock.js';
import { createTcpProxy } from '../../test/tcp-proxy.js';
import { until } from '../../test/until.js';
import { createChanges, type ChangesFollower } from './changes.js';
import { createPostgres, type Database } from './postgres.js';

jest.setTimeout(120_000);

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;
const cleanUps: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  db = createPostgres({ url: database.url, poolMax: 20, poolMin: 0, idleTimeoutMs: 10_000, connectionTimeoutMs: 60_000, statementTimeoutMs: 60_000 }, createRecordingLogger());
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  jest.useRealTimers();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

type Worker = ChangesFollower & { told: (string | null)[] };

/** A worker and what it has been told, in order; `null` is everybody. */
async function startLostWorker(url = database.url, logger = createRecordingLogger()): Promise<Worker> {
  const changes = await createChanges({ address: { url }, db, logger });
  cleanUps.push(() => changes.close());
  const told: (string | null)[] = [];
  changes.listen(({ userId }) => told.push(userId ?? null));
  return Object.assign(changes, { told });
}

/** One that follows: on a slow machine its first connection may have taken longer than it trusts what it asked. */
async function startWorker(url?: string, logger?: RecordingLogger): Promise<Worker> {
  const worker = await startLostWorker(url, logger);
  await until(() => worker.current());
  worker.told.length = 0;
  return worker;
}

/** It knows of the change, or trusts nothing that it knows: what every worker may be when a change is settled. */
const obeys = (worker: Worker, userId: string) => worker.told.includes(userId) || !worker.current();

const sql = async <Row = Record<string, unknown>>(text: string, values: unknown[] = []) => (await db.query<Row>({ text, values })).rows;
const workers = () => sql<{ worker_id: string }>('SELECT worker_id FROM worker_lease');

const makeUsers = async (count: number) =>
  (await sql<{ user_id: string }>(`INSERT INTO "user" (email, password) SELECT gen_random_uuid() || '@example.com', 'x' FROM generate_series(1, $1::int) RETURNING user_id`, [count])).map((user) => user.user_id);
const makeUser = async () => (await makeUsers(1))[0]!;

const touch = (userId: string) => sql(`UPDATE "user" SET bio = $2 WHERE user_id = $1`, [userId, randomUUID()]);

describe('a worker that follows the changes', () => {
  it('is current from the start on, and stays so', async () => {
    // No time passes, so that neither a deadline nor what it trusts is over before it is looked at.
    standStill('Date', 'performance', 'setTimeout');
    const worker = await startLostWorker();
    expect(worker.current()).toBe(true);
    expect((await workers()).length).toBe(1);
  });

  it('B-01: has been told of a change, on every worker, when it is settled', async () => {
    const all = [await startWorker(), await startWorker(), await startWorker()];
    const userId = await makeUser();
    for (let round = 0; round < 200; round += 1) {
      for (const { told } of all) told.length = 0;
      await touch(userId);
      await all[round % 3]!.settled();
      expect(all.map((worker) => obeys(worker, userId))).toEqual([true, true, true]);
    }
  });

  it('is told of 200 simultaneous changes, each in its place and none left out', async () => {
    const [one, other] = [await startWorker(), await startWorker()];
    const users = await makeUsers(200);
    await Promise.all(users.map(touch));
    await one.settled();
    await until(() => [one, other].every(({ told }) => users.every((user) => told.includes(user))));
    for (const worker of [one, other]) expect(worker.told.filter((user) => user !== null && users.includes(user)).sort()).toEqual([...users].sort());
    const versions = await sql<{ version: number }>('SELECT version::int AS version FROM access_change ORDER BY version');
    expect(versions.map(({ version }) => version - versions[0]!.version)).toEqual(versions.map((_, index) => index));
  });

  it('forgets everything when changes are missing, when they are too many, and when the record is an older one', async () => {
    const worker = await startWorker();
    const userId = await makeUser();
    const reads = async (arrange: () => Promise<unknown>) => {
      worker.told.length = 0;
      await arrange();
      await worker.settled();
      await until(() => worker.told.length > 0);
      return worker.told;
    };
    expect(await reads(() => db.transaction(async (tx) => {
      await tx.query({ text: `SELECT note_access_change($1)`, values: [userId] });
      await tx.query({ text: `DELETE FROM access_change` });
    }))).toEqual([null]);
    expect(await reads(() => sql(`
      WITH next AS (UPDATE access_version SET version = version + 1001 RETURNING version)
      INSERT INTO access_change (version, user_id, transaction_id) SELECT version - n, gen_random_uuid(), 1 FROM next, generate_series(0, 1000) AS n`))).toEqual([null]);
    expect(await reads(() => touch(userId))).toEqual([userId]);
    worker.told.length = 0;
    await db.transaction(async (tx) => {
      await tx.query({ text: `UPDATE access_version SET version = version - 5` });
      await tx.query({ text: `DELETE FROM access_change WHERE version > (SELECT version FROM access_version)` });
    });
    await until(() => worker.told.includes(null));
  });

  it('trusts nothing while its connection is gone, and begins anew with the next one', async () => {
    const logger = createRecordingLogger();
    const worker = await startWorker(database.url, logger);
    // As it was in the moment of the loss: the next connection may be there before anybody else looks.
    let lost: unknown;
    logger.warn = () => void (lost ??= [worker.current(), [...worker.told]]);
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tessera-leases' AND datname = current_database()`);
    await until(() => lost !== undefined);
    expect(lost).toEqual([false, []]);
    await until(() => worker.current());
    expect(worker.told).toContain(null);
  });

  it('F11: trusts nothing when the clock has jumped, as after a machine has slept', async () => {
    standStill('Date', 'performance', 'setTimeout');
    const worker = await startWorker();
    const now = Date.now();
    jest.setSystemTime(now + 3_600_000);
    expect(worker.current()).toBe(false);
    jest.setSystemTime(now);
    expect(worker.current()).toBe(true);
  });

  it('trusts nothing of a record that does not announce its changes, from the start or any more', async () => {
    const early = await startWorker();
    await sql('ALTER TABLE user_group DISABLE TRIGGER user_group_change');
    const worker = await startLostWorker();
    expect(worker.current()).toBe(false);
    await until(() => !early.current());
    await sql('ALTER TABLE user_group ENABLE ALWAYS TRIGGER user_group_change');
    await until(() => worker.current() && early.current());
  });

  it('F6, F18: survives a server that hangs up at any moment of its greeting, and comes back', async () => {
    const worker = await startWorker();
    const { port } = new URL(database.url);
    let answers = 0;
    let bytesToPass = 0;
    const server = createServer((socket) => {
      answers += 1;
      let left = bytesToPass;
      const target = connect(Number(port), '127.0.0.1');
      target.on('data', (bytes: Buffer) => {
        socket.write(bytes.subarray(0, left));
        left -= bytes.length;
        if (left <= 0) for (const one of [socket, target]) one.destroy();
      });
      socket.on('data', (bytes) => target.write(bytes));
      for (const one of [socket, target]) one.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    cleanUps.push(() => void server.close());
    await once(server, 'listening');
    const url = new URL(database.url);
    url.port = String((server.address() as AddressInfo).port);
    for (bytesToPass of [0, 1, 9, 50, 300, 360, 420]) {
      const before = answers;
      const unlucky = await createChanges({ address: { url: url.href }, db, logger: createRecordingLogger() });
      await until(() => answers > before + 1);
      expect(unlucky.current()).toBe(false);
      await unlucky.close();
    }
    bytesToPass = Infinity;
    const lucky = await startWorker(url.href);
    await until(() => lucky.current() && worker.current());
  });

  it('says once in an outage why it cannot follow', async () => {
    const logger = createRecordingLogger();
    const changes = await createChanges({ address: { url: database.url }, db, logger });
    cleanUps.push(() => changes.close());
    const outage = async () => {
      await sql('ALTER TABLE access_version RENAME TO away');
      await until(() => !changes.current());
      await delay(1_500);
      await sql('ALTER TABLE away RENAME TO access_version');
      await until(() => changes.current());
      return logger.lines.filter(({ level }) => level === 'warn');
    };
    expect(await outage()).toMatchObject([{ fields: { error: { message: expect.stringContaining('access_version') } } }]);
    expect((await outage()).length).toBe(2);
    expect(logger.lines.filter(({ level }) => level === 'info').map(({ message }) => message)).toEqual(['Changes are followed again.', 'Changes are followed again.']);
  });

  it('leaves the list when it ends', async () => {
    const worker = await startWorker();
    await worker.close();
    expect([worker.current(), await workers()]).toEqual([false, []]);
  });
});

describe('a worker that hears nothing any more', () => {
  /** A worker whose connection can be made to swallow everything. */
  async function startFarWorker() {
    const url = new URL(database.url);
    const proxy = await createTcpProxy(Number(url.port));
    cleanUps.push(() => proxy.close());
    url.port = String(proxy.port);
    return { worker: await startWorker(url.href), proxy };
  }

  it('B-01, F19: holds an answer up until it can trust its memory no longer', async () => {
    const near = await startWorker();
    const { worker: far, proxy } = await startFarWorker();
    const userId = await makeUser();
    await until(() => far.current());
    proxy.swallow();
    await touch(userId);
    await near.settled();
    expect([obeys(near, userId), far.told.includes(userId), far.current()]).toEqual([true, false, false]);
  });

  it('is taken off the list, so that nobody waits for it again; one that lives keeps its place', async () => {
    const near = await startWorker();
    const [{ worker_id: nearId }] = (await workers()) as [{ worker_id: string }];
    const { proxy } = await startFarWorker();
    await until(async () => (await workers()).length === 2);
    proxy.swallow();
    await until(async () => {
      const left = await workers();
      return left.length === 1 && left[0]!.worker_id === nearId;
    });
    await until(() => near.current());
  });

  it('comes back when it was taken for dead', async () => {
    const worker = await startWorker();
    await sql('DELETE FROM worker_lease');
    const userId = await makeUser();
    await touch(userId);
    await worker.settled();
    await until(async () => (await workers()).length === 1);
    await until(() => worker.current() && worker.told.includes(userId));
  });

  it('never keeps an answer for ever: a worker that was killed stands on the list for a while', async () => {
    const logger = createRecordingLogger();
    const worker = await createChanges({ address: { url: database.url }, db, logger });
    cleanUps.push(() => worker.close());
    const userId = await makeUser();
    const [{ worker_id: killed }] = (await sql<{ worker_id: string }>(`INSERT INTO worker_lease (worker_id, seen) VALUES (gen_random_uuid(), 0) RETURNING worker_id`)) as [{ worker_id: string }];
    // Not killed yet: else, on a slow machine, it would be off the list before anybody has waited for it in vain.
    let beats = true;
    const beating = (async () => {
      for (; beats; await delay(100)) await sql('UPDATE worker_lease SET renewals = renewals + 1 WHERE worker_id = $1', [killed]);
    })();
    await touch(userId);
    await worker.settled();
    beats = false;
    await beating;
    await until(() => worker.current());
    const said = (part: string) => logger.lines.findIndex(({ message }) => message.includes(part));
    await until(() => said('not waited for any more') >= 0);
    // Whoever is on call sees why a sign-out was slow, and when it is over.
    expect(said('answered late')).toBeGreaterThanOrEqual(0);
    expect(said('not waited for any more')).toBeGreaterThan(said('answered late'));
    expect(logger.lines[said('not waited for any more')]).toMatchObject({ fields: { workers: [killed] } });
  });

  it('settles even when the record cannot be asked who has seen the change', async () => {
    const deaf: Database = Object.create(db, { query: { value: () => Promise.reject(new Error('Connection terminated unexpectedly')) } });
    const changes = await createChanges({ address: { url: database.url }, db: deaf, logger: createRecordingLogger() });
    cleanUps.push(() => changes.close());
    await expect(changes.settled()).resolves.toBeUndefined();
  });
});

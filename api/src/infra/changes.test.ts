import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createDatabase } from '../../test/harness.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { createTcpProxy } from '../../test/tcp-proxy.js';
import { until } from '../../test/until.js';
import { createChanges, type ChangesFollower } from './changes.js';
import { createPostgres, type Database } from './postgres.js';

jest.setTimeout(30_000);

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;
const cleanUps: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  db = createPostgres({ url: database.url, poolMax: 20, poolMin: 0, idleTimeoutMs: 10_000, connectionTimeoutMs: 15_000, statementTimeoutMs: 15_000 }, createRecordingLogger());
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** A worker and what it has been told, in order; `null` is everybody. */
async function startWorker(url = database.url): Promise<ChangesFollower & { told: (string | null)[] }> {
  const changes = await createChanges({ address: { url }, db, logger: createRecordingLogger() });
  cleanUps.push(() => changes.close());
  const told: (string | null)[] = [];
  changes.listen(({ userId }) => told.push(userId ?? null));
  return Object.assign(changes, { told });
}

const sql = async <Row = Record<string, unknown>>(text: string, values: unknown[] = []) => (await db.query<Row>({ text, values })).rows;
const workers = () => sql<{ worker_id: string }>('SELECT worker_id FROM worker_lease');

async function makeUser(): Promise<string> {
  const [user] = await sql<{ user_id: string }>(`INSERT INTO "user" (email, password) VALUES ($1, 'x') RETURNING user_id`, [`${randomUUID()}@example.com`]);
  return user!.user_id;
}

const touch = (userId: string) => sql(`UPDATE "user" SET bio = $2 WHERE user_id = $1`, [userId, randomUUID()]);

describe('a worker that follows the changes', () => {
  it('is current from the start on, and stays so', async () => {
    const worker = await startWorker();
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
      for (const { told } of all) expect(told).toContain(userId);
    }
  });

  it('is told of 200 simultaneous changes, each in its place and none left out', async () => {
    const [one, other] = [await startWorker(), await startWorker()];
    const users = await Promise.all(Array.from({ length: 200 }, makeUser));
    await Promise.all(users.map(touch));
    await one.settled();
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
    const worker = await startWorker();
    worker.told.length = 0;
    const before = performance.now();
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tessera-leases' AND datname = current_database()`);
    await until(() => !worker.current());
    expect(worker.told).toEqual([]);
    await until(() => worker.current());
    expect(worker.told).toEqual([null]);
    expect(performance.now()).toBeGreaterThan(before);
  });

  it('F11: trusts nothing when the clock has jumped, as after a machine has slept', async () => {
    const worker = await startWorker();
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    expect(worker.current()).toBe(false);
    jest.restoreAllMocks();
    expect(worker.current()).toBe(true);
  });

  it('trusts nothing of a record that does not announce its changes, from the start or any more', async () => {
    const early = await startWorker();
    await sql('ALTER TABLE user_group DISABLE TRIGGER user_group_change');
    const worker = await startWorker();
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
    expect([lucky.current(), worker.current()]).toEqual([true, true]);
  });

  it('says once in an outage why it cannot follow', async () => {
    const logger = createRecordingLogger();
    const changes = await createChanges({ address: { url: database.url }, db, logger });
    cleanUps.push(() => changes.close());
    const outage = async () => {
      await sql('ALTER TABLE access_version RENAME TO away');
      await until(() => !changes.current());
      await new Promise((resolve) => setTimeout(resolve, 1_500));
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
    proxy.swallow();
    await touch(userId);
    expect(far.current()).toBe(true);
    await near.settled();
    expect([near.told.includes(userId), far.told.includes(userId), far.current()]).toEqual([true, false, false]);
  });

  it('is taken off the list, so that nobody waits for it again; one that lives keeps its place', async () => {
    const near = await startWorker();
    const [{ worker_id: nearId }] = (await workers()) as [{ worker_id: string }];
    const { proxy } = await startFarWorker();
    expect((await workers()).length).toBe(2);
    proxy.swallow();
    let left: { worker_id: string }[] = [];
    const watch = setInterval(() => void workers().then((found) => (left = found)), 50);
    cleanUps.push(() => clearInterval(watch));
    await until(() => left.length === 1, 15_000);
    expect(left).toEqual([{ worker_id: nearId }]);
    expect(near.current()).toBe(true);
  });

  it('comes back when it was taken for dead', async () => {
    const worker = await startWorker();
    await sql('DELETE FROM worker_lease');
    const userId = await makeUser();
    await touch(userId);
    await worker.settled();
    expect((await workers()).length).toBe(1);
    expect([worker.current(), worker.told.includes(userId)]).toEqual([true, true]);
  });

  it('never keeps an answer for ever: a worker that was killed stands on the list for a while', async () => {
    const logger = createRecordingLogger();
    const worker = await createChanges({ address: { url: database.url }, db, logger });
    cleanUps.push(() => worker.close());
    const [{ worker_id: killed }] = (await sql<{ worker_id: string }>(`INSERT INTO worker_lease (worker_id, seen) VALUES (gen_random_uuid(), 0) RETURNING worker_id`)) as [{ worker_id: string }];
    await touch(await makeUser());
    await worker.settled();
    expect(worker.current()).toBe(true);
    await until(() => logger.lines.length >= 2);
    // Whoever is on call sees why a sign-out was slow, and when it is over.
    expect(logger.lines.map(({ message }) => message)).toEqual([expect.stringContaining('answered late'), expect.stringContaining('not waited for any more')]);
    expect(logger.lines[1]).toMatchObject({ fields: { workers: [killed] } });
  });

  it('settles even when the record cannot be asked who has seen the change', async () => {
    const deaf: Database = Object.create(db, { query: { value: () => Promise.reject(new Error('Connection terminated unexpectedly')) } });
    const changes = await createChanges({ address: { url: database.url }, db: deaf, logger: createRecordingLogger() });
    cleanUps.push(() => changes.close());
    await expect(changes.settled()).resolves.toBeUndefined();
  });
});

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
    const users = await Promise.all(Array.from({ length: 1_005 }, makeUser));
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

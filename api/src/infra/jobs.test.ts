import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { runInChild, type Child } from '../../test/child-process.js';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { createRecordingLogger, type RecordingLogger } from '../../test/recording-logger.js';
import { until } from '../../test/until.js';
import { createJobs, type Jobs, type JobsOptions } from './jobs.js';

jest.setTimeout(180_000);

/** A worker in a process of its own, whose jobs do as their payload says. */
const WORKER = `
  import pg from 'pg';
  const { createJobs } = await src('infra/jobs.js');
  const pool = new pg.Pool({ connectionString: input.url });
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const jobs = createJobs({ pool, concurrency: 2, encryptionKey: Buffer.from(input.key, 'hex'), leaseSeconds: 1 }, quiet);
  jobs.handle('greet', async (payload, { attempt }) => {
    console.log(JSON.stringify({ payload, attempt }));
    const takesMs = payload.hang && attempt === 1 ? 600_000 : payload.takesMs ?? 0;
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    if (payload.fails) throw new Error('as asked');
  });
  await jobs.start();
  console.log('started');
`;
const encryptionKey = randomBytes(32);
const secret = { to: 'mina@example.com', code: '042137' };

let server: PostgresServer;
let url: string;
let pool: pg.Pool;
let logger: RecordingLogger;
const open: Jobs[] = [];

function makeJobs(options: Partial<JobsOptions> = {}): Jobs {
  const jobs = createJobs({ pool, concurrency: 2, encryptionKey, retrySeconds: () => 0, leaseSeconds: 2, ...options }, logger);
  open.push(jobs);
  return jobs;
}

/** Jobs with one handler, whose calls are collected. */
async function startJobs(handler: (payload: unknown, attempt: number) => unknown = () => undefined, options: Partial<JobsOptions> = {}) {
  const jobs = makeJobs(options);
  const calls: { payload: unknown; attempt: number }[] = [];
  jobs.handle('greet', async (payload, { attempt }) => {
    calls.push({ payload, attempt });
    await handler(payload, attempt);
  });
  await jobs.start();
  return { jobs, calls };
}

const messages = (level: string) => logger.lines.filter((line) => line.level === level).map((line) => line.message);
const rows = async () => (await pool.query<{ attempts: number; max_attempts: number; locked: boolean; raw: string }>('SELECT attempts, max_attempts, locked_at IS NOT NULL AS locked, j::text AS raw FROM graphile_worker._private_jobs j')).rows;
/** What is recorded of a job is there some time after its end. */
const left = async (count: number) => until(async () => {
  const found = await rows();
  return found.length === count && found.every(({ locked }) => !locked);
});

beforeAll(async () => {
  server = await createPostgresServer();
});

beforeEach(async () => {
  url = await server.createDatabase();
  pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => undefined);
  logger = createRecordingLogger();
  await makeJobs().prepare();
});

afterEach(async () => {
  for (const jobs of open.splice(0)) await jobs.close();
  await pool.end();
});

afterAll(async () => {
  await server.remove();
});

describe('adding', () => {
  it('hands the payload over as it was, with the number of the try', async () => {
    const { jobs, calls } = await startJobs();
    const payload = { ...secret, name: 'مينا Zoë 🎈', nested: { list: [1, null, true] } };
    await jobs.add(pool, 'greet', payload);
    await until(() => calls.length > 0);
    expect(calls).toEqual([{ payload, attempt: 1 }]);
    await until(() => messages('error').length === 0);
  });

  it('is part of the caller\'s transaction: a rollback does nothing', async () => {
    const { jobs, calls } = await startJobs();
    const client = await pool.connect();
    await client.query('BEGIN');
    await jobs.add(client, 'greet', { rolled: 'back' });
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await jobs.add(client, 'greet', { committed: true });
    await sleep(200);
    expect(calls).toEqual([]);
    await client.query('COMMIT');
    client.release();
    await until(() => calls.length > 0);
    expect(calls).toEqual([{ payload: { committed: true }, attempt: 1 }]);
  });

  it('keeps payload and key unreadable in the table (C-06)', async () => {
    const jobs = makeJobs();
    jobs.handle('greet', async () => undefined);
    await jobs.add(pool, 'greet', secret, { key: secret.to });
    const [row] = await rows();
    expect(row?.raw).not.toMatch(/mina|042137/);
    expect(Buffer.from(row!.raw, 'base64').toString('latin1')).not.toMatch(/mina|042137/);
  });

  it('is not begun before its time, and a job of the same key that comes later brings its own', async () => {
    const { jobs, calls } = await startJobs();
    await jobs.add(pool, 'greet', { at: 'tomorrow' }, { key: secret.to, notBefore: new Date(Date.now() + 86_400_000) });
    await jobs.add(pool, 'greet', { at: 'once' });
    await until(() => calls.length > 0);
    await until(async () => (await rows()).length === 1);
    expect(calls).toEqual([{ payload: { at: 'once' }, attempt: 1 }]);
    await jobs.add(pool, 'greet', { at: 'now' }, { key: secret.to, notBefore: new Date() });
    await until(() => calls.length > 1);
    expect(calls[1]).toEqual({ payload: { at: 'now' }, attempt: 1 });
  });

  it.each([-8 * 86_400_000, 3_600_000])('F11: waits by the clock of the database, whatever this machine takes the time for (%i ms)', async (offBy) => {
    const jobs = makeJobs();
    jobs.handle('greet', async () => undefined);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + offBy);
    try {
      await jobs.add(pool, 'greet', secret, { afterSeconds: 3_600 });
    } finally {
      clock.mockRestore();
    }
    const { rows: [row] } = await pool.query<{ seconds: number }>('SELECT round(extract(epoch FROM run_at - created_at))::int AS seconds FROM graphile_worker.jobs');
    expect(row).toEqual({ seconds: 3_600 });
  });

  it('replaces a job of the same key that has not begun', async () => {
    const jobs = makeJobs();
    jobs.handle('greet', async () => undefined);
    await jobs.add(pool, 'greet', { code: 'old' }, { key: secret.to });
    await jobs.add(pool, 'greet', { code: 'new' }, { key: secret.to });
    await jobs.add(pool, 'greet', { code: 'other' }, { key: 'somebody@example.com' });
    const { calls } = await startJobs();
    await until(() => calls.length === 2);
    // Two runners begin at the same moment: either may be first.
    expect(calls.map(({ payload }) => payload)).toEqual(expect.arrayContaining([{ code: 'new' }, { code: 'other' }]));
  });

  it('refuses a name that nobody handles', async () => {
    await expect(makeJobs().add(pool, 'greet', {})).rejects.toThrow(/No handler/);
  });

  it('opens what was sealed before the key was changed', async () => {
    const old = makeJobs();
    old.handle('greet', async () => undefined);
    await old.add(pool, 'greet', secret);
    const { calls } = await startJobs(undefined, { encryptionKey: [randomBytes(32), encryptionKey] });
    await until(() => calls.length === 1);
    expect(calls[0]?.payload).toEqual(secret);
  });

  it('refuses a payload that was sealed under another key, without retrying for ever', async () => {
    const other = makeJobs({ encryptionKey: randomBytes(32) });
    other.handle('greet', async () => undefined);
    await other.add(pool, 'greet', secret, { maxAttempts: 1 });
    const { calls } = await startJobs();
    await until(() => messages('error').length === 1);
    expect(calls).toEqual([]);
  });
});

describe('doing', () => {
  it('drops a job whose time has passed', async () => {
    const { jobs, calls } = await startJobs();
    await jobs.add(pool, 'greet', { code: 'expired' }, { notAfter: new Date(Date.now() - 1) });
    await jobs.add(pool, 'greet', { code: 'good' }, { notAfter: new Date(Date.now() + 60_000) });
    await until(() => calls.length > 0);
    await until(() => messages('warn').includes('A job was dropped because its time had passed'));
    expect(calls).toEqual([{ payload: { code: 'good' }, attempt: 1 }]);
  });

  it('tries again, and no more than asked; what the failure says stays out of the table', async () => {
    const { jobs, calls } = await startJobs(() => Promise.reject(new Error('550 <mina@example.com> unknown, code 042137')));
    await jobs.add(pool, 'greet', secret, { maxAttempts: 2 });
    await until(() => messages('error').length > 0);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(messages('error')).toEqual(['A job failed for good']);
    const line = logger.lines.find(({ level }) => level === 'error');
    expect(line?.fields).toMatchObject({ job: 'greet', attempt: 2, maxAttempts: 2 });
    expect(Object.keys(line?.fields ?? {})).not.toContain('payload');
    await left(1);
    const [row] = await rows();
    expect(row).toMatchObject({ attempts: 2, max_attempts: 2, locked: false });
    expect(row?.raw).not.toMatch(/mina|042137/);
  });

  it('does not try again what is refused for good', async () => {
    const { jobs, calls } = await startJobs(() => Promise.reject(Object.assign(new Error('no such address'), { permanent: true })));
    await jobs.add(pool, 'greet', secret, { maxAttempts: 5 });
    await until(() => messages('error').length > 0);
    await left(1);
    expect(calls).toHaveLength(1);
    expect(await rows()).toMatchObject([{ attempts: 5, max_attempts: 5, locked: false }]);
  });

  it('tells of a job whose time had passed, and again until that has been heard', async () => {
    const jobs = makeJobs();
    const told: unknown[] = [];
    const expired = async (payload: unknown): Promise<void> => {
      told.push(payload);
      if (told.length === 1) throw new Error('not now');
    };
    jobs.handle('greet', () => Promise.reject(new Error('it must not run')), { expired });
    await jobs.start();
    await jobs.add(pool, 'greet', secret, { notAfter: new Date(Date.now() - 1) });
    await until(() => told.length === 2);
    expect(told).toEqual([secret, secret]);
    await left(0);
  });

  it('puts a job off without counting a try, also when it has none to spare', async () => {
    const { jobs, calls } = await startJobs(() => Promise.reject(Object.assign(new Error('the channel rests'), { postponeSeconds: calls.length < 2 ? 0 : 100 })));
    await jobs.add(pool, 'greet', secret, { maxAttempts: 2 });
    await until(() => calls.length === 2);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 1]);
    await left(1);
    expect(await rows()).toMatchObject([{ attempts: 0, max_attempts: 2, locked: false }]);
    expect(messages('error')).toEqual([]);
  });

  it('does not take up again a job that was put off and replaced meanwhile', async () => {
    const { jobs, calls } = await startJobs(async (payload) => {
      if ((payload as { code: string }).code !== 'old') return;
      await jobs.add(pool, 'greet', { code: 'new' }, { key: 'one' });
      throw Object.assign(new Error('the channel rests'), { postponeSeconds: 0 });
    });
    await jobs.add(pool, 'greet', { code: 'old' }, { key: 'one' });
    await until(() => calls.length === 2);
    await sleep(3_000);
    expect(calls.map(({ payload }) => payload)).toEqual([{ code: 'old' }, { code: 'new' }]);
  });

  it('succeeds at a later try', async () => {
    const { jobs, calls } = await startJobs((_payload, attempt) => (attempt === 1 ? Promise.reject(new Error('not yet')) : undefined));
    await jobs.add(pool, 'greet', secret);
    await until(() => calls.length === 2);
    await left(0);
    expect(messages('error')).toEqual([]);
  });
});

describe('faults', () => {
  const workers: Child[] = [];
  afterEach(() => workers.splice(0).forEach((worker) => worker.process.kill('SIGKILL')));

  async function spawnWorker(): Promise<Child> {
    const worker = runInChild(WORKER, { url, key: encryptionKey.toString('hex') });
    workers.push(worker);
    await until(() => worker.output().includes('started'));
    return worker;
  }
  const reports = (worker: Child) => worker.output().split('\n').slice(0, -1).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { payload: object; attempt: number });

  it('gives the job of a worker that was killed to the next one (F12)', async () => {
    const jobs = makeJobs();
    jobs.handle('greet', async () => undefined);
    const first = await spawnWorker();
    await jobs.add(pool, 'greet', { hang: true, ...secret });
    await until(() => reports(first).length === 1);
    first.process.kill('SIGKILL');
    const second = await spawnWorker();
    await until(() => reports(second).length === 1);
    expect(reports(first)).toMatchObject([{ attempt: 1 }]);
    expect(reports(second)).toMatchObject([{ attempt: 2, payload: secret }]);
    await left(0);
  });

  it('keeps a job that takes longer than a lease', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const { jobs, calls } = await startJobs(() => finished);
    const other = await startJobs(() => finished);
    await jobs.add(pool, 'greet', secret);
    await until(() => calls.length + other.calls.length > 0);
    // Two leases and a half.
    await sleep(5_000);
    finish();
    await left(0);
    expect(calls.length + other.calls.length).toBe(1);
  });

  it('does a job once although the database crashes while it runs, lives on, and works afterwards (F6)', async () => {
    const jobs = makeJobs();
    jobs.handle('greet', async () => undefined);
    const worker = await spawnWorker();
    await jobs.add(pool, 'greet', { takesMs: 1_000 });
    await jobs.add(pool, 'greet', { takesMs: 1_000, fails: true }, { maxAttempts: 1 });
    await until(() => reports(worker).length === 2);
    await server.crash();
    await sleep(2_500);
    await server.start();
    await jobs.add(pool, 'greet', { after: 'the crash' });
    await until(() => reports(worker).length === 3);
    await left(1);
    await sleep(2_500);
    expect(worker.process.exitCode).toBeNull();
    const payloads = reports(worker).map(({ payload }) => payload);
    // The first two are begun at the same moment, by two runners: either may be first.
    expect(payloads.slice(0, 2)).toEqual(expect.arrayContaining([{ takesMs: 1_000 }, { takesMs: 1_000, fails: true }]));
    expect(payloads.slice(2)).toEqual([{ after: 'the crash' }]);
    expect(await rows()).toMatchObject([{ attempts: 1, max_attempts: 1, locked: false }]);
  });

  it('works although its first look at the tables failed', async () => {
    await pool.query('ALTER TABLE graphile_worker._private_tasks RENAME TO away');
    // Nobody says that it failed: it is seen on the connections.
    let hasFailed = false;
    pool.on('acquire', (client) => {
      const ask = client.query.bind(client) as (...statement: unknown[]) => unknown;
      client.query = ((...statement: unknown[]) => {
        const asked = ask(...statement);
        if (asked instanceof Promise) asked.catch(({ code }: { code?: string }) => (hasFailed ||= code === '42P01'));
        return asked;
      }) as typeof client.query;
    });
    const { jobs, calls } = await startJobs();
    await until(() => hasFailed);
    await pool.query('ALTER TABLE graphile_worker.away RENAME TO _private_tasks');
    await jobs.add(pool, 'greet', secret);
    await until(() => calls.length === 1);
    expect(messages('warn')).toContain('The job runner is stuck and is started again');
  });
});

describe('the life of the runner', () => {
  it('installs its tables once, however many start at the same moment', async () => {
    const fresh = new pg.Pool({ connectionString: await server.createDatabase() });
    await Promise.all(Array.from({ length: 5 }, () => makeJobs({ pool: fresh }).prepare()));
    const { rows: found } = await fresh.query('SELECT count(*)::int AS migrations, count(DISTINCT id)::int AS different FROM graphile_worker.migrations');
    expect(found[0]).toEqual({ migrations: expect.any(Number), different: (found[0] as { migrations: number }).migrations });
    expect((found[0] as { migrations: number }).migrations).toBeGreaterThan(10);
    await fresh.end();
  });

  it('waits at its close for what is running', async () => {
    let done = false;
    const { jobs, calls } = await startJobs(async () => {
      await sleep(800);
      done = true;
    });
    await jobs.add(pool, 'greet', secret);
    await until(() => calls.length === 1);
    await jobs.close();
    expect(done).toBe(true);
    expect(await rows()).toEqual([]);
  });

  it('does not wait for ever', async () => {
    const { jobs, calls } = await startJobs(() => new Promise(() => undefined), { drainSeconds: 0.3 });
    await jobs.add(pool, 'greet', secret);
    await until(() => calls.length === 1);
    await jobs.close();
    expect(messages('warn')).toContain('Some jobs were still running at shutdown and are left to another worker');
    expect(await rows()).toMatchObject([{ locked: true }]);
  });

  it('works over a small pool of its own when it is given an address', async () => {
    const { jobs, calls } = await startJobs(undefined, { url });
    await jobs.add(pool, 'greet', secret);
    await until(() => calls.length === 1);
    const { rows: found } = await pool.query(`SELECT count(*)::int AS connections FROM pg_stat_activity WHERE application_name = 'tessera-jobs'`);
    expect(found[0]?.connections).toBeGreaterThan(0);
    await jobs.close();
    await until(async () => (await pool.query(`SELECT FROM pg_stat_activity WHERE application_name = 'tessera-jobs'`)).rows.length === 0);
  });
});

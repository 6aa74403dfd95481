import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { loadSource } from './load-source.mjs';

const MIGRATIONS = fileURLToPath(new URL('../prisma/migrations', import.meta.url));
const REAPER = fileURLToPath(new URL('reaper.sh', import.meta.url));
const TEMPLATE = 'tessera_template';
/** Ends what never begins: a busy machine may take long. */
const PATIENCE_MS = 120_000;
/**
 * What survives a power cut does not matter here; that two workers open many pools does. Nothing comes by itself that would
 * change a plan, hold a lock or be connected to what is copied in the midst of a test.
 */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300', autovacuum: 'off' };

/**
 * Starts one PostgreSQL and one Redis for the whole run and tells the tests where they are: TEST_POSTGRES_URL (may do
 * everything), TEST_TEMPLATE_DATABASE (migrated, to be copied) and TEST_REDIS_URL (without a database number).
 */
export default async function globalSetup() {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-tests-'));
  // As root, PostgreSQL runs under another account, which has to get in.
  chmodSync(folder, 0o755);
  // It sees the end of our process by the end of its input, however we end: also by kill -9.
  const reaper = spawn('sh', [REAPER, folder], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  reaper.unref();
  reaper.stdin.unref();
  globalThis.tesseraTestReaper = reaper;

  const [database, redisPort] = await Promise.all([startPostgres(join(folder, 'data')), startRedis(folder)]);
  process.env.TEST_POSTGRES_URL = database;
  process.env.TEST_TEMPLATE_DATABASE = TEMPLATE;
  process.env.TEST_REDIS_URL = `redis://127.0.0.1:${redisPort}`;
}

async function startPostgres(dataDir) {
  const [{ startEmbeddedPostgres }, { applyMigrations }] = await loadSource('infra/embedded-postgres.ts', 'infra/migrator.ts');
  const draft = await startEmbeddedPostgres({ dataDir, exclusive: false });
  await run(draft.url, ...Object.entries(SETTINGS).map(([name, value]) => `ALTER SYSTEM SET ${name} = '${value}'`), `CREATE DATABASE ${TEMPLATE}`);
  await draft.close();
  const { url } = await startEmbeddedPostgres({ dataDir, exclusive: false });
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  await applyMigrations({ url: template.href, migrationsDir: MIGRATIONS });
  // A database that somebody is connected to cannot be copied.
  await run(url, `ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false`);
  return url;
}

async function run(url, ...statements) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startRedis(folder) {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const port = await freePort();
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder, '--pidfile', join(folder, 'redis.pid'), '--databases', '64'];
    const child = spawn('redis-server', args, { detached: true, stdio: 'ignore' });
    child.unref();
    const ended = new Promise((resolve) => child.once('exit', () => resolve('ended')).once('error', (error) => resolve(error)));
    while (Date.now() < deadline) {
      // The file is written after the port was taken: it is ours that answers there.
      if (existsSync(join(folder, 'redis.pid')) && (await accepts(port))) return port;
      const outcome = await Promise.race([ended, sleep(20)]);
      if (outcome instanceof Error) throw new Error('redis-server cannot be started: run "npm test", which sees to what the tests need.', { cause: outcome });
      // Somebody else was given the port in the meantime.
      if (outcome) break;
    }
  }
  throw new Error('redis-server does not listen.');
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

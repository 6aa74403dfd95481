import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { createContext, type Context } from '../src/context.js';
import { createHttpServer } from '../src/http/server.js';
import { rawAnswers } from '../src/http/raw-answers.js';
import { createLogger } from '../src/infra/logger.js';
import type { Lifecycle } from '../src/modules/health/health.service.js';
import { createClient, type Client } from './client.js';

export const ADMIN = { email: 'admin@example.com', password: 'Correct-horse-7' };

export type Api = {
  url: string;
  prefix: string;
  context: Context;
  lifecycle: Lifecycle;
  client: Client;
  /** Everything the server has logged so far. */
  logText(): string;
  /** SQL against this test's own database, for arranging and for looking behind the API. */
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The newest code mailed to an address, waited for; each once. */
  codeFor(email: string): Promise<string>;
  close(): Promise<void>;
};

export type ApiOptions = {
  env?: NodeJS.ProcessEnv;
  /** Another server on the same database and Redis: a second worker. */
  beside?: Api;
};

/** Far above what a test does: limits and deadlines are tested where they are meant, also on a machine that does other things. */
const GENEROUS = { DB_POOL_CONNECTION_TIMEOUT: '60000', DB_STATEMENT_TIMEOUT: '60000', RATE_LIMIT_MAX: '1000000', AUTH_RATE_LIMIT_MAX: '1000000', SIGNUP_RATE_LIMIT_MAX: '1000000', OTP_SEND_COOLDOWN_SECONDS: '0', OTP_SEND_MAX_PER_HOUR: '1000', OTP_SEND_MAX_PER_HOUR_PER_IP: '1000000', AVAILABILITY_RATE_LIMIT_MAX: '1000000', LOCKOUT_MAX_FAILURES: '1000000' };

/** A whole API on a database of its own, a real Redis and a real port. */
export async function startApi({ env = {}, beside }: ApiOptions = {}): Promise<Api> {
  const database = beside ? databaseOf(beside) : await createDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-test-'));
  const redisUrl = `${requireEnv('TEST_REDIS_URL')}/${process.env['JEST_WORKER_ID'] ?? '0'}`;
  if (!beside) await flush(redisUrl);
  const config = loadConfig({
    API_MODE: 'development',
    API_INTERNAL_PORT: '0',
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    REDIS_URL: redisUrl,
    JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    BCRYPT_SALT_ROUNDS: '4',
    LOG_LEVEL: 'debug',
    ...GENEROUS,
    ...env,
  });
  const output = new PassThrough();
  const chunks: Buffer[] = [];
  output.on('data', (chunk: Buffer) => chunks.push(chunk));
  const logger = createLogger({ level: config.log.level, pretty: false, output });
  const lifecycle: Lifecycle = { state: 'starting' };
  const context = await createContext({ config, logger, lifecycle });
  const app = createApp(context);
  const http = createHttpServer(rawAnswers());
  http.serve(app.app);
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  lifecycle.state = 'ready';
  const url = `http://127.0.0.1:${(http.server.address() as { port: number }).port}`;
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);

  return {
    url,
    prefix: config.prefix,
    context,
    lifecycle,
    client: createClient(url, config.prefix),
    logText: () => Buffer.concat(chunks).toString('utf8'),
    async sql<Row>(text: string, values?: unknown[]) {
      return (await pool.query(text, values)).rows as Row[];
    },
    codeFor: (email) => codeFor(context, email),
    async close() {
      await context.mailbox?.close();
      await http.drain(2_000);
      await app.close();
      await context.close();
      await logger.close();
      await pool.end();
      if (!beside) await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Two workers on one database and Redis; closing the first closes both. */
export async function startTwo(options: Omit<ApiOptions, 'beside'> = {}): Promise<[Api, Api]> {
  const first = await startApi(options);
  const second = await startApi({ ...options, beside: first });
  const close = async (): Promise<void> => {
    await second.close();
    await first.close();
  };
  return [{ ...first, close }, second];
}

/** An address nobody else in the test uses. */
export function someone(): string {
  return `u${randomBytes(6).toString('hex')}@example.com`;
}

const handedOut = new Set<string>();
const CODE = /\b\d{6}\b/;

type TestDatabase = { url: string; drop(): Promise<void> };

function databaseOf(api: Api): TestDatabase {
  return { url: api.context.config.database.url!, drop: () => Promise.resolve() };
}

/** A copy of the migrated template. */
export async function createDatabase(): Promise<TestDatabase> {
  const adminUrl = requireEnv('TEST_POSTGRES_URL');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await admin(adminUrl, `CREATE DATABASE "${name}" TEMPLATE "${requireEnv('TEST_TEMPLATE_DATABASE')}"`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => admin(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) };
}

async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function flush(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.flushdb();
  redis.disconnect();
}

/** The mail leaves after the commit, by a worker: it is there within moments. Each is handed out once, so that an older one is not taken for it. */
async function codeFor(context: Context, email: string): Promise<string> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    // A store that is slow for a moment, on a machine that does other things, has the mail in the next.
    const mail = (await context.mailbox?.list().catch(() => []))?.find(({ id, to, text }) => to === email && CODE.test(text) && !handedOut.has(id));
    const code = mail && CODE.exec(mail.text)?.[0];
    if (code) {
      handedOut.add(mail.id);
      return code;
    }
    if (Date.now() > deadline) throw new Error(`no code for ${email} arrived`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function requireEnv(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with npm test`);
  return value;
}

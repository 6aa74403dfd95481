import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { createRedisServer, type RedisServer } from '../../test/redis-server.js';
import { createWorker, type Worker } from './worker.js';

export const PREFIX = '/api/v1';
/** Where a worker's clock may be: within 25 s of the true time, and no two further apart than A-13 allows for (30 s). */
export const CLOCK_BAND_MS = 14_000;
const CLOCK_CENTRE_MS = 11_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export type Fleet = {
  readonly workers: readonly Worker[];
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  /** The middle of the band in which the workers' clocks are wrong. Milliseconds. */
  readonly clockCentreMs: number;
  /** A statement that may be sent twice: it is tried until it is answered, also while Postgres restarts. */
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

export type FleetOptions = {
  workers: number;
  /** A number from 0 up to 1 for each worker and one more: where its clock stands. Without, all clocks are right. */
  clocks?: () => number;
  env?: NodeJS.ProcessEnv;
  /** Another built server than ours. */
  entry?: string | undefined;
};

/** Far above what a simulation does: limits are not what is tried here. Passwords are cheap to check. */
const GENEROUS = { RATE_LIMIT_MAX: '1000000000', AUTH_RATE_LIMIT_MAX: '1000000000', SIGNUP_RATE_LIMIT_MAX: '1000000000', LOCKOUT_MAX_FAILURES: '1000000', BCRYPT_SALT_ROUNDS: '4', DB_POOL_CONNECTION_TIMEOUT: '15000', DB_STATEMENT_TIMEOUT: '15000' };

/** Several workers on one PostgreSQL and one Redis, as PM2 runs them: every process a real one. */
export async function startFleet({ workers: count, clocks, env = {}, entry }: FleetOptions): Promise<Fleet> {
  const directory = mkdtempSync(join(tmpdir(), 'tessera-simulation-'));
  chmodSync(directory, 0o755);
  const [postgres, redis] = await Promise.all([createPostgresServer({ max_connections: 200 }), createRedisServer()]);
  const databaseUrl = await postgres.createDatabase();
  const clockCentreMs = clocks ? (clocks() * 2 - 1) * CLOCK_CENTRE_MS : 0;
  const workers = Array.from({ length: count }, (_, index) =>
    createWorker({
      index,
      directory,
      entry,
      skewMs: clocks ? Math.round(clockCentreMs + (clocks() * 2 - 1) * CLOCK_BAND_MS) : 0,
      env: {
        DATA_DIR: join(directory, `worker-${index}`),
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
        PM2_INSTANCES: String(count),
        JWT_SECRET: 'one-secret-for-the-simulation-that-is-long-enough',
        ADMIN_EMAIL: 'admin@example.com',
        ADMIN_PASSWORD: 'Correct-horse-7',
        LOG_LEVEL: 'error',
        NOTIFY_NEW_DEVICE: 'false',
        ...GENEROUS,
        ...env,
      },
    }),
  );
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  pool.on('error', () => undefined);

  // Whoever interrupts a simulation leaves no processes behind.
  const interrupted = (): void => void close().finally(() => process.exit(1));
  for (const signal of STOP_SIGNALS) process.once(signal, interrupted);

  async function close(): Promise<void> {
    for (const signal of STOP_SIGNALS) process.off(signal, interrupted);
    await Promise.all(workers.map((worker) => worker.close()));
    await pool.end();
    await Promise.all([postgres.remove(), redis.stop()]);
    rmSync(directory, { recursive: true, force: true });
  }

  try {
    // One first: the others find the tables made.
    await workers[0]!.start();
    await Promise.all(workers.slice(1).map((worker) => worker.start()));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    workers,
    postgres,
    redis,
    clockCentreMs,
    async sql<Row>(text: string, values?: unknown[]) {
      for (;;) {
        try {
          return (await pool.query(text, values)).rows as Row[];
        } catch (error) {
          if (!isAboutTheLine(error)) throw error;
          await delay(20);
        }
      }
    },
    close,
  };
}

/** A statement at fault has a code of PostgreSQL's (five characters) outside of class 57, "operator intervention". */
function isAboutTheLine(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === undefined || code.length !== 5 || code.startsWith('57') || code.startsWith('08');
}

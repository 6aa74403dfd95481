import { setTimeout as sleep } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.js';
import type { Logger } from './logger.js';
import { connectionSettings, writeDatesAsUtc, type PostgresAddress } from './postgres-connection.js';
import { isConflict, leavesConnectionUsable } from './postgres-errors.js';
import { endsWithin } from './within.js';

export { isUnavailable, isUniqueViolation } from './postgres-errors.js';

/** One statement. With a `name` it is prepared once on each connection; its columns are then listed, never `*`. */
export interface Statement {
  text: string;
  values?: unknown[];
  name?: string;
}

/** What a query needs of the database or of a transaction of it. */
export interface Queryable {
  query<Row = Record<string, unknown>>(statement: Statement): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export interface Database extends Queryable {
  /** The pool behind `query` and Prisma alike, for libraries that bring their own queries. */
  readonly pool: pg.Pool;
  /** Made when it is first used. */
  readonly prisma: PrismaClient;
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it throws. After a serialization failure or a
   * deadlock it runs again, up to three times more, so `work` does nothing but query.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  /** One round trip. @returns its time in milliseconds @throws what `isUnavailable` knows when there is no answer */
  check(): Promise<{ latency_ms: number }>;
  /** Statements sent so far, Prisma's included. */
  commands(): number;
  /** Waits for the statements under way, for at most two seconds, and closes every connection. */
  close(): Promise<void>;
}

export interface PostgresOptions extends PostgresAddress {
  poolMax: number;
  poolMin: number;
  idleTimeoutMs: number;
  /** The longest wait for a connection, whether a new one or a busy one of a full pool. */
  connectionTimeoutMs: number;
  /** The longest wait for a statement as its caller sees it. */
  statementTimeoutMs: number;
}

/** A transaction whose process has stopped thinking must not hold its locks for ever. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const CONFLICT_RETRIES = 3;
const CONFLICT_PAUSE_MS = 20;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Opens the database: one pool that serves hand-written SQL and Prisma. Connections are made when they are needed, so it
 * resolves nothing and fails nothing by itself; every failure comes with the query it hits, within the configured times,
 * and the next query finds a new connection.
 */
export function createPostgres(options: PostgresOptions, logger: Logger): Database {
  writeDatesAsUtc();
  const { config, schema } = connectionSettings(options, {
    // The server gives up first, so that its error tells why; our own deadline is for a server that is frozen or gone.
    statement_timeout: Math.ceil(options.statementTimeoutMs * 0.9),
    lock_timeout: Math.ceil(options.statementTimeoutMs * 0.8),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    // Compiling a statement takes longer than any of ours runs; PostgreSQL would do it for a list of some million users.
    jit: 'off',
  });
  const pool = new pg.Pool({
    ...config,
    query_timeout: options.statementTimeoutMs,
    connectionTimeoutMillis: options.connectionTimeoutMs,
    idleTimeoutMillis: options.idleTimeoutMs,
    max: options.poolMax,
    min: options.poolMin,
  });
  let commands = 0;
  let prisma: PrismaClient | undefined;
  let closing: Promise<void> | undefined;
  const open = new Set<pg.PoolClient>();

  pool.on('error', (error) => logger.warn('An idle database connection was lost', { error }));
  pool.on('connect', (client) => {
    open.add(client);
    // Without a listener, a connection lost between two statements of a transaction would end the process.
    client.on('error', (error) => logger.debug('A database connection was lost', { error }));
    const send = client.query;
    client.query = function counted(this: pg.PoolClient, ...statement: unknown[]) {
      commands += 1;
      return Reflect.apply(send, this, statement) as unknown;
    } as typeof send;
  });
  pool.on('remove', (client) => open.delete(client));

  /** Like `pool.query`, but an error of the statement alone (a unique violation) does not cost the connection. */
  async function query<Row>(statement: Statement) {
    const client = await pool.connect();
    try {
      const result = await client.query(statement);
      client.release();
      return result as { rows: Row[]; rowCount: number | null };
    } catch (error) {
      client.release(!leavesConnectionUsable(error));
      throw error;
    }
  }

  async function attempt<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    let usable = true;
    let over = false;
    const send = async <Row>(statement: Statement) => {
      if (over) throw new Error('A query came after the end of its transaction: await every query inside.');
      try {
        return (await client.query(statement)) as Omit<pg.QueryResult, 'rows'> & { rows: Row[] };
      } catch (error) {
        usable &&= leavesConnectionUsable(error);
        throw error;
      }
    };
    try {
      await send({ text: 'BEGIN' });
      const result = await work({ query: send });
      const { command } = await send({ text: 'COMMIT' });
      // PostgreSQL answers COMMIT with ROLLBACK, and no error, when a failed statement was caught inside.
      if (command !== 'COMMIT') throw new Error('The transaction was rolled back: a failed statement was caught inside it.');
      return result;
    } catch (error) {
      // A failing ROLLBACK marks the connection unusable; the error worth telling is the first.
      if (usable) await send({ text: 'ROLLBACK' }).catch((failure: unknown) => logger.warn('A transaction could not be rolled back', { error: failure }));
      throw error;
    } finally {
      over = true;
      client.release(!usable);
    }
  }

  async function end() {
    await prisma?.$disconnect();
    const goodbyes = [...open].map((client) => new Promise((resolve) => client.once('end', resolve)));
    if (await endsWithin(CLOSE_TIMEOUT_MS, Promise.all([pool.end(), ...goodbyes]))) return;
    // A frozen server never answers the goodbye: what is still open is cut.
    for (const client of open) (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  return {
    pool,
    query,
    get prisma() {
      // Its messages without the excerpt of our source that it would put into them.
      prisma ??= new PrismaClient({ adapter: new PrismaPg(pool, { schema }), errorFormat: 'minimal' });
      return prisma;
    },
    async transaction(work) {
      for (let retries = 0; ; retries += 1) {
        try {
          return await attempt(work);
        } catch (error) {
          if (!isConflict(error) || retries === CONFLICT_RETRIES) throw error;
          await sleep(Math.random() * CONFLICT_PAUSE_MS * 2 ** retries);
        }
      }
    },
    async check() {
      const start = performance.now();
      await query({ text: 'SELECT 1' });
      return { latency_ms: Math.round((performance.now() - start) * 10) / 10 };
    },
    commands: () => commands,
    close() {
      closing ??= end();
      return closing;
    },
  };
}

import pg from 'pg';
import { applyStep } from './migrator/apply.js';
import { MigrationError } from './migrator/error.js';
import { readMigrations } from './migrator/files.js';
import { withMigrationLock } from './migrator/lock.js';
import { plan } from './migrator/plan.js';
import { createRecordTable, readRecords } from './migrator/records.js';
import { takeOver } from './migrator/takeover.js';
import { connectionSettings, type PostgresAddress } from './postgres-connection.js';
import { leavesConnectionUsable } from './postgres-errors.js';
import type { Queryable } from './postgres.js';

export { MigrationError };

export interface MigratorOptions extends PostgresAddress {
  /** The folder `prisma/migrations`. */
  migrationsDir: string;
  /** How long a migration may wait for a table, and hold up everybody behind it, before it lets the traffic through (default 1,000 ms). */
  lockTimeoutMs?: number | undefined;
  /** Tries a migration again that failed before. */
  retry?: boolean | undefined;
  /** Is given short sentences for whoever waits. */
  onProgress?: ((sentence: string) => void) | undefined;
}

const CONNECTION_TIMEOUT_MS = 5_000;
const LOCK_TIMEOUT_MS = 1_000;
/** How often the migration lock is given up for somebody who waits for it. */
const TURNS = 20;

/**
 * Brings a database up to date, on a connection of its own: applies what is missing of `prisma/migrations`, in order, one process
 * at a time, and notes it where Prisma's command line does, so that the two can take turns.
 * An empty database gets everything; a database of the server before this one is taken over with its rows.
 * @returns the names of the migrations applied by this call
 * @throws MigrationError when a migration fails or failed before, or an applied file has changed; what `isUnavailable` knows when the database is out of reach
 */
export async function applyMigrations(options: MigratorOptions): Promise<{ applied: string[] }> {
  const say = options.onProgress ?? (() => undefined);
  const migrations = await readMigrations(options.migrationsDir);
  const client = new pg.Client({
    // An index over a large table takes what it takes.
    ...connectionSettings(options, { statement_timeout: 0, lock_timeout: 0, idle_in_transaction_session_timeout: 0 }).config,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
  });
  // Whatever cuts the connection also fails the query under way, or the next one; that error is told.
  client.on('error', () => undefined);
  const db: Queryable = { query: async (statement) => (await client.query(statement)) as never };
  const outstanding = async () => plan(migrations, await readRecords(db), options.retry ?? false);

  await client.connect();
  try {
    // The usual start finds nothing to do and needs no lock.
    if ((await outstanding()).length === 0) return { applied: [] };
    await noticeOurEnd(db);
    const applied: string[] = [];
    for (let turn = 1; turn <= TURNS; turn += 1) {
      const finished = await withMigrationLock(db, say, async () => {
        await createRecordTable(db);
        if (await takeOver(db, migrations, await readRecords(db))) say('Found the tables of an existing server; they are taken over as they are.');
        for (const step of await outstanding()) {
          say(`Applying migration ${step.migration.name}.`);
          if (!(await applyStep(step, { db, say, lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS }))) return false;
          applied.push(step.migration.name);
        }
        return true;
      });
      if (finished) return { applied };
    }
    throw new MigrationError('Other processes that migrate this database kept getting in the way; stop them, then start again.');
  } finally {
    await client.end();
  }
}

/** When this process is killed, the server ends its statement and frees the lock at once instead of building an index to its end. */
async function noticeOurEnd(db: Queryable): Promise<void> {
  try {
    await db.query({ text: `SELECT set_config(name, '1000', false) FROM pg_settings WHERE name = 'client_connection_check_interval'` });
  } catch (error) {
    // Before PostgreSQL 14 there is no such setting, and some platforms refuse it: then the lock is free a little later.
    if (!leavesConnectionUsable(error)) throw error;
  }
}

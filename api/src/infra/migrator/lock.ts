import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../postgres.js';
import { MigrationError } from './error.js';

/** The lock that Prisma's own command line takes. */
const MIGRATION_LOCK = 72_707_369;
const POLL_MS = 100;
/** An index over many millions of rows takes its time on the machine that came first. */
const PATIENCE_MS = 30 * 60_000;

/**
 * Runs `work` while no other process migrates this database.
 * The lock is asked for again and again rather than waited for: a waiting statement is an open transaction, and building an
 * index CONCURRENTLY, in the process that has the lock, would wait for that one.
 * @throws MigrationError after half an hour
 */
export async function withMigrationLock<Result>(db: Queryable, say: (sentence: string) => void, work: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let told = false; !(await tryLock(db)); told = true) {
    if (!told) say('Another process is migrating this database; waiting for it.');
    if (performance.now() > giveUpAt) throw new MigrationError('Another process has been migrating this database for half an hour; see pg_stat_activity, then start again.');
    await sleep(POLL_MS);
  }
  const result = await work();
  // After an error the connection's end frees the lock.
  await db.query({ text: 'SELECT pg_advisory_unlock($1)', values: [MIGRATION_LOCK] });
  return result;
}

async function tryLock(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ locked: boolean }>({ text: 'SELECT pg_try_advisory_lock($1) AS locked', values: [MIGRATION_LOCK] });
  return rows[0]?.locked === true;
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Queryable } from '../postgres.js';
import { isConflict, leavesConnectionUsable } from '../postgres-errors.js';
import { MigrationError } from './error.js';
import { firstLine, type Step } from './plan.js';
import { forgetStart, recordFailure, recordFinish, recordRollback, recordStart } from './records.js';

export interface ApplyOptions {
  db: Queryable;
  lockTimeoutMs: number;
  say: (sentence: string) => void;
}

const LOCK_NOT_AVAILABLE = '55P03';
const LOCK_ATTEMPTS = 60;
const LOCK_PAUSE_MS = 500;
/** Building an index CONCURRENTLY waits for open transactions, which holds nobody up; yet not for ever. */
const INDEX_LOCK_TIMEOUT_MS = 600_000;

/**
 * Applies one migration.
 *
 * Whoever asks for a table that others use makes everybody after him wait as well. So a migration gives up its place after
 * `lockTimeoutMs`, lets the traffic through, and asks again.
 *
 * A process killed in the middle leaves either nothing (a transaction with its row in it) or an unfinished row without an
 * error, whose statement is one that may run again; so the next start goes on by itself.
 * @returns false when nothing came of it because somebody who waits for the migration lock stood in the way: let them have it, then look again
 * @throws MigrationError when the migration failed (noted in its row) or never got its table (nothing noted: try again)
 */
export async function applyStep({ migration, interrupted, failed }: Step, options: ApplyOptions): Promise<boolean> {
  const { db, say } = options;
  if (failed) await recordRollback(db, failed);
  const run: Run = { migration, id: interrupted };

  for (let attempt = 1; ; attempt += 1) {
    try {
      await (migration.alone ? applyAlone(run, options) : applyInTransaction(run, options));
      return true;
    } catch (error) {
      // A lost connection can note nothing; the row, if any, says "cut off" and the next start goes on from it.
      if (!leavesConnectionUsable(error)) throw error;
      // Prisma's command line waits for the lock inside a statement, and building an index waits for that statement: a deadlock.
      if (migration.alone && isConflict(error) && run.id) {
        await forgetStart(db, run.id);
        return false;
      }
      if (!isLockTrouble(error)) await fail(run, error, db);
      if (attempt === LOCK_ATTEMPTS) {
        throw new MigrationError(
          `Migration ${migration.name} did not get the table it changes, because something kept using it for minutes; see pg_stat_activity for long transactions, then start again.`,
          { cause: error },
        );
      }
      if (attempt === 1) say(`Migration ${migration.name} waits for a table that is in use.`);
      await sleep(LOCK_PAUSE_MS * (0.5 + Math.random()));
    }
  }
}

type Run = Pick<Step, 'migration'> & { id: string | undefined };

async function applyInTransaction(run: Run, { db, lockTimeoutMs }: ApplyOptions): Promise<void> {
  await db.query({ text: 'BEGIN' });
  try {
    await db.query({ text: `SET LOCAL lock_timeout = ${lockTimeoutMs}` });
    const id = await recordStart(db, run.migration, run.id);
    await db.query({ text: run.migration.sql });
    await recordFinish(db, id);
    await db.query({ text: 'COMMIT' });
  } catch (error) {
    if (leavesConnectionUsable(error)) await db.query({ text: 'ROLLBACK' });
    throw error;
  }
}

async function applyAlone(run: Run, { db, lockTimeoutMs }: ApplyOptions): Promise<void> {
  const { migration } = run;
  run.id = await recordStart(db, migration, run.id);
  await db.query({ text: `SET lock_timeout = ${migration.index ? INDEX_LOCK_TIMEOUT_MS : lockTimeoutMs}` });
  try {
    if (migration.index) await dropIfInvalid(db, migration.index);
    await db.query({ text: migration.sql });
  } catch (error) {
    // Half an index slows every write down and answers no question.
    if (migration.index && leavesConnectionUsable(error)) await dropIfInvalid(db, migration.index);
    throw error;
  }
  await recordFinish(db, run.id);
}

/** What is left of an index whose building was cut off; IF NOT EXISTS would take it for the real one. */
async function dropIfInvalid(db: Queryable, index: string): Promise<void> {
  const { rows } = await db.query({
    text: `SELECT FROM pg_index WHERE indexrelid = to_regclass(quote_ident($1)) AND NOT indisvalid`,
    values: [index],
  });
  if (rows.length > 0) await db.query({ text: `DROP INDEX CONCURRENTLY IF EXISTS "${index}"` });
}

async function fail({ migration, id }: Run, error: unknown, db: Queryable): Promise<never> {
  const logs = describe(error);
  await recordFailure(db, migration.alone && id ? id : await recordStart(db, migration, id), logs);
  throw new MigrationError(`Migration ${migration.name} failed (${firstLine(logs)}); mend the cause, then run "npm run migrate:deploy -- --retry".`, { cause: error });
}

function isLockTrouble(error: unknown): boolean {
  return isConflict(error) || (error as { code?: unknown }).code === LOCK_NOT_AVAILABLE;
}

function describe(error: unknown): string {
  const { message, code, detail, hint, where } = error as Record<'message' | 'code' | 'detail' | 'hint' | 'where', string | undefined>;
  const more = Object.entries({ detail, hint, where }).filter(([, text]) => text);
  return [`${message} (SQLSTATE ${code})`, ...more.map(([name, text]) => `${name}: ${text}`)].join('\n');
}

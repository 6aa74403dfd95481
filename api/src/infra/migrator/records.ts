import { randomUUID } from 'node:crypto';
import type { Queryable } from '../postgres.js';
import type { Migration } from './files.js';

/** A row of Prisma's own table, so that its command line and this migrator can take turns on one database. */
export interface MigrationRecord {
  id: string;
  migration_name: string;
  checksum: string;
  started_at: Date;
  finished_at: Date | null;
  /** What went wrong. An unfinished row without it was cut off: the process or its connection ended in the middle. */
  logs: string | null;
}

const UNDEFINED_TABLE = '42P01';

/** What was applied or begun, and not taken back; nothing when there is no such table yet. */
export async function readRecords(db: Queryable): Promise<MigrationRecord[]> {
  try {
    const { rows } = await db.query<MigrationRecord>({
      text: `SELECT id, migration_name, checksum, started_at, finished_at, logs FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at, finished_at`,
    });
    return rows;
  } catch (error) {
    if ((error as { code?: unknown }).code === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** The table as Prisma makes it. */
export async function createRecordTable(db: Queryable): Promise<void> {
  await db.query({
    text: `CREATE TABLE IF NOT EXISTS _prisma_migrations (
             id VARCHAR(36) PRIMARY KEY NOT NULL,
             checksum VARCHAR(64) NOT NULL,
             finished_at TIMESTAMPTZ,
             migration_name VARCHAR(255) NOT NULL,
             logs TEXT,
             rolled_back_at TIMESTAMPTZ,
             started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
             applied_steps_count INTEGER NOT NULL DEFAULT 0
           )`,
  });
}

/** Notes that a migration begins. @param id of the row that a cut-off run left behind @returns the row's id */
export async function recordStart(db: Queryable, migration: Migration, id: string = randomUUID()): Promise<string> {
  await db.query({
    text: `INSERT INTO _prisma_migrations (id, migration_name, checksum) VALUES ($1, $2, $3)
           ON CONFLICT (id) DO UPDATE SET checksum = excluded.checksum, started_at = now(), logs = NULL`,
    values: [id, migration.name, migration.checksum],
  });
  return id;
}

export async function recordFinish(db: Queryable, id: string, steps = 1): Promise<void> {
  await db.query({ text: `UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = $2 WHERE id = $1`, values: [id, steps] });
}

export async function recordFailure(db: Queryable, id: string, logs: string): Promise<void> {
  await db.query({ text: `UPDATE _prisma_migrations SET logs = $2 WHERE id = $1`, values: [id, logs] });
}

/** Removes the row of a run that came to nothing and left nothing. */
export async function forgetStart(db: Queryable, id: string): Promise<void> {
  await db.query({ text: `DELETE FROM _prisma_migrations WHERE id = $1 AND finished_at IS NULL`, values: [id] });
}

/** Takes a failed run back, so that the migration counts as never tried. */
export async function recordRollback(db: Queryable, id: string): Promise<void> {
  await db.query({ text: `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE id = $1`, values: [id] });
}

import { MigrationError } from './error.js';
import type { Migration } from './files.js';
import type { MigrationRecord } from './records.js';

/** A migration to apply, with the rows that earlier runs of it left. */
export interface Step {
  migration: Migration;
  /** The row of a run that was cut off, which this run takes over. */
  interrupted: string | undefined;
  /** The row of a run that failed, which this run takes back. */
  failed: string | undefined;
}

/**
 * What there is to do. Rows of migrations that are not here are left alone: a newer version was running before this one, and
 * migrations are made so that the previous version can live with them.
 * @param retry whether a failed migration is tried again
 * @throws MigrationError when an applied migration's file has changed since, or an earlier run failed
 */
export function plan(migrations: readonly Migration[], records: readonly MigrationRecord[], retry: boolean): Step[] {
  return migrations.flatMap((migration) => {
    const runs = records.filter((record) => record.migration_name === migration.name);
    const finished = runs.find((run) => run.finished_at !== null);
    if (finished) {
      if (finished.checksum === migration.checksum) return [];
      throw new MigrationError(
        `The file of migration ${migration.name} has changed since it was applied to this database; restore the file (git checkout, with the same line ends) and put the change into a new migration.`,
      );
    }
    const failed = runs.find((run) => run.logs);
    if (failed && !retry) {
      throw new MigrationError(
        `Migration ${migration.name} failed on ${failed.started_at.toISOString()} (${firstLine(failed.logs ?? '')}); mend the cause, then run "npm run migrate:deploy -- --retry".`,
      );
    }
    return [{ migration, failed: failed?.id, interrupted: failed ? undefined : runs[0]?.id }];
  });
}

export function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

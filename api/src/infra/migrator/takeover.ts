import type { Queryable } from '../postgres.js';
import { MigrationError } from './error.js';
import type { Migration } from './files.js';
import { recordFinish, recordStart, type MigrationRecord } from './records.js';

/** The migration that describes the tables of the server before this one, which had no migrations of its own. */
const BASELINE = '00000000000000_reference';

/** What the later migrations and the server need of those tables. What the mapping tables call their own key is not known. */
const REFERENCE_COLUMNS: Readonly<Record<string, string>> = {
  user: `user_id created_at last_updated first_name last_name country gender dob email profile_picture_url phone_number auth_type password
    is_email_verified is_phone_verified email_verified_at phone_number_verified_at last_sign_in_at bio theme profile_accessibility user_type
    user_name language status timezone invited_by_user_id is_protected is_trashed is_active is_verified`,
  permission: 'permission_id name codename description category created_at last_updated',
  group: 'group_id name codename description is_system is_active created_at last_updated',
  group_permission: 'group_id permission_id',
  user_group: 'user_id group_id assigned_at assigned_by_user_id',
  activity_log: `log_id user_id level message action module ip_address user_agent device browser os platform endpoint method status_code
    request_id session_id metadata error_details duration_ms created_at`,
};

/**
 * Recognises a database of the server before this one and records the baseline as applied there: its tables and rows stay
 * as they are, and the later migrations build on them.
 * @returns whether it was such a database
 * @throws MigrationError when it is neither that nor free of those tables
 */
export async function takeOver(db: Queryable, migrations: readonly Migration[], records: readonly MigrationRecord[]): Promise<boolean> {
  const baseline = migrations.find(({ name }) => name === BASELINE);
  if (!baseline || records.some((record) => record.migration_name === BASELINE)) return false;

  const { rows } = await db.query<{ table_name: string; column_name: string }>({
    text: `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ANY ($1)`,
    values: [Object.keys(REFERENCE_COLUMNS)],
  });
  if (!rows.some((row) => row.table_name === 'user')) return false;

  const present = new Set(rows.map((row) => `${row.table_name}.${row.column_name}`));
  const missing = Object.entries(REFERENCE_COLUMNS)
    .flatMap(([table, columns]) => columns.split(/\s+/).map((column) => `${table}.${column}`))
    .filter((column) => !present.has(column));
  if (missing.length > 0) {
    throw new MigrationError(
      `The database has a table "user" but lacks ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}, so it cannot be taken over; point DATABASE_URL at an empty database or at one whose tables are complete.`,
    );
  }
  await recordFinish(db, await recordStart(db, baseline), 0);
  return true;
}

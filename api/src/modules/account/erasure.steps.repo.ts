import type { Queryable } from '../../infra/postgres.js';
import { KEPT_ENDPOINT, KEPT_METADATA_SQL } from './kept-entries.queries.js';
import { personalColumns, TABLES } from './personal-data.js';

/** One part of an erasure, done until nothing is left. `run` does at most a batch, as one statement. @returns how many rows */
export type ErasureStep = { table: string; run(db: Queryable, userId: string): Promise<number> };

/** Few enough that nobody waits for a statement, however much a person has left behind. */
export const BATCH = 1_000;

/** Only what the server wrote is known to be its own words: a client may have written anything anywhere. */
const ofServer = (expression: string, otherwise = 'NULL') => `CASE WHEN source = 'server' THEN ${expression} ELSE ${otherwise} END`;

/** What stays of an entry's personal columns; those that are not here are emptied. */
const KEPT_OF_OWN_ENTRY: Record<string, string> = {
  level: ofServer('level', `'info'`),
  message: ofServer('message', `''`),
  action: ofServer('action'),
  module: ofServer('module'),
  platform: ofServer('platform'),
  method: ofServer('method'),
  endpoint: ofServer(KEPT_ENDPOINT),
  metadata: ofServer(KEPT_METADATA_SQL),
  // What he did to others stays in their history.
  target_user_id: 'NULLIF(target_user_id, $1)',
};

/** An entry by the person: so is one about him by nobody who was recognised, for who fails to sign in is most often the owner. */
const OWN_ENTRY = Object.fromEntries(personalColumns('activity_log').map((column) => [column, KEPT_OF_OWN_ENTRY[column] ?? 'NULL']));

/** What changes in an entry of somebody else that is about the person. */
const OF_ENTRY_ABOUT = { target_user_id: 'NULL', endpoint: ofServer(KEPT_ENDPOINT), metadata: ofServer(KEPT_METADATA_SQL), error_details: 'NULL' };

/** The parts of an erasure that take more than a moment, made from what PERSONAL_DATA says of each table. */
export function erasureSteps(): ErasureStep[] {
  return [
    ...TABLES.flatMap(([table, { references = [] }]) => references.map((column) => updating(table, column, { [column]: 'NULL' }))),
    ...TABLES.flatMap(([table, { owners, erasure }]) => (erasure === 'deleted in batches' ? owners.map((owner) => deleting(table, owner)) : [])),
    updating('activity_log', 'user_id', OWN_ENTRY),
    updating('activity_log', 'target_user_id', OWN_ENTRY, 'user_id IS NULL'),
    updating('activity_log', 'target_user_id', OF_ENTRY_ABOUT, 'user_id IS NOT NULL'),
  ];
}

function updating(table: string, owner: string, changes: Record<string, string>, condition = 'true'): ErasureStep {
  const set = Object.entries(changes).map(([column, value]) => `${column} = ${value}`).join(', ');
  return step(`erase_${table}_${owner}_${condition.replaceAll(' ', '_').toLowerCase()}`, table, `UPDATE "${table}" SET ${set} WHERE ${batchOf(table, owner, condition)}`);
}

function deleting(table: string, owner: string): ErasureStep {
  return step(`erase_${table}`, table, `DELETE FROM "${table}" WHERE ${batchOf(table, owner)}`);
}

/** Another worker at the same may hold rows: it is waited for, and they are found done. */
function batchOf(table: string, owner: string, condition = 'true'): string {
  return `${owner} = $1 AND ctid = ANY(ARRAY(SELECT ctid FROM "${table}" WHERE ${owner} = $1 AND ${condition} LIMIT ${BATCH} FOR UPDATE))`;
}

function step(name: string, table: string, text: string): ErasureStep {
  return {
    table,
    async run(db, userId) {
      const { rowCount } = await db.query({ name, text, values: [userId] });
      return rowCount ?? 0;
    },
  };
}

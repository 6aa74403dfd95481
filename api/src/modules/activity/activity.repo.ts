import type { Queryable } from '../../infra/postgres.js';

export type ActivityRow = {
  user_id: string | null;
  target_user_id: string | null;
  level: string;
  message: string;
  action: string;
  module: string;
  ip_address: string | null;
  user_agent: string | null;
  device: string | null;
  browser: string | null;
  os: string | null;
  platform: string | null;
  endpoint: string | null;
  method: string | null;
  status_code: number | null;
  request_id: string | null;
  session_id: string | null;
  metadata: string | null;
  duration_ms: number | null;
};

const COLUMNS = [
  'user_id', 'target_user_id', 'level', 'message', 'action', 'module', 'ip_address', 'user_agent', 'device', 'browser', 'os',
  'platform', 'endpoint', 'method', 'status_code', 'request_id', 'session_id', 'metadata', 'duration_ms',
] as const satisfies readonly (keyof ActivityRow)[];

const INSERT = `INSERT INTO activity_log (${COLUMNS.join(', ')}, source) VALUES (${COLUMNS.map((_, index) => `$${index + 1}`).join(', ')}, 'server')`;

/** An entry as part of a statement that changes something else. */
export type ActivityClause = { sql: string; values: unknown[] };

/** Entries are only ever added: there is no statement here that changes one (D-12). An erasure alone does, and takes the person out. */
export function createActivityRepo() {
  return {
    async insert(db: Queryable, row: ActivityRow): Promise<void> {
      await db.query({ name: 'activity_insert', text: INSERT, values: COLUMNS.map((column) => row[column]) });
    },

    /** One entry for each row of `source`, whose `user_id` it is of; parameters are numbered from `first`. */
    clause(row: ActivityRow, source: string, first: number): ActivityClause {
      const values = COLUMNS.filter((column) => column !== 'user_id');
      const selected = values.map((column, index) => `$${first + index}::${TYPES[column] ?? 'text'}`);
      return {
        sql: `INSERT INTO activity_log (user_id, ${values.join(', ')}, source) SELECT ${source}.user_id, ${selected.join(', ')}, 'server' FROM ${source}`,
        values: values.map((column) => row[column]),
      };
    },
  };
}

/** What is not text. A parameter in a SELECT has no column to take its type from. */
const TYPES: Partial<Record<keyof ActivityRow, string>> = { target_user_id: 'uuid', status_code: 'int', metadata: 'jsonb', duration_ms: 'int' };

import type { Queryable } from '../../infra/postgres.js';
import type { ExportSection } from './export.schema.js';

/** Where to go on: time and id as PostgreSQL writes them, to the microsecond. */
export type ExportPosition = Readonly<{ time: string; id: string }>;
export type ExportBatch = { rows: Record<string, unknown>[]; next: ExportPosition | undefined };

export type ExportRepo = ReturnType<typeof createExportRepo>;

/** Small enough to be held, large enough that a hundred thousand rows are few statements. */
export const EXPORT_BATCH = 500;

const BEFORE_ALL: ExportPosition = { time: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** What the record holds about a person, in batches: each is a statement of its own, so no connection waits for the reader. */
export function createExportRepo() {
  const statements = new Map<ExportSection, { name: string; text: string }>();

  function statementOf(section: ExportSection): { name: string; text: string } {
    const known = statements.get(section) ?? statement(section);
    statements.set(section, known);
    return known;
  }

  return {
    /** A person's rows of a section after a position, oldest first. */
    async read(db: Queryable, section: ExportSection, userId: string, after: ExportPosition = BEFORE_ALL): Promise<ExportBatch> {
      const { rows } = await db.query<Record<string, unknown> & { cursor_time: string; cursor_id: string }>({ ...statementOf(section), values: [userId, after.time, after.id] });
      const last = rows.length === EXPORT_BATCH ? rows.at(-1) : undefined;
      return {
        rows: rows.map(({ cursor_time: _time, cursor_id: _id, ...row }) => row),
        next: last && { time: last.cursor_time, id: last.cursor_id },
      };
    },
  };
}

/** Every name in it is one of ours. The time alone stands there as well, because an index knows it. */
function statement({ table, row, owner, order: [time, id], ofGroup = [], mayBeGone }: ExportSection): { name: string; text: string } {
  const columns = Object.keys(row).map((column) => `${ofGroup.includes(column) ? 'g' : 't'}.${column}`);
  return {
    name: `export_${table}_${owner}`,
    text: `SELECT ${columns.join(', ')}, t.${time}::text AS cursor_time, t.${id}::text AS cursor_id
           FROM "${table}" t ${ofGroup.length > 0 ? groupOf(mayBeGone) : ''}
           WHERE t.${owner} = $1 AND t.${time} >= $2 AND (t.${time}, t.${id}) > ($2, $3)
           ORDER BY t.${time}, t.${id} LIMIT ${EXPORT_BATCH}`,
  };
}

function groupOf(mayBeGone: true | undefined): string {
  return mayBeGone
    ? 'JOIN LATERAL (SELECT h.codename, h.name FROM group_history h WHERE h.group_id = t.group_id ORDER BY h.began_at DESC LIMIT 1) g ON true'
    : 'JOIN "group" g ON g.group_id = t.group_id';
}

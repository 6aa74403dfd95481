import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { PERSONAL_DATA, type ColumnKind, type PersonalTable } from '../src/modules/account/personal-data.js';
import type { Api } from './harness.js';

type Column = { column: string; type: string; length: number | null };

/** Texts of the whole database by which a row can be found again. */
export type Marks = Map<string, string>;

/** What is too short, or too common, to be recognised. */
const UNMARKABLE = new Set(['boolean']);
const SHORTEST_MARK = 8;

/**
 * Inserts a row in which every personal column has a value of its own.
 * @param given values that must be what they are
 * @returns the values by `table.column`, as the database writes them
 */
export async function insertMarked(api: Api, table: PersonalTable, given: Record<string, unknown>): Promise<Marks> {
  const columns = await api.sql<Column>(`SELECT column_name AS column, data_type AS type, character_maximum_length AS length FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1`, [table]);
  const values: Record<string, unknown> = {};
  const marks: Marks = new Map();
  for (const { column, type, length } of columns) {
    const { personal } = (PERSONAL_DATA[table].columns as Record<string, ColumnKind>)[column]!;
    if (column in given) values[column] = given[column];
    else if (personal && !UNMARKABLE.has(type) && (length ?? Infinity) >= SHORTEST_MARK) {
      const { value, text } = markOf(type, length ?? 40);
      values[column] = value;
      marks.set(`${table}.${column}`, text);
    }
  }
  const names = Object.keys(values);
  await api.sql(`INSERT INTO "${table}" (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`, Object.values(values));
  return marks;
}

function markOf(type: string, length: number): { value: unknown; text: string } {
  if (type === 'uuid') return same(randomUUID());
  if (type === 'integer') return same(String(randomInt(100_000_000, 2_000_000_000)));
  if (type === 'bytea') {
    const value = randomBytes(32);
    return { value, text: value.toString('hex') };
  }
  if (type === 'jsonb') {
    const text = randomBytes(10).toString('hex');
    return { value: JSON.stringify({ value: text }), text };
  }
  if (type.startsWith('timestamp')) {
    const value = new Date(Date.UTC(1900, 0, 1) + randomInt(2 ** 40)).toISOString().slice(0, 19).replace('T', ' ');
    return { value: `${value}Z`, text: value };
  }
  return same(randomBytes(20).toString('hex').slice(0, Math.min(length, 40)));
}

const same = (text: string) => ({ value: text, text });

/** The whole database as text, jobs included. */
export async function dump(api: Api): Promise<string> {
  const tables = await api.sql<{ name: string }>(`SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema IN ('public', 'graphile_worker') AND table_type = 'BASE TABLE'`);
  const texts: string[] = [];
  for (const { name } of tables) texts.push(...(await api.sql<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).map(({ row }) => `${name} ${row}`));
  return texts.join('\n');
}

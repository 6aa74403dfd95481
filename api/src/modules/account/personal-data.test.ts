import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../../../test/harness.js';
import { EXPORT_LISTS, USER_SECTION, type ExportSection } from './export.schema.js';
import { PERSONAL_DATA, TABLES, type ColumnKind, type PersonalTable } from './personal-data.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** Not ours: the record of the migrations. The jobs have a schema of their own, and their payloads are sealed. */
const NOT_OURS = ['_prisma_migrations'];
const columns = (table: PersonalTable) => Object.entries<ColumnKind>(PERSONAL_DATA[table].columns);
const list = (rows: { line: string }[]) => rows.map(({ line }) => line).sort();

describe('what the database holds about people', () => {
  it('is said of every column there is, and of no other', async () => {
    const there = await api.sql<{ line: string }>(
      `SELECT concat_ws('.', table_name, column_name) AS line FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> ALL ($1)`, [NOT_OURS]);
    expect(there.length).toBeGreaterThan(150);
    expect(TABLES.flatMap(([table, kind]) => Object.keys(kind.columns).map((column) => `${table}.${column}`)).sort()).toEqual(list(there));
  });

  it('would be missed in a schema that nobody thought of', async () => {
    expect(await api.sql(`SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public', 'graphile_worker')`)).toEqual([]);
  });

  it('has an owner, an erasure and, where the export leaves it out, a reason', () => {
    for (const [table, { owners, erasure, columns: kinds }] of TABLES) {
      const isPersonal = Object.values(kinds).some(({ personal }) => personal);
      expect({ table, owned: owners.length > 0, erased: erasure !== 'nobody’s' }).toEqual({ table, owned: isPersonal, erased: isPersonal });
      for (const owner of owners) expect({ table, owner, kind: kinds[owner]?.personal }).toEqual({ table, owner, kind: true });
      for (const [column, { personal, exported, reason }] of Object.entries(kinds)) expect({ table, column, explained: reason !== undefined }).toEqual({ table, column, explained: personal && !exported });
    }
  });

  it('every foreign key to an account is classified as what it does', async () => {
    const keys = await api.sql<{ line: string }>(
      `SELECT concat_ws(' ', k.conrelid::regclass, a.attname, k.confdeltype) AS line FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
       WHERE k.contype = 'f' AND k.confrelid = '"user"'::regclass`);
    const said = TABLES.flatMap(([table, { owners, erasure, references = [] }]) => {
      if (table === 'user') return [];
      const kept = references.map((column) => `${table} ${column} n`);
      if (erasure === 'deleted by identity' || erasure === 'expires') return kept;
      const onDelete = erasure === 'anonymised in batches' ? 'n' : 'c';
      // An entry outlives whoever it is about: no key holds it.
      return [...owners.filter((owner) => owner !== 'target_user_id').map((owner) => `${table} ${owner} ${onDelete}`), ...kept];
    });
    expect(said.sort()).toEqual(list(keys));
  });

  it('whatever names an account by its id is an owner or a reference', async () => {
    const ids = await api.sql<{ line: string }>(`SELECT concat_ws('.', table_name, column_name) AS line FROM information_schema.columns WHERE table_schema = 'public' AND column_name LIKE '%user\\_id' AND table_name <> ALL ($1)`, [NOT_OURS]);
    const said = TABLES.flatMap(([table, { owners, references = [] }]) => [...owners, ...references].filter((column) => column.endsWith('user_id')).map((column) => `${table}.${column}`));
    expect(said.sort()).toEqual(list(ids));
  });
});

describe('the export', () => {
  const sections: [string, ExportSection][] = [['user', USER_SECTION], ...Object.entries<ExportSection>(EXPORT_LISTS)];

  it('shows every column that is to be shown, and nothing else', () => {
    const shown = new Map<string, Set<string>>();
    for (const [, { table, row, ofGroup = [] }] of sections) {
      const known = shown.get(table) ?? new Set();
      shown.set(table, known);
      for (const column of Object.keys(row)) if (!ofGroup.includes(column)) known.add(column);
    }
    const wanted = TABLES.flatMap(([table]) => {
      const exported = columns(table as PersonalTable).flatMap(([column, kind]) => (kind.exported ? [column] : []));
      return exported.length > 0 ? [[table, exported.sort()]] : [];
    });
    expect(Object.fromEntries([...shown].map(([table, names]) => [table, [...names].sort()]))).toEqual(Object.fromEntries(wanted));
  });

  it('finds rows by an owner of theirs, and says of what others did only what is not theirs', () => {
    for (const [, { table, owner }] of sections) expect(PERSONAL_DATA[table].owners).toContain(owner);
    expect(Object.keys(EXPORT_LISTS.activity_about_me.row).sort()).toEqual(['action', 'created_at', 'level', 'log_id', 'message', 'module']);
  });
});

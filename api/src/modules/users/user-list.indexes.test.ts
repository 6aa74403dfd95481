import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../../../test/harness.js';
import { listStatement } from './user-list.queries.js';
import { userListQuery } from './user-list.schema.js';

const PEOPLE = 20_000;

let api: Api;
beforeAll(async () => {
  api = await startApi();
  await api.sql(
    `INSERT INTO "user" (password, first_name, last_name, email, user_name, country, user_type, status, phone_number, created_at)
     SELECT '!', CASE WHEN n % 4000 = 0 THEN 'فاطمة' ELSE 'Person' END, CASE n WHEN 5 THEN 'Quetzalcoatl' ELSE 'Somebody' END, md5(n::text) || '@example.com', CASE WHEN n % 5 > 0 THEN left(md5(n::text), 12) END,
       CASE WHEN n % 1000 = 0 THEN 'LI' ELSE 'DE' END, CASE WHEN n % 1000 = 0 THEN 'admin' ELSE 'customer' END, CASE WHEN n % 1000 = 0 THEN 'SUSPENDED' ELSE 'Active' END,
       jsonb_build_object('phone', '+49' || hashint4(n)), now() - n * interval '1 minute' FROM generate_series(1, $1::int) n`,
    [PEOPLE],
  );
  await api.sql('VACUUM ANALYZE "user"');
}, 300_000);
afterAll(() => api.close());

/** The indexes that a list is read by, and the tables that are read from end to end. */
async function planOf(query: Record<string, unknown>): Promise<{ indexes: (string | undefined)[]; scans: (string | undefined)[] }> {
  const { sort, cursor, ...selection } = userListQuery.parse(query);
  const statement = listStatement({ ...selection, groupId: undefined }, { sort, keyed: cursor?.[1] !== null, after: cursor, atMost: 51 });
  const rows = await api.sql<Record<'QUERY PLAN', string>>(`EXPLAIN ${statement.text}`, statement.values);
  // Whether there are more than are looked at is asked of any 8,000.
  const text = rows.map((row) => row['QUERY PLAN']).join('\n').replace(/CTE further[\s\S]*?One-Time Filter/, '');
  const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))];
  return { indexes: all(/(?:using|Bitmap Index Scan on) (user_\w+)/g), scans: all(/Seq Scan on "user" (\w+)/g) };
}

describe('a list of many users is read by indexes', () => {
  it.each([
    [{}, 'user_created_at_user_id_idx'],
    [{ sort: 'created_at' }, 'user_created_at_user_id_idx'],
    [{ sort: 'email' }, 'user_email_sort_idx'],
    [{ sort: '-email' }, 'user_email_sort_idx'],
    [{ sort: 'user_name' }, 'user_user_name_sort_idx'],
    [{ sort: '-user_name' }, 'user_user_name_sort_idx'],
    [{ status: 'SUSPENDED' }, 'user_shown_status_idx'],
    [{ country: 'li' }, 'user_country_idx'],
    [{ type: 'admin' }, 'user_user_type_idx'],
    [{ created_from: '2020-01-01', created_to: '2020-02-01' }, 'user_created_at_user_id_idx'],
    [{ search: 'quetzalco' }, 'user_search_idx'],
    [{ search: 'quetzalco', sort: 'email' }, 'user_search_idx'],
    [{ search: 'qu' }, 'user_search_idx'],
    [{ search: '+49 151-2345' }, 'user_search_idx'],
    [{ search: 'فاطمة' }, 'user_search_letters_idx'],
    [{ search: 'فا' }, 'user_search_letters_idx'],
    [{ search: 'فاطمة quetzalco', status: 'SUSPENDED' }, 'user_shown_status_idx'],
  ])('%j by %s', async (query, index) => {
    const { indexes, scans } = await planOf(query);
    expect(indexes).toContain(index);
    expect(scans).toEqual([]);
  });

  it('also from the middle of it, and among those who have no name', async () => {
    for (const [sort, key, index] of [['-created_at', Date.now() * 1_000, 'user_created_at_user_id_idx'], ['email', '8', 'user_email_sort_idx'], ['-user_name', '8', 'user_user_name_sort_idx'], ['user_name', null, 'user_user_name_sort_idx']] as const) {
      const cursor = Buffer.from(JSON.stringify([sort, key, '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e'])).toString('base64url');
      const { indexes, scans } = await planOf({ sort, cursor });
      expect({ sort, found: indexes.includes(index), scans }).toEqual({ sort, found: true, scans: [] });
    }
  });

  it('no index is on a column that a sign-in changes, so that a sign-in writes to none (HOT)', async () => {
    const columns = await api.sql<{ line: string }>(
      `SELECT DISTINCT concat_ws(' ', i.indexrelid::regclass, a.attname) AS line FROM pg_index i JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid WHERE i.indrelid = '"user"'::regclass AND a.attname = ANY ($1)`,
      [['last_sign_in_at', 'last_updated', 'is_verified', 'is_email_verified', 'email_verified_at', 'is_phone_verified', 'phone_number_verified_at', 'password']],
    );
    expect(columns).toEqual([]);
  });
});

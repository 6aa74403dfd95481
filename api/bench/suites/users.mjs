import { userPaging } from '../../dist/modules/users/user-list.schema.js';
import { addCrowd } from '../lib/crowd.mjs';
import { createHttpClient } from '../lib/http.mjs';
import { query, startPostgres } from '../lib/postgres.mjs';
import { claim, percentile, printTable } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const FEW = 1_000;
const MOST_RATIO = 5;
/** Of each kind in a round; by turns among few and among many, so that a noisy moment of the machine hits both alike. */
const REQUESTS_A_ROUND = 14;
/** So many are signed up to see what the indexes cost one. */
const SIGN_UPS = 2_000;

/** What an administrator asks for. Several queries of a kind are asked by turns. */
const SEARCHES = {
  'one person’s name': ['search=maria+garcia', 'search=xiomara+okonkwo', 'search=wolfgang+nowak'],
  'a common name': ['search=smith', 'search=maria', 'search=garcia'],
  'a middling name': ['search=kobayashi', 'search=nowak', 'search=hannah'],
  'a rare name': ['search=featherstone', 'search=zdenek', 'search=xiomara'],
  'a name in Arabic': ['search=محمد', 'search=الحربي', 'search=نورة'],
  'a name in Chinese, Greek, Cyrillic': ['search=小明', 'search=Ἰωάννης', 'search=Ольга'],
  'part of an address': ['search=garcia77', 'search=zephyr-industries', 'search=gmail'],
  'a whole address': ['search=james.smith12@outlook.com', 'search=nobody@example.org'],
  'the beginning of a name': ['search=x', 'search=ng', 'search=wo', 'search=q'],
  'part of a number': ['search=%2B49151', 'search=0500123', 'search=123+45', 'search=9876543'],
  'nobody': ['search=nobodyatall', 'search=qqq', 'search=zzzz+smith'],
  'a name, and a filter': ['search=smith&status=SUSPENDED', 'search=maria&country=LI', 'search=garcia&type=business'],
};
/** What a name is searched for lies together in the order of names, and far from where the order begins: the one case that is neither bounded by the page nor by how few match. */
const SEARCHES_IN_OTHER_ORDERS = {
  'a rare one': ['search=maria+garcia+zephyr&sort=email', 'search=nobodyatall&sort=user_name'],
  'one who has it as a last name': ['search=smith&sort=email', 'search=kobayashi&sort=user_name', 'search=featherstone&sort=-email'],
  'one who has it as a first name': ['search=maria&sort=email', 'search=sofia&sort=-user_name', 'search=hannah&sort=user_name'],
};
const FILTERS = {
  'by status': ['status=ACTIVE', 'status=SUSPENDED', 'status=INVITED'],
  'by group': ['group=user', 'group=business', 'group=developer', 'group=super_admin'],
  'by country': ['country=DE', 'country=LI', 'country=XX'],
  'by type': ['type=customer', 'type=business', 'type=admin'],
  'by time': ['created_from=2025-12-01', 'created_from=2023-05-05&created_to=2023-05-06'],
  'by several': ['status=SUSPENDED&country=LI', 'status=ACTIVE&country=DE&type=business'],
  'by one, in another order': ['status=SUSPENDED&sort=email', 'country=LI&sort=user_name'],
};
const SORTS = {
  'newest and oldest first': ['', 'sort=created_at'],
  'by address': ['sort=email', 'sort=-email'],
  'by name': ['sort=user_name', 'sort=-user_name'],
};

/** The list of users among a thousand and among a million, through the front door. */
export async function run(scope, { users, rounds }) {
  const postgres = await scope.keep(startPostgres());
  const http = createHttpClient();
  await scope.keep({ stop: async () => http.close() });
  const crowds = [];
  for (const count of [FEW, users]) crowds.push(await gather({ scope, postgres, count }));
  const [few, many] = crowds;

  const groups = [['searches', SEARCHES], ['filters', FILTERS], ['sorts', SORTS], ['deep pages', 'deep'], ['searches in the order of names', SEARCHES_IN_OTHER_ORDERS, 'without a claim']];
  const rows = [];
  const claims = [];
  let wrong = 0;
  for (const [title, kinds, unclaimed] of groups) {
    const all = { few: [], many: [] };
    for (const name of Object.keys(kinds === 'deep' ? few.deep : kinds)) {
      const times = { few: [], many: [] };
      for (let request = -3; request < REQUESTS_A_ROUND * rounds; request += 1) {
        for (const [size, crowd] of [['few', few], ['many', many]]) {
          const queries = kinds === 'deep' ? crowd.deep[name] : kinds[name];
          const { status, ms } = await http.request(`${crowd.target.base}/users?${encodeURI(queries[Math.max(0, request) % queries.length])}`, { headers: crowd.target.headers });
          if (status !== 200) wrong += 1;
          if (request >= 0) times[size].push(ms);
        }
      }
      rows.push([title, name, times]);
      for (const size of ['few', 'many']) all[size].push(...times[size]);
    }
    const ratio = percentile(all.many, 95) / percentile(all.few, 95);
    if (!unclaimed) claims.push(claim(`${title}: p95 among ${said(users)} within ${MOST_RATIO} × of that among ${said(FEW)}`, `${percentile(all.many, 95).toFixed(1)} ms and ${percentile(all.few, 95).toFixed(1)} ms, ${ratio.toFixed(2)} ×`, ratio <= MOST_RATIO));
  }
  printTable(
    ['', `${said(FEW)}: p50 ms`, 'p95 ms', `${said(users)}: p50 ms`, 'p95 ms', 'ratio of p95'],
    rows.map(([title, name, { few: one, many: other }]) => [`${title}: ${name}`, percentile(one, 50).toFixed(1), percentile(one, 95).toFixed(1), percentile(other, 50).toFixed(1), percentile(other, 95).toFixed(1), (percentile(other, 95) / percentile(one, 95)).toFixed(2)]),
  );
  console.log('');
  await printSignUpCost(many.url);
  return [claim('every request is answered with 200', `${wrong} were not`, wrong === 0, { exact: true }), ...claims];
}

const said = (count) => count.toLocaleString('en');

/** A database with so many people, and a server on it. */
async function gather({ scope, postgres, count }) {
  const url = await postgres.createDatabase(`crowd_${count}`);
  const target = await scope.keep(startTarget('servers/tessera.mjs', { settings: { DATABASE_URL: url, DB_STATEMENT_TIMEOUT: '60000' } }));
  const began = performance.now();
  await addCrowd(url, count);
  console.log(`${said(count)} people were added in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
  return { url, target, deep: await deepPages(url, count) };
}

/** The pages in the middle of each order, as following the cursors would lead to them. */
async function deepPages(url, count) {
  const middle = async (column, position) => {
    const [row] = await query(url, `SELECT u.user_id, ${position} AS key FROM "user" u WHERE u.${column} IS NOT NULL ORDER BY ${position} OFFSET $1 LIMIT 1`, [Math.floor(count / 3)]);
    return (sort) => `sort=${sort}&cursor=${userPaging.page([row, row], 1, () => [sort, column === 'created_at' ? Number(row.key) : row.key, row.user_id]).pagination.next_cursor}`;
  };
  const [time, email, name] = [await middle('created_at', '(extract(epoch FROM u.created_at) * 1000000)::bigint'), await middle('email', 'user_sort_text(u.email) COLLATE "C"'), await middle('user_name', 'user_sort_text(u.user_name) COLLATE "C"')];
  return {
    'in the order of time': [time('created_at'), time('-created_at')],
    'in the order of addresses and names': [email('email'), email('-email'), name('user_name'), name('-user_name')],
    'of a search': [`search=garcia&${time('-created_at')}`, `search=featherstone&${time('-created_at')}`, `search=jensen&${email('email')}`],
    'of a filter': [`country=LI&${time('-created_at')}`, `status=SUSPENDED&${time('created_at')}`, `group=business&${time('-created_at')}`],
  };
}

/** How long the row of an account takes with the indexes of the list and without them; nothing of it stays. */
async function printSignUpCost(url) {
  const insert = `INSERT INTO "user" (password, first_name, last_name, email, user_name, status, country)
    SELECT '!', 'Margaret', 'Thatcherson', 'margaret.thatcherson' || n || '@example.com', 'margaret.thatcher' || n, 'ACTIVE', 'GB' FROM generate_series(${-SIGN_UPS}, -1) n`;
  const block = (before) => `DO $$ DECLARE began timestamptz; BEGIN ${before} began := clock_timestamp(); ${insert};
    RAISE EXCEPTION '%', extract(epoch FROM clock_timestamp() - began); END $$`;
  const seconds = async (before) => Number(await query(url, block(before)).then(() => NaN, ({ message }) => message));
  const names = await query(url, `SELECT string_agg(format('%I', indexname), ', ') AS list FROM pg_indexes WHERE tablename = 'user' AND indexdef LIKE ANY (ARRAY['%user_search%', '%user_sort_text%', '%user_shown_status%', '%(created_at, user_id)'])`);
  await seconds('');
  const [withThem, without] = [await seconds(''), await seconds(`DROP INDEX ${names[0].list};`)];
  console.log(`The row of an account takes ${((withThem * 1_000) / SIGN_UPS).toFixed(3)} ms with the indexes of the list, ${((without * 1_000) / SIGN_UPS).toFixed(3)} ms without.`);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '../lib/http.mjs';
import { load } from '../lib/load.mjs';
import { addPeople, signIn } from '../lib/people.mjs';
import { query, startPostgres } from '../lib/postgres.mjs';
import { claim, median, percentile, printTable } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const MEGABYTE = 1024 * 1024;
const MOST_MEMORY = 100 * MEGABYTE;
const MOST_READY_MS = 5_000;
/** A check may cost so much more and still be called the same: two runs of one program differ as much. */
const SAME_WITHIN = 1.15;
const LIVE_SESSIONS = 200;
const ENDED_SESSIONS = 50;
const PEOPLE_WITH_REVOKED_SESSIONS = 10_000;
/** The longest that PostgreSQL keeps its counts to itself after a connection has ended. */
const REPORT_MS = 1_100;

/** The same database with and without a pile of revoked sessions; workers are started on either in turn, and asked what it costs them. */
export async function run(scope, { seconds, rounds, sessions, connections = 64 }) {
  const postgres = await scope.keep(startPostgres());
  const http = createHttpClient();
  await scope.keep({ stop: async () => http.close() });
  const without = { name: 'without', url: await postgres.createDatabase('without'), samples: [] };
  const { live, ended } = await prepare(without.url);
  const pile = { name: `with ${sessions.toLocaleString('en')}`, url: await postgres.createDatabase('pile', 'without'), samples: [] };
  const began = performance.now();
  await pileUp(pile.url, sessions);
  console.log(`${sessions.toLocaleString('en')} sessions revoked within the last week were added in ${((performance.now() - began) / 1_000).toFixed(0)} s.`);
  console.log(`${rounds} rounds, interleaved: a worker starts, checks ${live.length} tokens for the first time and then one of them for ${seconds} s over ${connections} connections. Medians.\n`);

  for (let round = 0; round < rounds; round += 1) {
    for (const database of [without, pile]) database.samples.push(await observe({ http, database, live, ended, seconds, connections }));
  }
  const [before, after] = [without, pile].map(summary);
  printTable(
    ['revoked sessions', 'ready after ms', 'heap MB', 'RSS MB', 'first check ms (p50)', 'CPU µs/first check', 'CPU µs/request', 'index look-ups', 'table scans'],
    [before, after].map((row) => [row.name, row.readyMs.toFixed(0), (row.heapUsed / MEGABYTE).toFixed(1), (row.rss / MEGABYTE).toFixed(1), row.firstMs.toFixed(2), row.firstCpuMicros.toFixed(0), row.cpuMicros.toFixed(1), row.indexScans.toFixed(0), row.tableScans.toFixed(0)]),
  );
  console.log('Memory after a full collection, when all has been checked. The last two columns are what PostgreSQL counted on the table of sessions in the life of one worker.');

  const [heap, rss] = [after.heapUsed - before.heapUsed, after.rss - before.rss];
  const wrong = before.wrong + after.wrong;
  return [
    claim('live sessions are accepted and revoked ones refused', `${wrong} wrong answers`, wrong === 0, { exact: true }),
    claim(`a worker is ready within ${MOST_READY_MS / 1_000} s`, `${(after.readyMs / 1_000).toFixed(2)} s`, after.readyMs <= MOST_READY_MS),
    claim(`a worker grows by at most ${MOST_MEMORY / MEGABYTE} MB`, `heap ${signed(heap)} MB, RSS ${signed(rss)} MB`, Math.max(heap, rss) <= MOST_MEMORY),
    claim('a check costs the same as without them', `${(after.cpuMicros / before.cpuMicros).toFixed(2)} × for a known token, ${(after.firstCpuMicros / before.firstCpuMicros).toFixed(2)} × for a new one`, after.cpuMicros / before.cpuMicros <= SAME_WITHIN),
    claim('a session is found by an index', `${after.tableScans.toFixed(0)} table scans, ${after.indexScans.toFixed(0)} index look-ups`, after.tableScans === 0 && after.indexScans > 0),
  ];
}

const signed = (bytes) => `${bytes < 0 ? '−' : '+'}${Math.abs(bytes / MEGABYTE).toFixed(1)}`;

/** Migrates the database and opens sessions through the front door. @returns the session tokens of those that live and of those that are ended again */
async function prepare(url) {
  const target = await startTarget('servers/tessera.mjs', { settings: { DATABASE_URL: url } });
  try {
    const tokens = [];
    for (const name of await addPeople(url, 'live', LIVE_SESSIONS)) tokens.push((await signIn(target.base, name)).session_token);
    const ended = [];
    for (const name of await addPeople(url, 'ended', ENDED_SESSIONS)) ended.push((await signIn(target.base, name)).session_token);
    await query(url, `UPDATE session SET revoked_at = now(), revoke_reason = 'signed_out' FROM "user" u WHERE u.user_id = session.user_id AND u.user_name LIKE 'ended%'`);
    await addPeople(url, 'gone', PEOPLE_WITH_REVOKED_SESSIONS);
    return { live: tokens, ended };
  } finally {
    await target.stop();
  }
}

/** Sessions as sign-outs of the last seven days would have left them, spread over many people. */
async function pileUp(url, count) {
  await query(
    url,
    `INSERT INTO session (user_id, generation, rotated_at, confirmed_generation, created_at, last_seen_at, expires_at, revoked_at, revoke_reason, ip, user_agent, device, browser, os)
     SELECT gone.ids[1 + n % cardinality(gone.ids)], 3, now() - age, 3, now() - age - interval '1 hour', now() - age, now() - age + interval '30 days', now() - age, 'signed_out',
       '192.0.2.1', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', 'Desktop', 'Chrome', 'Linux'
     FROM (SELECT n, interval '7 days' * (n::float / $1) AS age FROM generate_series(1, $1::int) n) numbered,
       (SELECT array_agg(user_id) AS ids FROM "user" WHERE user_name LIKE 'gone%') gone`,
    [count],
  );
  // What autovacuum would have done by the time a week has passed.
  await query(url, 'VACUUM ANALYZE session');
}

/** One life of a worker. */
async function observe({ http, database, live, ended, seconds, connections }) {
  const scansBefore = await scans(database.url);
  const target = await startTarget('servers/tessera.mjs', { settings: { DATABASE_URL: database.url }, execArgv: ['--expose-gc'] });
  try {
    const first = await checkAll(http, target, live, 200);
    const refused = await checkAll(http, target, ended, 401);
    const warm = await load({ ...target, headers: { 'X-Session-Token': live[0] } }, { connections, seconds });
    const memory = await target.ask('memory');
    await target.stop();
    await sleep(REPORT_MS);
    const scansAfter = await scans(database.url);
    return {
      readyMs: target.readyMs,
      ...memory,
      firstMs: first.p50Ms,
      firstCpuMicros: first.cpuMicros,
      cpuMicros: warm.cpuMicrosPerRequest,
      wrong: first.wrong + refused.wrong + warm.failed,
      tableScans: scansAfter.table - scansBefore.table,
      indexScans: scansAfter.index - scansBefore.index,
    };
  } finally {
    await target.stop();
  }
}

/** Uses each token once, one after the other. */
async function checkAll(http, target, tokens, expected) {
  const before = await target.ask('usage');
  const answers = [];
  for (const token of tokens) answers.push(await http.request(target.url, { headers: { 'X-Session-Token': token } }));
  const after = await target.ask('usage');
  return {
    p50Ms: percentile(answers.map(({ ms }) => ms), 50),
    cpuMicros: (after.cpuMicros - before.cpuMicros) / tokens.length,
    wrong: answers.filter(({ status }) => status !== expected).length,
  };
}

/** How often PostgreSQL has read the table of sessions from end to end, and how often by an index. */
async function scans(url) {
  const [row] = await query(url, `SELECT seq_scan::int AS table, idx_scan::int AS index FROM pg_stat_user_tables WHERE relname = 'session'`);
  return row;
}

function summary({ name, samples }) {
  const middle = (key) => median(samples.map((sample) => sample[key]));
  return {
    name,
    ...Object.fromEntries(Object.keys(samples[0]).map((key) => [key, middle(key)])),
    wrong: samples.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { compare, printComparison, rowOf } from '../lib/compare.mjs';
import { load } from '../lib/load.mjs';
import { query, startPostgres } from '../lib/postgres.mjs';
import { startRedis } from '../lib/redis.mjs';
import { claim } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const BASE = 'bare Express 5';
const ALONE = 'Tessera, by itself';
const WORKER = 'Tessera, one of several workers';
/** So many requests are looked at before it is said that none asks anything. */
const LEAST_REQUESTS = 10_000;
const MOST_TRIES = 5;
/** What a worker tells Redis of its counts is sent five times a second, however many requests there are. */
const BACKGROUND_PER_REQUEST = 0.01;

/** An authorised request beside servers that check nothing, and what it asks of others. */
export async function run(scope, { seconds, rounds, connections = 64 }) {
  const postgres = await scope.keep(startPostgres());
  const redis = await scope.keep(startRedis());
  const worker = { DATABASE_URL: await postgres.createDatabase('bench'), REDIS_URL: redis.url, PM2_INSTANCES: '2' };
  const targets = [];
  const start = async (name, file, settings) => targets.push({ name, target: await scope.keep(startTarget(file, { settings })) });
  await start('raw node:http', 'servers/raw-http.mjs');
  await start(BASE, 'servers/bare-express.mjs');
  await start(ALONE, 'servers/tessera.mjs');
  await start(WORKER, 'servers/tessera.mjs', worker);

  console.log(`${rounds} rounds of ${seconds} s each, interleaved, ${connections} connections; every server answers the same kind of JSON body. Medians.\n`);
  const sent = new Map();
  const sumOf = (target) => sent.get(target) ?? { requests: 0, ...NOTHING };
  const sample = async (target, size) => {
    if (size.warmUp) return load(target, size);
    const before = await commandsOf(target);
    const taken = await load(target, size);
    const after = await commandsOf(target);
    // A server that was kept from the processor for longer than its lease has to ask, which says nothing about a request.
    if (after.lapses !== before.lapses) return taken;
    const sum = sumOf(target);
    const more = Object.keys(NOTHING).map((kind) => [kind, sum[kind] + after[kind] - before[kind]]);
    sent.set(target, { requests: sum.requests + taken.answered, ...Object.fromEntries(more) });
    return taken;
  };
  const before = await transactionsIn(worker.DATABASE_URL);
  const rows = await compare(targets, { connections, seconds, rounds, sample });
  for (const { target } of targets.slice(-2)) await untilEnough(target, sumOf, sample, connections);
  const transactions = (await transactionsIn(worker.DATABASE_URL)) - before;
  printComparison(rows, BASE);
  const sentBy = (name) => sumOf(targets.find((row) => row.name === name).target);
  console.log(`\nPostgreSQL itself counted ${transactions} transactions of "${WORKER}" in all this time, warm-up, jobs and leases included.`);

  const ratio = rowOf(rows, ALONE).requestsPerSecond / rowOf(rows, BASE).requestsPerSecond;
  const alone = sentBy(ALONE);
  const among = sentBy(WORKER);
  return [
    claim('every request is answered with 200', `${rows.reduce((sum, { failed }) => sum + failed, 0)} were not`, rows.every(({ failed }) => failed === 0), { exact: true }),
    claim(`authorised requests are served at least ${LEAST_RATIO.toFixed(1)} times as fast as a bare Express hello-world`, `${ratio.toFixed(2)} ×`, ratio >= LEAST_RATIO),
    claim(`no command to PostgreSQL or Redis in at least ${LEAST_REQUESTS} authorised requests`, said(alone), alone.requests >= LEAST_REQUESTS && alone.postgres + alone.store === 0, { exact: true }),
    claim(
      'one of several workers asks for nothing either, but for what it does at its own pace',
      said(among),
      (among.postgres + among.store) / among.requests <= BACKGROUND_PER_REQUEST,
    ),
  ];
}

const LEAST_RATIO = 2;
/** Longer than PostgreSQL keeps its counts to itself. */
const REPORT_MS = 1_100;
const NOTHING = { postgres: 0, store: 0, background: 0 };

/** Servers that know no database have sent nothing to one. */
const commandsOf = (target) => (target.base ? target.ask('commands') : NOTHING);

/** Short rounds may not have made as many requests as the claim speaks of. */
async function untilEnough(target, sumOf, sample, connections) {
  for (let tries = 0; tries < MOST_TRIES && sumOf(target).requests < LEAST_REQUESTS; tries += 1) {
    await sample(target, { connections, amount: Math.max(LEAST_REQUESTS - sumOf(target).requests, connections) });
  }
}

/** How many transactions the server has seen in a database, from whomever; a backend reports its own up to a second late. */
async function transactionsIn(url) {
  await sleep(REPORT_MS);
  const [{ count }] = await query(url, 'SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()');
  return count;
}

const said = ({ requests, postgres, store, background }) =>
  `${requests} requests, ${postgres} statements to PostgreSQL, ${store} commands to the store (and ${background} statements that it sends at its own pace, on a connection of their own)`;

import { compare, printComparison, rowOf } from '../lib/compare.mjs';
import { createHttpClient } from '../lib/http.mjs';
import { addPeople, signIn } from '../lib/people.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { claim, percentile } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const OURS = 'one statement';
const PRISMA = 'Prisma transaction';
const LEAST_RATIO = 4;

/** The same server twice, but for what rotates the session: the rest (HTTP, checks, three signed tokens) costs both the same. */
export async function run(scope, { seconds, rounds, connections = 16 }) {
  const postgres = await scope.keep(startPostgres());
  const http = createHttpClient();
  await scope.keep({ stop: async () => http.close() });
  const targets = [];
  const start = async (name, file) => {
    const url = await postgres.createDatabase(name);
    const target = await scope.keep(startTarget(file, { settings: { DATABASE_URL: url } }));
    targets.push({ name, target: { ...target, chains: await openChains(target, url, connections) } });
  };
  await start(OURS, 'servers/tessera.mjs');
  await start(PRISMA, 'servers/tessera-prisma-refresh.mjs');

  console.log(`${rounds} rounds of ${seconds} s each, interleaved; ${connections} people, each refreshing with what the last refresh gave. Medians.\n`);
  const statements = new Map();
  const rows = await compare(targets, {
    connections,
    seconds,
    rounds,
    async sample(target, { seconds: length }) {
      const before = await target.ask('commands');
      const taken = await refresh(http, target, length);
      const after = await target.ask('commands');
      statements.set(target, (after.postgres - before.postgres) / taken.answered);
      return taken;
    },
  });
  printComparison(rows, PRISMA, 'refresh', 'refreshes');
  for (const { name, target } of targets) console.log(`${name}: ${statements.get(target).toFixed(1)} statements a refresh`);

  const { target: transactional } = targets.find(({ name }) => name === PRISMA);
  if ((await transactional.ask('rotations')) < rowOf(rows, PRISMA).answered) throw new Error('The refreshes of the comparison did not go through its Prisma transaction.');
  const ratio = rowOf(rows, OURS).requestsPerSecond / rowOf(rows, PRISMA).requestsPerSecond;
  return [
    claim('every refresh is answered with 200', `${rows.reduce((sum, { failed }) => sum + failed, 0)} were not`, rows.every(({ failed }) => failed === 0), { exact: true }),
    claim(`a refresh as one statement is at least ${LEAST_RATIO} times as fast as a Prisma transaction`, `${ratio.toFixed(2)} ×`, ratio >= LEAST_RATIO),
  ];
}

/** One session of one person for each connection. */
async function openChains(target, url, connections) {
  const chains = [];
  for (const name of await addPeople(url, 'person', connections)) chains.push({ refreshToken: (await signIn(target.base, name)).refresh_token });
  return chains;
}

/** @returns a sample as `load` gives it */
async function refresh(http, target, seconds) {
  const times = [];
  let failed = 0;
  const before = await target.ask('usage');
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    target.chains.map(async (chain) => {
      while (performance.now() < until) {
        const { status, body, ms } = await http.request(`${target.base}/auth/refresh-token`, { method: 'POST', json: { refresh_token: chain.refreshToken } });
        times.push(ms);
        if (status === 200) chain.refreshToken = JSON.parse(body).data.refresh_token;
        else failed += 1;
      }
    }),
  );
  const after = await target.ask('usage');
  return {
    answered: times.length,
    requestsPerSecond: (times.length * 1_000) / (performance.now() - began),
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / times.length,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    failed,
  };
}

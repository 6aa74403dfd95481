import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '../lib/http.mjs';
import { addPeople, signIn } from '../lib/people.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { startRedis } from '../lib/redis.mjs';
import { claim, percentile, printTable } from '../lib/report.mjs';
import { startSteadyLoad } from '../lib/steady-load.mjs';
import { startTarget } from '../lib/target.mjs';

const WORKERS = 2;
const READERS = 20;
const READ_PAUSE_MS = 50;
const LOGOUT_PAUSE_MS = 250;
const CALM_MS = 8_000;
/** Until then the workers may still be finding out. */
const BREAKER_MS = 1_000;
const MOST_P99_MS = 25;
const MOST_RECOVERY_MS = 2_000;
const POLL_MS = 10;
/** A Redis that is not found again in this time is not found again. */
const PATIENCE_MS = 30_000;

/** Readers and people who sign out, over two workers, while the Redis between them stops answering and comes back. */
export async function run(scope, { frozenSeconds }) {
  const postgres = await scope.keep(startPostgres());
  const redis = await scope.keep(startRedis());
  const url = await postgres.createDatabase('frozen');
  const workers = [];
  for (let number = 0; number < WORKERS; number += 1) {
    workers.push(await scope.keep(startTarget('servers/tessera.mjs', { settings: { DATABASE_URL: url, REDIS_URL: redis.url, PM2_INSTANCES: String(WORKERS) } })));
  }
  const http = createHttpClient();
  await scope.keep({ stop: async () => http.close() });
  const frozenMs = frozenSeconds * 1_000;
  const leaving = await openSessions(workers, url, Math.ceil((frozenMs + 2 * CALM_MS) / LOGOUT_PAUSE_MS));

  console.log(`${WORKERS} workers, ${READERS} readers with a pause of ${READ_PAUSE_MS} ms, a sign-out every ${LOGOUT_PAUSE_MS} ms; Redis is stopped (SIGSTOP) for ${frozenSeconds} s.\n`);
  const read = ({ url: address, headers }) => http.request(address, { headers });
  const reads = startSteadyLoad({ clients: READERS, pauseMs: READ_PAUSE_MS, send: (client) => read(workers[client % WORKERS]) });
  const signOuts = startSteadyLoad({ clients: 1, pauseMs: LOGOUT_PAUSE_MS, send: () => leave(http, workers, leaving) });
  const began = performance.now();
  await sleep(CALM_MS);
  redis.freeze();
  const frozenAt = performance.now();
  await sleep(frozenMs);
  const unaware = (await availability(workers)).filter(Boolean).length;
  redis.thaw();
  const thawedAt = performance.now();
  const recoveryMs = await untilAvailable(workers, thawedAt);
  await sleep(Math.max(0, thawedAt + CALM_MS - performance.now()));
  await Promise.all([reads.stop(), signOuts.stop()]);
  if (unaware) throw new Error(`${unaware} of ${WORKERS} workers never noticed that Redis did not answer: nothing was measured.`);

  const phases = [
    { name: 'before', from: began, to: frozenAt },
    { name: 'its first second', from: frozenAt, to: frozenAt + BREAKER_MS },
    { name: 'frozen', from: frozenAt + BREAKER_MS, to: thawedAt },
    { name: 'just back', from: thawedAt, to: thawedAt + MOST_RECOVERY_MS },
    { name: 'after', from: thawedAt + MOST_RECOVERY_MS, to: Infinity },
  ].map((phase) => ({ ...phase, reads: timesIn(reads.samples, phase), signOuts: timesIn(signOuts.samples, phase) }));
  printTable(
    ['Redis', 'reads', 'p50 ms', 'p99 ms', 'longest ms', 'sign-outs', 'p50 ms', 'p99 ms'],
    phases.map((phase) => [phase.name, ...figures(phase.reads, [50, 99, 100]), ...figures(phase.signOuts, [50, 99])]),
  );

  const all = [...reads.samples, ...signOuts.samples];
  const odd = signOuts.samples.reduce((sum, sample) => sum + sample.odd, 0);
  const failed = all.filter(({ status }) => status !== 200).length + odd;
  const accepted = signOuts.samples.reduce((sum, sample) => sum + sample.accepted, 0);
  const worst = worstP99(phases, 'frozen');
  const before = worstP99(phases, 'before');
  const again = worstP99(phases, 'after');
  return [
    claim('nobody who has signed out is let in', `${accepted} accepted after ${signOuts.samples.length} sign-outs`, accepted === 0, { exact: true }),
    claim('no request fails', `${failed} of ${all.length} not answered as they should be`, failed === 0, { exact: true }),
    claim(`while Redis does not answer, p99 is at most ${MOST_P99_MS} ms`, `${worst.toFixed(1)} ms, and ${before.toFixed(1)} ms before`, worst <= MOST_P99_MS),
    claim(
      `all is as before within ${MOST_RECOVERY_MS / 1_000} s of its return`,
      `every worker had its Redis again after ${recoveryMs.toFixed(0)} ms, p99 then ${again.toFixed(1)} ms`,
      recoveryMs <= MOST_RECOVERY_MS && again <= Math.max(MOST_P99_MS, before),
    ),
  ];
}

/** Sessions of one person each, ready to be ended. */
async function openSessions(workers, url, count) {
  const tokens = [];
  for (const name of await addPeople(url, 'person', count)) tokens.push((await signIn(workers[tokens.length % WORKERS].base, name)).session_token);
  return tokens;
}

/** One person, known to every worker, signs out at one of them and comes back to all with the old token. Undefined: nobody is left. */
async function leave(http, workers, leaving) {
  const token = leaving.pop();
  if (!token) return undefined;
  const headers = { 'X-Session-Token': token };
  const everywhere = () => Promise.all(workers.map(({ url }) => http.request(url, { headers })));
  await everywhere();
  const { signOutUrl } = workers[leaving.length % WORKERS];
  const { status, ms } = await http.request(signOutUrl, { method: 'POST', headers });
  const answers = await everywhere();
  const having = (wanted) => answers.filter((answer) => wanted(answer.status)).length;
  // Whoever was told that it failed may still be signed in.
  return status === 200 ? { status, ms, accepted: having((code) => code === 200), odd: having((code) => code !== 200 && code !== 401) } : { status, ms, accepted: 0, odd: 0 };
}

const availability = (workers) => Promise.all(workers.map((worker) => worker.ask('storeAvailable')));

/** @returns milliseconds from `since` until every worker can use its Redis */
async function untilAvailable(workers, since) {
  while (!(await availability(workers)).every(Boolean)) {
    if (performance.now() - since > PATIENCE_MS) return Infinity;
    await sleep(POLL_MS);
  }
  return performance.now() - since;
}

/** Of the reads or of the sign-outs in that phase, whichever took longer. */
function worstP99(phases, name) {
  const { reads, signOuts } = phases.find((phase) => phase.name === name);
  return Math.max(percentile(reads, 99), percentile(signOuts, 99));
}

const timesIn = (samples, { from, to }) => samples.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms);

const figures = (times, percents) => [String(times.length), ...percents.map((percent) => percentile(times, percent).toFixed(1))];

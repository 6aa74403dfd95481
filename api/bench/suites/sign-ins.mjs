import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClient } from '../lib/http.mjs';
import { ADMIN, addPeople } from '../lib/people.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { claim, median, percentile, printTable } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const USUAL_ROUNDS = '12';
const PER_SECOND = 50;
const SECONDS = 20;
const WINDOW_SECONDS = 5;
const POLL_PAUSE_MS = 10;
const MOST_RATIO = 1.5;
const PEOPLE = 200;

/** Fifty people a second sign in, as far as one worker hashes, while a load balancer asks whether it is well; in windows with and without them, by turns. */
export async function run(scope) {
  const postgres = await scope.keep(startPostgres());
  const url = await postgres.createDatabase('sign_ins');
  const target = await scope.keep(startTarget('servers/tessera.mjs', { settings: { DATABASE_URL: url, BCRYPT_SALT_ROUNDS: USUAL_ROUNDS, LOCKOUT_MAX_FAILURES: '1000000' } }));
  const people = await addPeople(url, 'person', PEOPLE);
  const http = createHttpClient();
  const poller = createHttpClient();
  await scope.keep({ stop: async () => (http.close(), poller.close()) });
  const healthUrl = `${target.base}/health`;
  await poll(poller, healthUrl, 1);

  const windows = SECONDS / WINDOW_SECONDS;
  console.log(`${PER_SECOND} sign-ins a second for ${SECONDS} s, passwords at cost ${USUAL_ROUNDS}, one worker; GET /health every ${POLL_PAUSE_MS} ms. ${windows} windows of ${WINDOW_SECONDS} s, each after one without sign-ins.\n`);
  const rows = [];
  const answers = [];
  for (let window = 0; window < windows; window += 1) {
    const idle = await poll(poller, healthUrl, WINDOW_SECONDS);
    const load = startSignIns({ http, target, people });
    const busy = await poll(poller, healthUrl, WINDOW_SECONDS);
    answers.push(...(await load.stop()));
    rows.push({ idle: percentile(idle, 99), busy: percentile(busy, 99) });
  }
  const ratio = median(rows.map(({ idle, busy }) => busy / idle));
  printTable(
    ['GET /health', 'idle p99 ms', 'with sign-ins p99 ms', 'ratio'],
    rows.map(({ idle, busy }, index) => [`window ${index + 1}`, idle.toFixed(2), busy.toFixed(2), (busy / idle).toFixed(2)]),
  );
  const count = (wanted) => answers.filter(({ status }) => status === wanted).length;
  const full = answers.filter(({ status }) => status === 503);
  const honest = full.filter(({ headers }) => /^\d+$/.test(headers['retry-after'] ?? '')).length;
  const others = answers.length - count(200) - full.length;
  console.log(`\n${answers.length} sign-ins: ${count(200)} answered with 200 (p50 ${percentile(answers.filter(({ status }) => status === 200).map(({ ms }) => ms), 50).toFixed(0)} ms), ${full.length} with 503 (p99 ${percentile(full.map(({ ms }) => ms), 99).toFixed(1)} ms).`);

  return [
    claim('every sign-in is answered with 200, or with 503 and Retry-After', `${others} with something else, ${full.length - honest} of ${full.length} without Retry-After`, others === 0 && honest === full.length, { exact: true }),
    claim(`p99 of GET /health during sign-ins is at most ${MOST_RATIO} times that of an idle server`, `${ratio.toFixed(2)} × (median of ${windows} windows)`, ratio <= MOST_RATIO),
  ];
}

/** @returns the milliseconds of each answer */
async function poll(http, url, seconds) {
  const times = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    const { status, ms } = await http.request(url);
    if (status !== 200) throw new Error(`GET /health answered with ${status}.`);
    times.push(ms);
    await sleep(POLL_PAUSE_MS);
  }
  return times;
}

/** At the moments they are due, whether or not those before them are answered. */
function startSignIns({ http, target, people }) {
  const pending = [];
  let next = 0;
  const timer = setInterval(() => {
    const username = people[next % people.length];
    next += 1;
    pending.push(http.request(`${target.base}/auth/login-with-password`, { method: 'POST', json: { username, password: ADMIN.password } }));
  }, 1_000 / PER_SECOND);
  return {
    async stop() {
      clearInterval(timer);
      return Promise.all(pending);
    },
  };
}

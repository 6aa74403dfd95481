import { randomInt } from 'node:crypto';
import { register } from 'node:module';
import { auc, aucError } from '../lib/auc.mjs';
import { createHttpClient } from '../lib/http.mjs';
import { addPeople } from '../lib/people.mjs';
import { query, startPostgres } from '../lib/postgres.mjs';
import { claim, median, printTable } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

/** Whoever asks here must not learn whether the address has an account. */
const ROUTES = [
  { path: '/auth/login-with-password', body: (email) => ({ username: email, password: 'Wrong-horse-7' }) },
  { path: '/auth/send-one-time-password', body: (email) => ({ user_id: email, channel: 'email' }) },
  { path: '/auth/login-with-otp', body: (email) => ({ user_id: email, channel: 'email', otp: '000000' }) },
  { path: '/auth/forget-password', body: (email) => ({ user_id: email, channel: 'email', otp: '000000', password: 'Silent-horse-9', confirm_password: 'Silent-horse-9' }) },
];
/** The same where a code is tried for something else, and for an account that is suspended; their statements do not depend on the mail server. */
const MORE_ROUTES = [
  { path: '/auth/verify', body: (email) => ({ user_id: email, channel: 'email', otp: '000000' }) },
  { path: '/auth/verify-one-time-password', body: (email) => ({ user_id: email, channel: 'email', otp: '000000' }) },
  { path: '/auth/verify-email-and-phone', body: (email) => ({ user_id: email, channel: 'email', otp: '000000' }) },
  { path: '/auth/login-with-password', who: 'shuts', body: ROUTES[0].body },
  { path: '/auth/login-with-otp', who: 'shuts', body: ROUTES[2].body },
];
const KINDS = { known: 'an account', shuts: 'suspended' };
const MOST_AUC = 0.02;
const WARM_UP_PAIRS = 200;
const SLOW_MS = 5_000;
/** Low, so that hashing does not drown what it is to hide, and the run ends; a run at what people use comes after it. */
const LOW_ROUNDS = '4';
const USUAL_ROUNDS = '12';
const FEWER = 20;
const FAR_AWAY = '1000000000';
const UNLIMITED = { LOCKOUT_MAX_FAILURES: '1000000', OTP_SEND_COOLDOWN_SECONDS: '0', OTP_SEND_MAX_PER_HOUR: '1000', OTP_SEND_MAX_PER_HOUR_PER_IP: FAR_AWAY };

/** Pairs of requests for an address that has an account and for one that has none, by turns, while mail works, crawls and is down. */
export async function run(scope, { pairs }) {
  register(new URL('../../test/typescript-hooks.mjs', import.meta.url));
  const { startSmtp } = await import('../../test/doubles/smtp.ts');
  const postgres = await scope.keep(startPostgres());
  const http = createHttpClient();
  await scope.keep({ stop: async () => http.close() });
  const modes = [
    { mail: 'up', start: () => startSmtp(), routes: [...ROUTES, ...MORE_ROUTES] },
    { mail: 'slow (5 s)', start: () => startSmtp({ delayMs: SLOW_MS }) },
    { mail: 'down', start: () => startSmtp().then(async (smtp) => (await smtp.close(), { port: smtp.port, close: async () => undefined })) },
  ];

  console.log(`${pairs} pairs each, one request at a time, in an order that chance decides; passwords at cost ${LOW_ROUNDS}. AUC: how well the times tell known from unknown (0.5: not at all; chance alone moves it by ${aucError(pairs).toFixed(3)}).`);
  console.log(`What is more than ${MOST_AUC} away is measured once more, and both together count.\n`);
  const rows = [];
  for (const [number, { mail, start, routes }] of modes.entries()) {
    const smtp = await start();
    await scope.keep({ stop: () => smtp.close() });
    rows.push(...(await measureMode({ scope, http, mail, port: smtp.port, url: await postgres.createDatabase(`mode${number}`), pairs, rounds: LOW_ROUNDS, routes })));
  }
  print(rows);

  const few = Math.ceil(pairs / FEWER);
  console.log(`\nPasswords at cost ${USUAL_ROUNDS}, ${few} pairs (chance moves it by ${aucError(few).toFixed(3)}):\n`);
  const usual = await measureMode({ scope, http, mail: 'down', port: 9, url: await postgres.createDatabase('usual'), pairs: few, rounds: USUAL_ROUNDS, routes: ROUTES.slice(0, 1), once: true });
  print(usual);

  const all = [...rows, ...usual];
  const unequal = all.reduce((sum, row) => sum + row.unequal, 0);
  const worst = rows.reduce((found, row) => (distance(row) > distance(found) ? row : found));
  return [
    claim('known and unknown addresses get the same status, headers and body', `${unequal} of ${all.reduce((sum, row) => sum + row.known.length, 0)} pairs differ`, unequal === 0, { exact: true }),
    claim(`times do not tell known addresses from unknown ones: AUC at most ${0.5 + MOST_AUC}`, `at worst ${worst.value.toFixed(3)} (${worst.path}, mail ${worst.mail})`, distance(worst) <= MOST_AUC),
  ];
}

const distance = ({ value }) => Math.abs(value - 0.5);

async function measureMode({ scope, http, mail, port, url, pairs, rounds, routes = ROUTES, once = false }) {
  const settings = { DATABASE_URL: url, EMAIL_HOST: '127.0.0.1', EMAIL_PORT: String(port), EMAIL_USE_TLS: 'false', BCRYPT_SALT_ROUNDS: rounds, ...UNLIMITED };
  const target = await scope.keep(startTarget('servers/tessera.mjs', { settings }));
  const people = { known: await addPeople(url, 'known', pairs), shuts: await addPeople(url, 'shuts', pairs) };
  await query(url, `UPDATE "user" SET status = 'SUSPENDED', is_active = false WHERE user_name LIKE 'shuts%'`);
  try {
    const rows = [];
    for (const route of routes) {
      const { path, who = 'known' } = route;
      await measure(http, target, route, people[who].slice(0, once ? FEWER : WARM_UP_PAIRS));
      const found = await measure(http, target, route, people[who]);
      const row = { mail, path, who, ...found, value: auc(found.known, found.unknown) };
      if (!once && distance(row) > MOST_AUC) again(row, await measure(http, target, route, people[who]));
      rows.push(row);
    }
    return rows;
  } finally {
    await target.stop();
  }
}

function again(row, more) {
  row.known.push(...more.known);
  row.unknown.push(...more.unknown);
  row.unequal += more.unequal;
  row.value = auc(row.known, row.unknown);
}

/** One pair after the other. Names of both kinds are of one length and were never asked for by anybody else. */
async function measure(http, target, route, people) {
  const found = { known: [], unknown: [], unequal: 0 };
  for (const name of people) {
    const first = await askPair(http, target, route, name);
    for (const kind of ['known', 'unknown']) found[kind].push(first[kind].ms);
    // A mail server that is found to be down between two requests is no difference between addresses: that one would be there again.
    if (isUnequal(first) && isUnequal(await askPair(http, target, route, name))) found.unequal += 1;
  }
  return found;
}

async function askPair(http, { base }, { path, body }, name) {
  const answers = {};
  for (const kind of randomInt(2) ? ['known', 'unknown'] : ['unknown', 'known']) {
    const email = `${kind === 'known' ? name : name.replace(/^[a-z]+/, 'other')}@example.com`;
    answers[kind] = await http.request(`${base}${path}`, { method: 'POST', json: body(email) });
  }
  return answers;
}

const isUnequal = ({ known, unknown }) => looks(known) !== looks(unknown);

/** Their values are of this request or moment: an id, a time, what counts down. */
const OF_THE_MOMENT = /^(date|x-request-id|ratelimit.*|x-ratelimit.*|retry-after)$/;

/** What is the same for every address: all but the address itself, where it is said back, and what is of the moment. */
function looks({ status, headers, body }) {
  const shown = Object.entries(headers).map(([name, value]) => (OF_THE_MOMENT.test(name) ? [name] : [name, value]));
  const said = body.replaceAll(headers['x-request-id'], '').replace(/"timestamp":"[^"]*"/, '').replaceAll(/"[a-z]{5}(?=\d+@example\.com")/g, '"');
  return JSON.stringify([status, shown.sort(), body.length, said]);
}

function print(rows) {
  printTable(
    ['route', 'is', 'mail', 'AUC', 'known ms (p50)', 'unknown ms (p50)', 'pairs'],
    rows.map(({ path, who, mail, value, known, unknown }) => [path, KINDS[who], mail, value.toFixed(3), median(known).toFixed(3), median(unknown).toFixed(3), String(known.length)]),
  );
}

#!/usr/bin/env node
// What the product claims about sessions, measured beside its peers. Usage: npm run bench -- --help
import { parseArgs } from 'node:util';
import { main } from '../scripts/lib/refusal.mjs';
import { printClaims } from './lib/report.mjs';
import { createScope } from './lib/scope.mjs';

const SUITES = {
  profile: 'GET /settings/profile beside node:http and bare Express, and what it asks of PostgreSQL and Redis',
  peers: 'the same job as done with express-session, passport-jwt and better-auth',
  refresh: 'POST /auth/refresh-token as one statement and as a Prisma transaction',
  revoked: 'a million revoked sessions: start, memory, cost of a check',
  'frozen-redis': 'two workers whose Redis stops answering',
  enumeration: 'whether times tell which addresses have accounts, with mail up, slow and down',
  users: 'the list of users among a thousand and a million: searches, filters, sorts, deep pages',
  'permission-check': 'a permission check of a user with a thousand permissions',
  'sign-ins': 'GET /health while fifty people a second sign in',
};
const DEFAULT_SUITES = ['profile', 'peers', 'refresh'];
const USAGE = `npm run bench [-- <name>… | all] [options]

${Object.entries(SUITES).map(([name, what]) => `  ${name.padEnd(17)} ${what}`).join('\n')}
  Without a name: ${DEFAULT_SUITES.join(', ')}.

  --seconds N         length of one measurement (5)
  --rounds N          measurements of each, interleaved (3)
  --connections N     clients at once (64; 16 for refresh and permission-check)
  --sessions N        revoked sessions (1000000)
  --frozen-seconds N  how long Redis does not answer (30)
  --users N           users in the larger list (1000000)
  --pairs N           pairs of requests for each route (2000)
  --strict            exit with 1 when any claim is not met`;

const options = parsed();
const stopping = { scope: undefined, work: undefined };
// A terminal's Ctrl-C comes twice: from the terminal, and passed on by the npm script.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void (stopping.work ??= interrupted()));

await main(async () => {
  for (const name of options.names) await measure(name);
});

async function measure(name) {
  console.log(`\n${name}: ${SUITES[name]}\n`);
  const scope = (stopping.scope = createScope());
  try {
    const { run } = await import(`./suites/${name}.mjs`);
    const claims = await run(scope, options);
    console.log('');
    printClaims(claims);
    if (claims.some(({ met, exact }) => !met && (exact || options.strict))) process.exitCode = 1;
  } catch (error) {
    // What was interrupted fails in one way or another.
    if (stopping.work) await stopping.work;
    throw error;
  } finally {
    await scope.close();
  }
}

async function interrupted() {
  console.error('\nStopping what was started …');
  await stopping.scope?.close();
  process.exit(130);
}

function parsed() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string' },
      sessions: { type: 'string', default: '1000000' },
      'frozen-seconds': { type: 'string', default: '30' },
      pairs: { type: 'string', default: '2000' },
      users: { type: 'string', default: '1000000' },
      strict: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = positionals.includes('all') ? Object.keys(SUITES) : positionals.length ? positionals : DEFAULT_SUITES;
  const numbers = ['seconds', 'rounds', 'connections', 'sessions', 'frozen-seconds', 'pairs', 'users'];
  const wrong = [...names.filter((name) => !Object.hasOwn(SUITES, name)), ...numbers.filter((name) => values[name] !== undefined && !(Number(values[name]) > 0)).map((name) => `--${name} ${values[name]}`)];
  if (values.help || wrong.length) {
    if (wrong.length) console.error(`Not understood: ${wrong.join(', ')}\n`);
    console.log(USAGE);
    process.exit(wrong.length ? 1 : 0);
  }
  return {
    names,
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    connections: values.connections && Number(values.connections),
    sessions: Number(values.sessions),
    frozenSeconds: Number(values['frozen-seconds']),
    pairs: Number(values.pairs),
    users: Number(values.users),
    strict: values.strict,
  };
}

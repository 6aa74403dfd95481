import { compare, printComparison, rowOf } from '../lib/compare.mjs';
import { ensurePeers } from '../lib/peers.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { startRedis } from '../lib/redis.mjs';
import { claim } from '../lib/report.mjs';
import { startTarget } from '../lib/target.mjs';

const BASE = 'bare Express 5';
const OURS = 'Tessera';

/** One job, done by each as its documentation shows: answer a signed-in user's profile as JSON. */
export async function run(scope, { seconds, rounds, connections = 64 }) {
  await ensurePeers();
  const postgres = await scope.keep(startPostgres());
  const redis = await scope.keep(startRedis());
  const targets = [];
  const start = async (name, file, settings) => targets.push({ name, target: await scope.keep(startTarget(file, { settings })) });
  await start(BASE, 'servers/bare-express.mjs');
  await start(OURS, 'servers/tessera.mjs');
  await start('express-session, connect-redis', 'peers/express-session.mjs', { redisUrl: redis.url });
  await start('passport-jwt', 'peers/passport-jwt.mjs');
  await start('passport-jwt, KeyObject', 'peers/passport-jwt.mjs', { keyObject: true });
  await start('better-auth, cookie cache', 'peers/better-auth.mjs', { databaseUrl: await postgres.createDatabase('cached'), cookieCache: true });
  await start('better-auth', 'peers/better-auth.mjs', { databaseUrl: await postgres.createDatabase('uncached'), cookieCache: false });

  console.log(`${rounds} rounds of ${seconds} s each, interleaved, ${connections} connections. Medians. The CPU is that of the server's own process; what Redis and PostgreSQL spend comes on top.\n`);
  const rows = await compare(targets, { connections, seconds, rounds });
  printComparison(rows, BASE);

  console.log('\nAfter signing out, the same credential is:');
  const obeyed = new Map();
  for (const { name, target } of targets) if (name !== BASE) obeyed.set(name, await tryAfterSignOut(target));
  for (const [name, { words }] of obeyed) console.log(`  ${name}: ${words}`);

  const ours = rowOf(rows, OURS);
  const [fastest] = rows.filter(({ name }) => name !== BASE && name !== OURS).sort((one, other) => other.requestsPerSecond - one.requestsPerSecond);
  const ratio = ours.requestsPerSecond / fastest.requestsPerSecond;
  return [
    claim('every request is answered with 200', `${rows.reduce((sum, { failed }) => sum + failed, 0)} were not`, rows.every(({ failed }) => failed === 0), { exact: true }),
    claim('faster than each of the usual choices', `${ratio.toFixed(2)} × the fastest of them, ${fastest.name}`, ratio > 1),
    claim('a session that was ended is refused at the next request', obeyed.get(OURS).words, obeyed.get(OURS).refused, { exact: true }),
  ];
}

/** Signs out in the server's own way and uses the old credential once more. */
async function tryAfterSignOut({ url, signOutUrl, headers }) {
  if (!signOutUrl) return { refused: false, words: 'good until it expires: it cannot be revoked' };
  const signOut = await fetch(signOutUrl, { method: 'POST', headers });
  if (!signOut.ok) throw new Error(`${signOutUrl} answered ${signOut.status}.`);
  const { status } = await fetch(url, { headers });
  return status === 401 ? { refused: true, words: 'refused' } : { refused: false, words: `still answered with ${status}` };
}

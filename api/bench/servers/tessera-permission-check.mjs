// The whole stack, which times what it does to let a request through: in the process itself, where a socket would drown it.
import { setImmediate as turn } from 'node:timers/promises';
import { createGuard } from '../../dist/http/guard.js';
import { percentile } from '../lib/report.mjs';
import { settings } from '../lib/target.mjs';
import { serveTessera } from '../lib/tessera.mjs';

const CALLS = 200_000;
const WARM_UP = 20_000;
/** Calls between which the process does what else it has to, or it would lose its lease and have to ask. */
const AT_ONCE = 500;
const MOST_TRIES = 5;

await serveTessera((context, lapses) => ({
  async permissionChecks() {
    const { BENCH_TOKEN: token } = settings();
    const { authenticate } = context.services;
    // The first use of a session on a worker reads it.
    const principal = await authenticate(token, undefined);
    const held = [...principal.permissions];
    const guards = held.map((permission) => createGuard({ permission }));
    const missing = createGuard({ permission: 'nobody_has_this' });
    const request = (who) => ({ context: { principal: who, credentialError: undefined } });
    const known = request(principal);
    const kinds = {
      'the permission alone': (call) => guards[call % guards.length](known),
      'a permission that is missing': () => refused(() => missing(known)),
      'token, session and permission': (call) => {
        const who = authenticate(token, undefined);
        // It asks the record: not what is measured, and seen by the lapses.
        if (who instanceof Promise) return void who.catch(() => undefined);
        guards[call % guards.length](request(who));
      },
    };
    const times = {};
    let commands;
    for (let tries = 0, isUndisturbed = false; tries < MOST_TRIES && !isUndisturbed; tries += 1) {
      const before = { lapses: lapses(), commands: sent(context) };
      for (const [name, check] of Object.entries(kinds)) times[name] = await measure(check);
      commands = sent(context) - before.commands;
      // Without a lease it has to ask, which says nothing about a check.
      isUndisturbed = lapses() === before.lapses;
    }
    return { permissions: held.length, commands, calls: (CALLS + WARM_UP) * Object.keys(kinds).length, times };
  },
}));

const sent = ({ db, store }) => db.commands() + store.commands();

/** @returns microseconds of single calls */
async function measure(check) {
  const times = new Float64Array(CALLS);
  for (let call = -WARM_UP; call < CALLS; call += 1) {
    if (call % AT_ONCE === 0) await turn();
    const began = process.hrtime.bigint();
    check(call + WARM_UP);
    if (call >= 0) times[call] = Number(process.hrtime.bigint() - began) / 1_000;
  }
  return { p50: percentile(times, 50), p99: percentile(times, 99), p999: percentile(times, 99.9) };
}

function refused(check) {
  try {
    check();
  } catch {
    return;
  }
  throw new Error('A permission that nobody has was let pass.');
}

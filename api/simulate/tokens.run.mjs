import { createWire, tryInside } from './tokens.doors.mjs';
import { createForge } from './tokens.forge.mjs';
import { MUTATIONS } from './tokens.mutations.mjs';
import { createRandom } from './tokens.random.mjs';

const WIRE_BATCH = 64;
/** Of a failure the first few say all. */
const SHOWN_FINDINGS = 20;

/**
 * Mutates live tokens and tries each mutation at the doors of its server.
 * @typedef {{ name: string, url: string, prefix: string, live: import('./tokens.mutations.mjs').Live[], jwks: import('node:crypto').JsonWebKey[],
 *   authenticate(token: string, origin: string | undefined): unknown, refresh(token: string): Promise<unknown> }} Target a server and tokens it has issued
 * @param {{ targets: Target[], mutations: number, overWire: number, seed: number }} options `overWire` of the mutations go over HTTP, the others to the functions themselves
 * @returns {Promise<{ rows: { kind: string, inside: number, wire: number, accepted: number, failed: number }[], findings: string[] }>}
 */
export async function runTokens({ targets, mutations, overWire, seed }) {
  const random = createRandom(seed);
  const all = new Set(targets.flatMap(({ live }) => live.map(({ token }) => token)));
  const isLive = (token) => all.has(token);
  const kinds = Object.keys(MUTATIONS);
  const rows = new Map(kinds.map((kind) => [kind, { kind, inside: 0, wire: 0, accepted: 0, failed: 0 }]));
  const findings = [];
  const worlds = targets.map((target) => ({
    target,
    wire: createWire(target, isLive),
    world: { live: target.live, foreign: targets.flatMap((other) => (other === target && targets.length > 1 ? [] : other.live)), forge: createForge(target.jwks) },
  }));

  function draw() {
    for (;;) {
      const kind = random.pick(kinds);
      const place = random.pick(worlds);
      const { token: from, type } = random.pick(place.target.live);
      const token = MUTATIONS[kind](random, from, place.world);
      // The same bytes are no mutation.
      if (!isLive(token)) return { kind, place, token, type };
    }
  }

  function note({ kind, place, token }, outcome, door) {
    const row = rows.get(kind);
    row[door] += 1;
    if (outcome === 'refused') return;
    row[outcome.startsWith('accepted') ? 'accepted' : 'failed'] += 1;
    if (findings.length < SHOWN_FINDINGS) findings.push(`${place.target.name}, ${kind}, ${door}: ${outcome}: ${JSON.stringify(token.slice(0, 3_000))}`);
  }

  try {
    for (const { target, wire } of worlds) await expectLive(target, wire);
    for (let count = 0; count < mutations - overWire; count += 1) {
      const mutation = draw();
      const outcome = tryInside(mutation.place.target, mutation.token, mutation.type);
      note(mutation, outcome instanceof Promise ? await outcome : outcome, 'inside');
      // Timers and sockets have their turn: a lease or a pool that waits for ever would prove nothing.
      if (count % 5_000 === 0) await new Promise(setImmediate);
    }
    for (let count = 0; count < overWire; count += WIRE_BATCH) {
      const batch = Array.from({ length: Math.min(WIRE_BATCH, overWire - count) }, draw);
      await Promise.all(batch.map(async (mutation) => note(mutation, await mutation.place.wire.try(mutation.token, mutation.type, random), 'wire')));
    }
    // If the true ones were refused too, all of the above would say nothing.
    for (const { target, wire } of worlds) await expectLive(target, wire);
    for (const { target, wire } of worlds) for (const { token } of target.live.filter(({ type }) => type === 'refresh')) expectStatus(await wire.refresh(token), target);
  } finally {
    for (const { wire } of worlds) wire.close();
  }
  return { rows: [...rows.values()], findings };
}

async function expectLive(target, wire) {
  for (const { token, type } of target.live) if (type !== 'refresh') expectStatus(await wire.profile(token), target);
}

function expectStatus(status, { name }) {
  if (status !== 200) throw new Error(`${name}: a live token was answered with ${status}`);
}

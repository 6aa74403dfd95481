#!/usr/bin/env node
// Mutates live tokens a million times and tries each; none may open anything, and none may be answered with a 5xx.
// Usage: npm run simulate:tokens [-- --seed N --mutations 1000000 --http 20000]
import { parseArgs } from 'node:util';
import { requireNode } from '../scripts/lib/node-version.mjs';
import { main, Refusal } from '../scripts/lib/refusal.mjs';

requireNode();
process.exitCode = await main(run);

async function run() {
  const { values } = parseArgs({ options: { seed: { type: 'string' }, mutations: { type: 'string', default: '1000000' }, http: { type: 'string' } } });
  const seed = wholeNumber('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 32)), 0);
  const mutations = wholeNumber('mutations', values.mutations, 1);
  const overWire = Math.min(mutations, wholeNumber('http', values.http ?? '20000', 1));
  const { ensureReady } = await import('../scripts/lib/ready.mjs');
  await ensureReady();
  const { startTarget } = await import('./tokens.target.mjs');
  const { runTokens } = await import('./tokens.run.mjs');

  console.log(`Seed ${seed}: ${mutations} mutations, ${overWire} of them over HTTP. Keys and tokens are new each time; the seed gives the same choices.\n`);

  const started = performance.now();
  const targets = [];
  try {
    for (const algorithm of ['HS256', 'RS256', 'ES256']) targets.push(await startTarget(algorithm));
    const { rows, findings } = await runTokens({ targets, mutations, overWire, seed });
    const total = (name) => rows.reduce((sum, row) => sum + row[name], 0);
    console.table(Object.fromEntries([...rows.map(({ kind, ...counts }) => [kind, counts]), ['total', { inside: total('inside'), wire: total('wire'), accepted: total('accepted'), failed: total('failed') }]]));
    console.log(`${total('accepted')} accepted, ${total('failed')} failed, in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
    for (const finding of findings) console.log(finding);
    return findings.length > 0 ? 1 : 0;
  } finally {
    for (const target of targets) await target.stop();
  }
}

/** What is no number would try nothing, and find nothing wrong. */
function wholeNumber(name, text, least) {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) throw new Refusal(`--${name} ${text}: write a whole number from ${least} on.`);
  return number;
}

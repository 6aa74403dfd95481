#!/usr/bin/env node
// `npm run bench -- …`: builds what is to be measured, then measures it.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
process.exitCode = await main(run);

async function run() {
  const { join } = await import('node:path');
  const { runNode } = await import('./lib/child.mjs');
  const { API } = await import('./lib/paths.mjs');
  const { ensureReady } = await import('./lib/ready.mjs');
  await ensureReady();
  return runNode([join(API, 'bench/run.mjs'), ...process.argv.slice(2)]);
}

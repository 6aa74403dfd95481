#!/usr/bin/env node
// `npm test -- …`: sets up what the tests need, then runs jest with the arguments given.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
process.exitCode = await main(run);

async function run() {
  const { mkdirSync } = await import('node:fs');
  const { dirname, join, resolve } = await import('node:path');
  const { runNode } = await import('./lib/child.mjs');
  const { API, MODULES } = await import('./lib/paths.mjs');
  const { ensureReady } = await import('./lib/ready.mjs');
  const { ensureTools, toolPath } = await import('./lib/system-tools.mjs');
  await ensureTools();
  // Some tests start the server as a process of its own, and that is the built one.
  await ensureReady();
  const results = resolve(process.env.JEST_JSON || join(API, 'coverage/jest.json'));
  mkdirSync(dirname(results), { recursive: true });
  const jest = [join(MODULES, 'jest/bin/jest.js'), '--json', `--outputFile=${results}`, ...process.argv.slice(2)];
  return runNode(['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', ...jest], { env: { ...process.env, PATH: toolPath() } });
}

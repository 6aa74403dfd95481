#!/usr/bin/env node
// `npm run simulate:sessions -- …` and its kin: builds the server, then runs one simulation against it.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
process.exitCode = await main(run);

async function run() {
  const { join } = await import('node:path');
  const { pathToFileURL } = await import('node:url');
  const { runNode } = await import('./lib/child.mjs');
  const { API } = await import('./lib/paths.mjs');
  const { ensureReady } = await import('./lib/ready.mjs');
  const { ensureTools, toolPath } = await import('./lib/system-tools.mjs');
  const [name, ...options] = process.argv.slice(2);
  await ensureTools();
  await ensureReady();
  const hooks = `import { register } from 'node:module'; register(${JSON.stringify(pathToFileURL(join(API, 'test/typescript-hooks.mjs')).href)});`;
  return runNode(['--import', `data:text/javascript,${encodeURIComponent(hooks)}`, join(API, `simulate/${name}.ts`), ...options], { env: { ...process.env, PATH: toolPath() } });
}

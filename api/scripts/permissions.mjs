#!/usr/bin/env node
// `npm run permissions`: writes docs/permissions.md from the catalogue and the endpoints; with --check only says whether it is up to date.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main, Refusal } = await import('./lib/refusal.mjs');
await main(run);

async function run() {
  const { existsSync, mkdirSync, readFileSync, writeFileSync } = await import('node:fs');
  const { dirname, join } = await import('node:path');
  const { API } = await import('./lib/paths.mjs');
  const { ensureReady } = await import('./lib/ready.mjs');
  await ensureReady();
  const { permissionsText } = await import('../dist/permissions-file.js');
  const file = join(API, 'docs/permissions.md');
  const text = permissionsText();
  const current = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (current === text) return console.log('api/docs/permissions.md is up to date.');
  if (process.argv.includes('--check')) throw new Refusal('api/docs/permissions.md does not tell who may do what: run "npm run permissions" and commit the file.');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log('Wrote api/docs/permissions.md.');
}

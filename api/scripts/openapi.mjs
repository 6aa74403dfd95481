#!/usr/bin/env node
// `npm run openapi`: writes docs/openapi.json from the endpoints; with --check only says whether it is up to date.
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
  const { openApiText } = await import('../dist/openapi-file.js');
  const file = join(API, 'docs/openapi.json');
  const text = openApiText();
  const current = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (current === text) return console.log('api/docs/openapi.json is up to date.');
  if (process.argv.includes('--check')) throw new Refusal('api/docs/openapi.json does not tell what the endpoints are: run "npm run openapi" and commit the file.');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log('Wrote api/docs/openapi.json.');
}

#!/usr/bin/env node
// `npm run openapi`: writes docs/openapi.json from the endpoints; with --check only says whether it is up to date.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
await main(run);

async function run() {
  const { generateFile } = await import('./lib/generated-file.mjs');
  const make = async () => (await import('../dist/openapi-file.js')).openApiText();
  await generateFile('openapi.json', { make, tells: 'what the endpoints are', command: 'npm run openapi' });
}

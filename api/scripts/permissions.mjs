#!/usr/bin/env node
// `npm run permissions`: writes docs/permissions.md from the catalogue and the endpoints; with --check only says whether it is up to date.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
await main(run);

async function run() {
  const { generateFile } = await import('./lib/generated-file.mjs');
  const make = async () => (await import('../dist/permissions-file.js')).permissionsText();
  await generateFile('permissions.md', { make, tells: 'who may do what', command: 'npm run permissions' });
}

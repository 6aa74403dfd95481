#!/usr/bin/env node
// The Prisma CLI in the api folder, as set up here: `node scripts/prisma.mjs migrate dev --name …`.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main } = await import('./lib/refusal.mjs');
const args = process.argv.slice(2);
process.exitCode = await main(() => prisma(args));

async function prisma([group, name]) {
  const { ensureInstalled } = await import('./lib/install.mjs');
  const { ensureGenerated } = await import('./lib/generate.mjs');
  await ensureInstalled();
  // Generated here like everywhere, so that the next start knows that it need not.
  if (args.length === 1 && group === 'generate') return void (await ensureGenerated({ again: true }));
  const help = args.includes('--help') || args.includes('-h');
  const usesEngine = (group === 'db' || group === 'migrate') && name && !help;
  if (usesEngine) await (await import('./lib/prisma-cli.mjs')).ensureSchemaEngine(`${group} ${name}`);
  return (usesEngine || group === 'studio') && !help ? withAddress(run) : run({});
}

async function withAddress(work) {
  const { ensureReady } = await import('./lib/ready.mjs');
  const { withDatabase } = await import('./lib/database.mjs');
  await ensureReady();
  return withDatabase(({ url }) => work({ DATABASE_URL: url }));
}

async function run(variables) {
  const { runNode } = await import('./lib/child.mjs');
  const { PRISMA_CLI, prismaEnvironment } = await import('./lib/prisma-cli.mjs');
  return runNode([PRISMA_CLI, ...args], { env: { ...prismaEnvironment(), ...variables } });
}

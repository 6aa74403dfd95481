#!/usr/bin/env node
// `node scripts/database.mjs migrate [--retry] | seed | reset [--force]`: the database without the server.
import { requireNode } from './lib/node-version.mjs';

requireNode();
const { main, Refusal } = await import('./lib/refusal.mjs');
const [command, ...flags] = process.argv.slice(2);
const say = (sentence) => console.log(sentence);
await main(run);

async function run() {
  const work = { migrate, seed, reset }[command];
  if (!work) throw new Refusal('Use: node api/scripts/database.mjs migrate, seed, or reset [--force]');
  const { ensureRunnable } = await import('./lib/ready.mjs');
  const { withDatabase } = await import('./lib/database.mjs');
  await ensureRunnable();
  await withDatabase(work);
}

async function migrate({ url, config }) {
  const { applyMigrations } = await import('../dist/infra/migrator.js');
  const { MIGRATIONS_DIR } = await import('../dist/context.js');
  const { applied } = await applyMigrations({ url, ssl: config.database.ssl, migrationsDir: MIGRATIONS_DIR, retry: flags.includes('--retry'), onProgress: say });
  say(applied.length ? `Applied ${applied.length} migrations.` : 'No migration was outstanding.');
}

async function seed({ url, config }) {
  const { createFirstAdmin } = await import('../dist/modules/auth/first-admin.js');
  const { createLogger } = await import('../dist/infra/logger.js');
  const { createPasswords } = await import('../dist/modules/passwords/passwords.js');
  const { createPostgres } = await import('../dist/infra/postgres.js');
  const { createWorkerPool } = await import('../dist/infra/worker-pool.js');
  const { seed: seedDatabase } = await import('../dist/modules/seed/seed.js');
  const logger = createLogger({ level: 'warn', pretty: true });
  const db = createPostgres({ ...config.database, url, applicationName: 'tessera seed' }, logger);
  const pool = createWorkerPool();
  try {
    // Only an administrator who was named is made here; without one, the first start in development makes one and shows the password.
    const admin = createFirstAdmin({ passwords: createPasswords({ pool, rounds: config.bcryptRounds }), admin: config.admin, development: false });
    await seedDatabase(db, { admin, thorough: true, onProgress: say });
    say('The built-in permissions and groups are there.');
  } finally {
    await pool.close();
    await db.close();
    await logger.close();
  }
}

async function reset({ url, config }) {
  if (config.production) throw new Refusal('A production database is not reset: API_MODE is production.');
  const { host, pathname } = new URL(url);
  await confirm(`Everything in the database ${host}${pathname} will be lost.`);
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, ...(config.database.ssl && { ssl: config.database.ssl }) });
  await client.connect();
  try {
    await client.query('DROP SCHEMA IF EXISTS public, graphile_worker CASCADE; CREATE SCHEMA public');
  } finally {
    await client.end();
  }
  await migrate({ url, config });
  await seed({ url, config });
}

async function confirm(warning) {
  if (flags.includes('--force')) return;
  if (!process.stdin.isTTY) throw new Refusal(`${warning} Add --force (npm run migrate:reset -- --force) if that is meant.`);
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${warning} Go on? (yes/no) `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Refusal('Nothing was changed.');
}

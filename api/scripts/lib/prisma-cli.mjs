import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './child.mjs';
import { API, MODULES } from './paths.mjs';
import { step } from './progress.mjs';
import { Refusal } from './refusal.mjs';

/** The Prisma CLI, to be run by Node.js in the api folder. */
export const PRISMA_CLI = join(MODULES, 'prisma/build/index.js');

/** @returns whether Prisma's native schema engine, which npm does not carry, was fetched here */
export const hasSchemaEngine = () =>
  Boolean(process.env.PRISMA_SCHEMA_ENGINE_BINARY) || readdirSync(join(MODULES, '@prisma/engines')).some((name) => name.startsWith('schema-engine-'));

/** @returns the environment for the Prisma CLI: quiet, and content where the engine is missing but not called */
export function prismaEnvironment() {
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' };
  // generate, validate and format insist that the engine exists and never run it: any program will do.
  if (!hasSchemaEngine()) env.PRISMA_SCHEMA_ENGINE_BINARY = process.execPath;
  return env;
}

/**
 * Fetches the native schema engine where it is missing, as Prisma's own install script does.
 * @throws Refusal when Prisma's servers cannot be reached
 */
export async function ensureSchemaEngine(command) {
  if (hasSchemaEngine()) return;
  const script = join(MODULES, '@prisma/engines/scripts/postinstall.js');
  await step("Fetching Prisma's schema engine", () => runQuietly(process.execPath, [script], { cwd: API }));
  if (hasSchemaEngine()) return;
  throw new Refusal(
    `Prisma could not fetch its schema engine, a program that "prisma ${command}" needs and npm does not carry: run this again, or "node node_modules/@prisma/engines/scripts/postinstall.js", where Prisma's servers can be reached, or set PRISMA_SCHEMA_ENGINE_BINARY to an engine you have. (Starting the server and "npm run migrate:deploy" work without it.)`,
  );
}

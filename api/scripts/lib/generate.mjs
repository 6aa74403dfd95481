import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from './child.mjs';
import { installKey } from './install.mjs';
import { withLock } from './lock.mjs';
import { API, GENERATED } from './paths.mjs';
import { PRISMA_CLI, prismaEnvironment } from './prisma-cli.mjs';
import { step } from './progress.mjs';
import { Refusal } from './refusal.mjs';
import { digest, digestFiles, filesBelow, readStamp, removeStamp, writeStamp } from './stamp.mjs';

const STAMP = join(GENERATED, '.generated.json');
const CLIENT = join(GENERATED, 'prisma');

/** What the generated client follows from: the schema, Prisma's settings and its version. */
export function generateKey() {
  const schema = filesBelow(join(API, 'prisma'), (path) => path.endsWith('migrations')).filter((path) => path.endsWith('.prisma'));
  return digest(digestFiles([...schema, join(API, 'prisma.config.ts')]), installKey().packages);
}

/**
 * Makes sure that src/generated holds the Prisma client of the schema as it is now.
 * @param again generate even when nothing changed
 * @throws Refusal when Prisma turns the schema down
 */
export async function ensureGenerated({ again = false } = {}) {
  if (!again && isFresh()) return;
  await withLock(async () => {
    if (!again && isFresh()) return;
    await step('Generating the database client', generate);
  });
}

const isFresh = () => readStamp(STAMP)?.key === generateKey() && existsSync(join(CLIENT, 'client.ts'));

async function generate() {
  const key = generateKey();
  removeStamp(STAMP);
  // Prisma does not touch a folder it takes for somebody else's, and a half-written client looks like one.
  rmSync(CLIENT, { recursive: true, force: true });
  const { code, output } = await runQuietly(process.execPath, [PRISMA_CLI, 'generate'], { cwd: API, env: prismaEnvironment() });
  if (code !== 0) throw new Refusal(`${output.trimEnd()}\n\nPrisma could not generate the database client: its own words stand above.`);
  writeStamp(STAMP, { key });
}

import { ensureBuilt, isBuilt } from './build.mjs';
import { ensureGenerated } from './generate.mjs';
import { canRun, ensureInstalled } from './install.mjs';

/** Makes sure of everything development takes: packages installed, client generated, sources compiled; says what it does while it does it. */
export async function ensureReady() {
  await ensureInstalled();
  await ensureGenerated();
  await ensureBuilt();
}

/** Makes sure that dist can be run. A checkout that is built and holds no development packages is left as it is. */
export async function ensureRunnable() {
  if (!(isBuilt() && canRun())) await ensureReady();
}

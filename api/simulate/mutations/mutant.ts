import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './list.js';

const API = fileURLToPath(new URL('../..', import.meta.url));
/** Below node_modules, so that packages are found from there. */
const CACHE = join(API, '../node_modules/.cache');

export type Mutant = { entry: string; remove(): void };

/**
 * A copy of the built server with one guard gone.
 * @throws when the guard does not stand where the list says
 */
export function makeMutant({ name, file, find, put }: Mutation): Mutant {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, `tessera-${name}-`));
  const api = join(folder, 'api');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(api);
    cpSync(join(API, 'dist'), join(api, 'dist'), { recursive: true });
    for (const beside of ['prisma', 'node_modules', 'package.json']) symlinkSync(join(API, beside), join(api, beside));
    const path = join(api, 'dist', file);
    const parts = readFileSync(path, 'utf8').split(find);
    if (parts.length !== 2) throw new Error(`${name}: the guard stands ${parts.length - 1} times in dist/${file}: simulate/mutations/list.ts no longer fits.`);
    writeFileSync(path, parts.join(put));
  } catch (error) {
    remove();
    throw error;
  }
  return { entry: join(api, 'dist/server.js'), remove };
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from '../../scripts/lib/npm.mjs';
import { step } from '../../scripts/lib/progress.mjs';
import { Refusal } from '../../scripts/lib/refusal.mjs';

const FOLDER = fileURLToPath(new URL('../peers', import.meta.url));
const LOCKFILE = join(FOLDER, 'package-lock.json');
/** A copy of the lock file that was installed; written last, so that a broken install does not count. */
const STAMP = join(FOLDER, 'node_modules/.installed-lock.json');

/**
 * Installs what we compare with, if it is not there: packages of their own that the product does not have.
 * @throws Refusal with npm's words when they cannot be had
 */
export async function ensurePeers() {
  const wanted = readFileSync(LOCKFILE, 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  rmSync(STAMP, { force: true });
  const { code, output } = await step('Installing the packages to compare with into api/bench/peers (this happens once)', () => npm('ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'));
  if (code !== 0) throw new Refusal(`${output.trimEnd()}\n\nnpm could not install the packages of api/bench/peers: its own words stand above.`);
  writeFileSync(STAMP, wanted);
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULES, ROOT } from './paths.mjs';

export const LOCKFILE = join(ROOT, 'package-lock.json');
/** What npm says it put into node_modules: written when an install ends, so absent after one that was cut short. */
export const INSTALLED_LOCKFILE = join(MODULES, '.package-lock.json');

/** @returns whether node_modules holds, whole, what package-lock.json asks for on this platform */
export const modulesMatchLockfile = () => matches(mayBeAbsent);

/** @returns whether node_modules holds at least what a built server runs on, as `npm ci --omit=dev` leaves it */
export const modulesCanRun = () => matches(({ dev, optional, devOptional }) => dev || optional || devOptional);

function matches(isDispensable) {
  if (!existsSync(INSTALLED_LOCKFILE)) return false;
  const installed = packagesOf(INSTALLED_LOCKFILE);
  return Object.entries(packagesOf(LOCKFILE))
    .filter(([path]) => path.includes('node_modules/'))
    .every(([path, wanted]) => {
      const there = installed[path];
      if (!there) return isDispensable(wanted);
      return there.version === wanted.version && there.integrity === wanted.integrity && existsSync(join(ROOT, path, 'package.json'));
    });
}

const packagesOf = (file) => JSON.parse(readFileSync(file, 'utf8')).packages ?? {};

/** npm leaves out what is made for another platform, and what only such packages need. */
const mayBeAbsent = ({ optional, devOptional, os, cpu, libc }) =>
  (optional || devOptional) && !(suits(os, process.platform) && suits(cpu, process.arch) && (os ?? cpu) && !libc);

const suits = (list, value) => !list || list.includes(value) || (list.some((item) => item.startsWith('!')) && !list.includes(`!${value}`));

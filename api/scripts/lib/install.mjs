import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { INSTALLED_LOCKFILE, LOCKFILE, modulesCanRun, modulesMatchLockfile } from './lockfile.mjs';
import { npm } from './npm.mjs';
import { MODULES } from './paths.mjs';
import { step } from './progress.mjs';
import { Refusal } from './refusal.mjs';
import { digestFiles, readStamp, writeStamp } from './stamp.mjs';

const STAMP = join(MODULES, '.tessera-installed.json');

/** What is installed is right for these packages on this platform with this Node.js. */
export const installKey = () => ({ packages: digestFiles([LOCKFILE]), platform: `${process.platform}-${process.arch}-node${process.versions.node.split('.')[0]}` });

/**
 * Makes sure that node_modules holds what package-lock.json names, development packages included (the build needs them).
 * A folder that `npm ci` filled is taken as it is.
 * @throws Refusal when the packages cannot be had
 */
export async function ensureInstalled() {
  if (isStamped()) return;
  await withLock(async () => {
    if (isStamped() || adoptModules()) return;
    // Without npm's own list nobody can take a half-removed folder for a finished one.
    rmSync(INSTALLED_LOCKFILE, { force: true });
    const { code, output } = await step('Installing the packages (this happens once)', () =>
      // The packages come prebuilt, and the links of the embedded PostgreSQL are made when it starts: no install script has to run.
      npm('ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=10000'),
    );
    if (code !== 0) throw new Refusal(whyNot(code, output));
    stampModules();
  });
}

/** @returns whether a server that is built already would find its packages, if only those: an image or a machine that builds nothing has no others */
export const canRun = () => isStamped() || (isOfThisPlatform() && modulesCanRun());

const isStamped = () => {
  const stamp = readStamp(STAMP);
  const { packages, platform } = installKey();
  return stamp?.packages === packages && stamp.platform === platform && existsSync(INSTALLED_LOCKFILE) && stamp.installedAt === statSync(INSTALLED_LOCKFILE).mtimeMs;
};

/** Takes over a node_modules that npm filled without us, when it is whole and not another platform's. */
function adoptModules() {
  if (!isOfThisPlatform() || !modulesMatchLockfile()) return false;
  stampModules();
  return true;
}

const isOfThisPlatform = () => (readStamp(STAMP)?.platform ?? installKey().platform) === installKey().platform;

const stampModules = () => writeStamp(STAMP, { ...installKey(), installedAt: statSync(INSTALLED_LOCKFILE).mtimeMs });

function whyNot(code, output) {
  const said = output.split('\n').find((line) => /^npm (error|ERR!) (?!code|errno|syscall|A complete)/.test(line))?.replace(/^npm (error|ERR!) /, '');
  const because = (sentence) => `${sentence}${said ? `\n  npm says: ${said}` : ''}`;
  if (code === null) return 'npm was not found: install it (it comes with Node.js) and run the same command again.';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT/.test(output)) {
    return because('The packages could not be fetched: the npm registry cannot be reached. Check the network (or npm\'s proxy setting) and run the same command again.');
  }
  if (/EACCES|EPERM|EROFS/.test(output)) return because(`npm may not write ${MODULES}: run it as the user who owns the checkout.`);
  if (/ENOSPC/.test(output)) return because('The packages do not fit: the disk is full.');
  return `${output.trimEnd()}\n\nnpm could not install the packages (exit code ${code}): its own words stand above.`;
}

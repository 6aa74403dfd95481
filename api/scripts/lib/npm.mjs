import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runQuietly } from './child.mjs';
import { ROOT } from './paths.mjs';

/** Settings of the npm command that called us (`-w api`, `--omit=dev`, …) that must not steer the one we call. */
const NOT_INHERITED =
  /^npm_config_(also|dev|dry_run|global|if_present|ignore_scripts|include|include_workspace_root|json|local_prefix|location|loglevel|omit|only|optional|package_lock|package_lock_only|prefix|production|workspace|workspaces)$/i;

/** Runs npm at the root of the checkout, as that user's npm is set up. @returns as `runQuietly` */
export function npm(...args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name)));
  const cli = [process.env.npm_execpath ?? '', join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js'), join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js')].find(
    (path) => basename(path) === 'npm-cli.js' && existsSync(path),
  );
  return cli ? runQuietly(process.execPath, [cli, ...args], { cwd: ROOT, env }) : runQuietly('npm', args, { cwd: ROOT, env });
}

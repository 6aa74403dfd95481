import { chown, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runAs } from './account.js';
import { temporaryName } from './drafts.js';
import { EmbeddedPostgresError, codeOf } from './error.js';
import type { Home } from './home.js';

/** The one role of the embedded database, and the name of the database itself. */
export const ROLE = 'tessera';

/**
 * For a small machine; durability (fsync, synchronous_commit) stays as PostgreSQL has it: on.
 * They are written into postgresql.conf once, so that whoever runs the database may tune them there.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '100',
  max_wal_size: '512MB',
  effective_cache_size: '512MB',
  random_page_cost: '1.1',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // A failed statement is the application's to log; its text and details would put personal data into this log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  // A query whose client was killed ends by itself. Windows cannot tell and refuses the setting.
  ...(process.platform !== 'win32' && { client_connection_check_interval: '2s' }),
};

/**
 * Makes the database folder if there is none: complete or not at all, whenever this process is killed.
 * @throws EmbeddedPostgresError when the folder holds something else, or initdb fails
 */
export async function createClusterIfMissing(home: Home, say: (sentence: string) => void): Promise<void> {
  if (await isCluster(home)) return;
  const major = Number.parseInt(home.binaries.version, 10);
  say(`Preparing a new PostgreSQL ${major} database…`);
  const parent = dirname(home.cluster);
  const draft = join(parent, temporaryName(basename(home.cluster)));
  try {
    await initialise(home, draft);
    await rename(join(draft, 'data'), home.cluster);
    await syncFolder(parent);
  } catch (error) {
    // Another start was faster: its folder is as good as ours.
    if (!(await isCluster(home))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Gives the role the password of the facts again, while the server is down: for a database that came back from a backup without them. */
export async function resetPassword(home: Home): Promise<void> {
  const statement = `ALTER ROLE ${ROLE} PASSWORD '${home.facts.password}'\n`;
  await runAs(home.account, home.binaries.postgres, ['--single', '-D', home.cluster, 'postgres'], statement);
}

async function isCluster({ cluster, binaries }: Home): Promise<boolean> {
  let version: string;
  try {
    version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    if (!(await holdsAnything(cluster))) return false;
    throw new EmbeddedPostgresError(`${cluster} is in the way: it is not a PostgreSQL database; move it elsewhere and start again.`);
  }
  const major = String(Number.parseInt(binaries.version, 10));
  if (version === major) return true;
  throw new EmbeddedPostgresError(
    `The database in ${cluster} was made by PostgreSQL ${version} and this is PostgreSQL ${major}; export it with the old version (pg_dump), move the folder away, and import it again.`,
  );
}

async function holdsAnything(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function initialise({ account, binaries, facts }: Home, draft: string): Promise<void> {
  const passwordFile = join(draft, 'password');
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, facts.password, { mode: 0o600 });
  if (account) for (const path of [passwordFile, draft]) await chown(path, account.uid, account.gid);
  try {
    await runAs(account, binaries.initdb, [
      `--pgdata=${join(draft, 'data')}`,
      `--username=${ROLE}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The same order and the same lower() on every machine, whatever its libraries.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ]);
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.match(/error: .*/)?.[0] ?? (cause instanceof Error ? cause.message : String(cause));
    throw new EmbeddedPostgresError(`A new database could not be prepared in ${dirname(draft)} (initdb: ${said.trim()}); mend that, or set DATABASE_URL.`, { cause });
  }
}

/** Makes the new name survive a power cut: otherwise acknowledged rows could lie in a folder that the next start takes for half-made. */
async function syncFolder(folder: string): Promise<void> {
  // Windows has no such call for folders.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './error.js';

/** The system user PostgreSQL runs as, when that is not the user of this process. */
export type Account = { name: string; uid: number; gid: number };

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MADE_USER = 'tessera';

/** True when this process is root, as whom PostgreSQL refuses to run. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Where and as whom a PostgreSQL program runs: nothing of our environment reaches it, so no PG… variable can misdirect it. */
export function surroundings(account: Account | undefined) {
  return {
    // The working directory of this process may be closed to the account.
    cwd: '/',
    env: { LC_ALL: 'C', ...(process.platform !== 'win32' && { PATH: SYSTEM_PATH }) },
    windowsHide: true,
    ...(account && { uid: account.uid, gid: account.gid }),
  };
}

/**
 * Runs a program to its end, as the account if one is given.
 * @returns what it printed on standard output
 * @throws the error of `execFile`, with `code` and `stderr`
 */
export async function runAs(account: Account | undefined, file: string, args: string[], input?: string): Promise<string> {
  const running = run(file, args, { ...surroundings(account), maxBuffer: MAX_OUTPUT_BYTES });
  // A program that ends before it has read its input is judged by its exit code, not by the broken pipe.
  running.child.stdin?.on('error', () => undefined).end(input);
  return (await running).stdout;
}

/** True when the program, run as the account, ends with 0. */
export async function succeedsAs(account: Account | undefined, file: string, args: string[]): Promise<boolean> {
  return runAs(account, file, args).then(
    () => true,
    () => false,
  );
}

/**
 * The account a root process runs PostgreSQL as: `postgres` where the system has it, else a system user `tessera`, made if needed.
 * @throws EmbeddedPostgresError when no such user can be made
 */
export async function serviceAccount(): Promise<Account> {
  const known = (await findAccount('postgres')) ?? (await findAccount(MADE_USER));
  if (known) return known;
  // useradd is what most distributions have; BusyBox (Alpine) only has adduser.
  const made =
    (await succeedsAs(undefined, 'useradd', ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', MADE_USER])) ||
    (await succeedsAs(undefined, 'adduser', ['-S', '-D', '-H', '-h', '/nonexistent', '-s', '/sbin/nologin', MADE_USER]));
  const account = made ? await findAccount(MADE_USER) : undefined;
  if (!account) {
    throw new EmbeddedPostgresError(
      'PostgreSQL refuses to run as root, and no system user could be made for it; start Tessera as an ordinary user, or set DATABASE_URL.',
    );
  }
  return account;
}

async function findAccount(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([runAs(undefined, 'id', ['-u', name]), runAs(undefined, 'id', ['-g', name])]);
    return { name, uid: Number(uid), gid: Number(gid) };
  } catch {
    // `id` ends with 1 for a name it does not know.
    return undefined;
  }
}

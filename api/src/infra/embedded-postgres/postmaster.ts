import { readFile, realpath, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { succeedsAs } from './account.js';
import { EmbeddedPostgresError, codeOf } from './error.js';
import type { Home } from './home.js';

/** A running PostgreSQL as its own `postmaster.pid` tells it; `folder` is the database folder as it was named at the start. */
export type Postmaster = { pid: number; folder: string; port: number; ready: boolean };

/** PostgreSQL's shutdown modes in the order we lose patience: fast, immediate, and no mode at all. */
const ESCALATION = [
  { signal: 'SIGINT', patienceMs: 10_000 },
  { signal: 'SIGQUIT', patienceMs: 10_000 },
  { signal: 'SIGKILL', patienceMs: 5_000 },
] as const;

/** Reads `postmaster.pid`; undefined when there is none or it is only just being written. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  try {
    const [pid, folder, , port, , , , status] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    if (!Number(pid) || !folder || !Number(port)) return undefined;
    return { pid: Number(pid), folder, port: Number(port), ready: status?.trim() === 'ready' };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The PostgreSQL that serves this folder now, started by whomever.
 * A `postmaster.pid` whose number has passed to another process, or that was copied along with the folder, is removed:
 * PostgreSQL itself would refuse to start because of it.
 */
export async function findPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const seen = await readPostmaster(cluster);
  if (!seen || !isAlive(seen.pid)) return undefined;
  if ((await isRunning(seen)) && (await answers(seen)) && !(await wasCopied(seen, cluster))) return seen;
  // Read again: a start at the same moment may have put a true one in its place.
  if ((await readPostmaster(cluster))?.pid === seen.pid) await rm(join(cluster, 'postmaster.pid'), { force: true });
  return undefined;
}

/**
 * Stops PostgreSQL and waits until it is gone: in order first, less politely every ten seconds.
 * @throws EmbeddedPostgresError when even that does not help
 */
export async function stopPostmaster(home: Home, postmaster: Postmaster): Promise<void> {
  for (const { signal, patienceMs } of ESCALATION) {
    if (!(await isRunning(postmaster))) return;
    await send(home, postmaster.pid, signal);
    const patientUntil = Date.now() + patienceMs;
    while (Date.now() < patientUntil) {
      if (!(await isRunning(postmaster))) return;
      await sleep(10);
    }
  }
  throw new EmbeddedPostgresError(`PostgreSQL (process ${postmaster.pid}) in ${home.cluster} cannot be stopped.`);
}

/** True while this very server runs, and not just any process that has been given its number since. */
export async function isRunning({ pid, folder }: Postmaster): Promise<boolean> {
  if (process.platform !== 'linux') return isAlive(pid);
  try {
    // Empty for a dead process that nobody has collected yet.
    const [program = '', ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return basename(program) === 'postgres' && args.includes(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // EPERM: a process of somebody else, which cannot be a server of our own folder.
    return false;
  }
}

/** Where a process cannot be asked what it is, a server that says it is ready has to be listening. */
async function answers({ port, ready }: Postmaster): Promise<boolean> {
  if (process.platform === 'linux' || !ready) return true;
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const conclude = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => conclude(true)).once('error', () => conclude(false));
  });
}

/** True when the server runs on another folder, of which this one is a copy; a folder that was renamed under its server is no copy. */
async function wasCopied({ pid, folder }: Postmaster, cluster: string): Promise<boolean> {
  const original = await realpath(folder).catch(() => undefined);
  if (original === undefined || original === cluster) return false;
  return (await readPostmaster(original))?.pid === pid;
}

async function send({ binaries, account }: Home, pid: number, signal: (typeof ESCALATION)[number]['signal']): Promise<void> {
  if (process.platform === 'win32' && signal !== 'SIGKILL') {
    // There node can only end a process at once; pg_ctl knows the pipe on which a server takes signals. If it fails, the next step follows.
    await succeedsAs(account, binaries.pgCtl, ['kill', signal.slice('SIG'.length), String(pid)]);
    return;
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    // ESRCH: it has ended in the meantime, which is what was wanted.
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

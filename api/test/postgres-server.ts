import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { isRoot, runAs, serviceAccount, surroundings, type Account } from '../src/infra/embedded-postgres/account.js';
import { binariesFor, findBinaries, type Binaries } from '../src/infra/embedded-postgres/binaries.js';
import { freePort } from './free-port.js';

const REAPER = fileURLToPath(new URL('reaper.sh', import.meta.url));
/** Ends what never begins: a busy machine may take long, also over what a crash has left. */
const PATIENCE_MS = 60_000;
const ATTEMPT_EVERY_MS = 25;

export type PostgresServer = {
  readonly port: number;
  /** The address of a database on it. */
  url(database?: string): string;
  /** Makes an empty database. @returns its address */
  createDatabase(): Promise<string>;
  start(): Promise<void>;
  /** An immediate shutdown: nothing is finished, as after a power cut. */
  crash(): Promise<void>;
  /** SIGSTOP to the postmaster and every backend: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
};

/** A real PostgreSQL of its own on a free port of the loopback address; its time zone is not UTC, so that nothing relies on that. */
export async function createPostgresServer(settings: Record<string, string | number> = {}): Promise<PostgresServer> {
  const account: Account | undefined = isRoot() ? await serviceAccount() : undefined;
  const installed = await findBinaries();
  const binaries: Binaries = account ? await binariesFor(account, installed, () => undefined) : installed;
  const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  mkdirSync(join(directory, 'data'));
  if (account) for (const path of [directory, join(directory, 'data')]) chownSync(path, account.uid, account.gid);
  // Where the reaper looks for it: it stops the server and removes the folder also when this process is killed.
  const data = join(directory, 'data', 'postgres');
  const reaper = spawn('sh', [REAPER, directory], { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  reaper.unref();
  (reaper.stdin as Socket).unref();
  await runAs(account, binaries.initdb, [`--pgdata=${data}`, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions']);
  const port = await freePort();
  const options: Record<string, string | number> = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', timezone: 'Asia/Tokyo', ...settings };
  const url = (database = 'postgres') => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  let postmaster: ChildProcess | undefined;
  let databases = 0;

  async function start(): Promise<void> {
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(binaries.postgres, ['-D', data, ...args], { ...surroundings(account), stdio: 'ignore' });
    postmaster = child;
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      if (child.exitCode !== null) throw new Error(`postgres ended with code ${child.exitCode}.`);
      if (await answers(url())) return;
      await delay(ATTEMPT_EVERY_MS);
    }
    throw new Error('postgres does not answer.');
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const child = postmaster;
    postmaster = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    signalAll(child, 'SIGCONT');
    child.kill(signal);
    await ended;
  }

  await start();
  return {
    port,
    url,
    async createDatabase() {
      databases += 1;
      const name = `test_${databases}`;
      const client = new pg.Client({ connectionString: url() });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return url(name);
    },
    start,
    crash: () => end('SIGQUIT'),
    freeze: () => signalAll(postmaster, 'SIGSTOP'),
    thaw: () => signalAll(postmaster, 'SIGCONT'),
    async remove() {
      await end('SIGQUIT');
      reaper.ref();
      const gone = once(reaper, 'exit');
      reaper.stdin.end();
      await gone;
    },
  };
}

/** To a postmaster, so that it starts no further backend, and then to every backend. */
function signalAll(postmaster: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (postmaster?.pid === undefined) return;
  postmaster.kill(signal);
  for (const pid of childrenOf(postmaster.pid)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // A backend may have ended since the list was made.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child!] : []));
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

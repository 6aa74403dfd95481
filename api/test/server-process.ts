import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

const SERVER = fileURLToPath(new URL('../dist/server.js', import.meta.url));

export type ServerProcess = {
  child: ChildProcess;
  output(): string;
  /** Waits for the banner. @returns the address it says */
  ready(): Promise<string>;
  /** Sends a signal and waits for the end. @returns the exit code */
  end(signal: NodeJS.Signals): Promise<number | null>;
  ended: Promise<number | null>;
};

export type ServerOptions = {
  /** The built server to run: ours when nothing is said. */
  entry?: string;
  /** Arguments for node itself, before the server's file. */
  nodeArguments?: readonly string[];
};

/** Far above what a busy machine takes: how patient the server is by default is tried where that is meant. */
const GENEROUS = { DB_POOL_CONNECTION_TIMEOUT: '60000', DB_STATEMENT_TIMEOUT: '60000' };

const { TESSERA_CI_RUN } = process.env;
/** By which `.ci/run` finds what a failed test has left running. */
const CI_RUN = TESSERA_CI_RUN === undefined ? {} : { TESSERA_CI_RUN };

/** The built server in a process of its own, as a newcomer has it: no environment but what is given. */
export function startServer(env: NodeJS.ProcessEnv, { entry = SERVER, nodeArguments = [] }: ServerOptions = {}): ServerProcess {
  const child = spawn(process.execPath, [...nodeArguments, entry], { env: { PATH: process.env['PATH'], ...CI_RUN, API_INTERNAL_PORT: '0', BCRYPT_SALT_ROUNDS: '4', ...GENEROUS, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    child,
    output: () => output,
    async ready() {
      await until(() => /Ctrl-C stops/.test(output) || child.exitCode !== null || child.signalCode !== null, 150_000);
      const address = /API +(http\S+)/.exec(output)?.[1];
      if (!address) throw new Error(`the server did not start:\n${output}`);
      return address;
    },
    end(signal) {
      child.kill(signal);
      return ended;
    },
    ended,
  };
}

/** The process id of the database in a data folder, while there is one. */
export async function databasePid(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  return pid && isAlive(pid) ? pid : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

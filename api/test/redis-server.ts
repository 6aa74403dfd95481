import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** Ends what never begins: a busy machine may take long. */
const PATIENCE_MS = 60_000;
const ATTEMPT_EVERY_MS = 20;
const LOOKS = 1_000;

export type RedisServer = {
  readonly url: string;
  readonly port: number;
  /** Runs one command as redis-cli would and gives what it printed. */
  command(...words: string[]): string;
  /** SIGKILL: nothing is said to the clients, nothing is saved. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type RedisServerOptions = {
  password?: string;
  /** Gives a server that is not running yet. */
  started?: boolean;
};

/** A real Redis of its own on a free port of the loopback address, without persistence. */
export async function createRedisServer({ password, started = true }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'redis-'));
  const secret = password ? ['--requirepass', password] : [];
  let process: ChildProcess | undefined;

  async function start(): Promise<void> {
    const child = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no', ...secret], { stdio: 'ignore' });
    process = child;
    await once(child, 'spawn').catch((cause: unknown) => {
      throw new Error('redis-server cannot be started: install it with the package manager of the system.', { cause });
    });
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode}.`);
      if (await accepts(port)) return;
      await delay(ATTEMPT_EVERY_MS);
    }
    throw new Error('redis-server does not listen.');
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const child = process;
    process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    // A stopped process gets SIGTERM only when it goes on.
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  if (started) await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    command(...words) {
      const login = password ? ['--no-auth-warning', '-a', password] : [];
      const { stdout, status, stderr } = spawnSync('redis-cli', ['-p', String(port), ...login, ...words], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`redis-cli: ${stderr}`);
      return stdout.trim();
    },
    kill: () => end('SIGKILL'),
    freeze() {
      process?.kill('SIGSTOP');
      // The signal takes a moment, in which a command may still be answered.
      for (let attempt = 0; attempt < LOOKS && !isStopped(process?.pid); attempt += 1);
    },
    thaw: () => void process?.kill('SIGCONT'),
    start,
    async stop() {
      await end('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function isStopped(pid: number | undefined): boolean {
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.startsWith('T');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

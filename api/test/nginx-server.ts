import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { delimiter, join, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT_DIR } from '../src/config.js';
import { freePort } from './free-port.js';

/** Where Debian keeps nginx; an ordinary user's PATH may leave it out. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
/** Ends what never begins: a busy machine may take long. */
const PATIENCE_MS = 60_000;
const RENDER = resolve(ROOT_DIR, 'nginx/render.sh');

export type NginxServer = {
  readonly url: string;
  readonly port: number;
  /** The folder that nginx runs in. */
  readonly prefix: string;
  /** What it has logged so far, a line an entry. */
  accessLog(): Record<string, unknown>[];
  errorLog(): string;
  stop(): Promise<void>;
};

/**
 * The checkout's nginx configuration, rendered and really started, in front of a port of this machine.
 * @param shorten how long nginx waits for an answer, in place of the real 35 seconds
 */
export async function createNginxServer({ upstreamPort, shorten }: { upstreamPort: number; shorten?: string }): Promise<NginxServer> {
  const nginx = findNginx();
  const prefix = mkdtempSync(join(tmpdir(), 'tessera-nginx-'));
  // Started by root, nginx works as another user, who must reach its folder.
  chmodSync(prefix, 0o755);
  const port = await freePort();
  render(prefix, { NGINX_LISTEN: `127.0.0.1:${port}`, API_INTERNAL_PORT: String(upstreamPort) });
  if (shorten) {
    const file = join(prefix, 'proxy.conf');
    writeFileSync(file, readFileSync(file, 'utf8').replace('proxy_read_timeout 35s;', `proxy_read_timeout ${shorten};`));
  }

  const options = ['-e', 'logs/error.log', '-p', prefix, '-c', 'nginx.conf'];
  const check = spawnSync(nginx, [...options, '-t'], { encoding: 'utf8' });
  if (check.status !== 0) throw new Error(`nginx -t: ${check.stderr}`);
  const child = spawn(nginx, [...options, '-g', 'daemon off;'], { stdio: 'ignore' });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(prefix, { recursive: true, force: true });
  };
  await listening(port, child).catch(async (error: unknown) => {
    await stop();
    throw error;
  });

  const read = (name: string) => readFileSync(join(prefix, 'logs', name), 'utf8');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    prefix,
    accessLog: () => read('access.log').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>),
    errorLog: () => read('error.log'),
    stop,
  };
}

/** Runs nginx/render.sh with these variables and no others. @returns its exit code and what it said */
export function render(prefix: string, variables: Record<string, string> = {}, script = RENDER): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('sh', [script, prefix], { encoding: 'utf8', env: { PATH: process.env['PATH'], ...variables } });
  return { status, said: stdout + stderr };
}

/** @returns the path of nginx @throws when it is not installed */
export function findNginx(): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  const found = folders.map((folder) => join(folder, 'nginx')).find(existsSync);
  if (!found) throw new Error('nginx cannot be started: install it with the package manager of the system.');
  return found;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`nginx ended with code ${child.exitCode}.`);
    const socket = createConnection({ port, host: '127.0.0.1' });
    const accepted = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
    socket.destroy();
    if (accepted) return;
    await delay(30);
  }
  throw new Error('nginx does not listen.');
}

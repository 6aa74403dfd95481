import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../../scripts/lib/refusal.mjs';

const ATTEMPTS = 2_400;
const ATTEMPT_EVERY_MS = 25;

/**
 * The machine's redis-server on a free port, without persistence.
 * @throws Refusal with the sentence that says what to install
 */
export async function startRedis() {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'tessera-bench-redis-'));
  const child = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
    // Ctrl-C must not take it away under the servers that use it: it is stopped after them.
    detached: true,
    env: { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'].join(delimiter) },
  });
  await once(child, 'spawn').catch(async (cause) => {
    await rm(directory, { recursive: true, force: true });
    throw new Refusal('This benchmark runs a real Redis, and redis-server was not found: install it with the package manager of the system.', { cause });
  });
  const ended = once(child, 'exit');
  for (let attempt = 0; !(await accepts(port)); attempt += 1) {
    if (child.exitCode !== null || attempt === ATTEMPTS) throw new Error('redis-server does not start.');
    await sleep(ATTEMPT_EVERY_MS);
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    /** Connections stay open and nothing answers. */
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      // A stopped process hears of SIGTERM only when it goes on.
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const accepts = (port) =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

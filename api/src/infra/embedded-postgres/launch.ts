import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { surroundings } from './account.js';
import { EmbeddedPostgresError } from './error.js';
import { writeFacts } from './facts.js';
import type { Home } from './home.js';
import { keepSmall, readFrom, sizeOf } from './log.js';
import { readPostmaster, type Postmaster } from './postmaster.js';

const ATTEMPTS = 10;
const POLL_MS = 5;

/**
 * Starts PostgreSQL on 127.0.0.1 and waits until it takes connections. It is nobody's child in the terminal's eyes:
 * Ctrl-C reaches only this process, which then stops it in order.
 * @param giveUpAt milliseconds since the epoch
 * @returns undefined when the folder is still in use by another start or by the rest of a killed server: look again
 * @throws EmbeddedPostgresError with PostgreSQL's own reason
 */
export async function launch(home: Home, giveUpAt: number): Promise<Postmaster | undefined> {
  await keepSmall(home.log);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // The last port first, so that a connection string noted by somebody stays true; a random one when it is taken.
    const port = (attempt === 0 && home.facts.port) || (await freePort());
    const logged = await sizeOf(home.log);
    const started = await startOn(port, home, giveUpAt);
    if (started) {
      if (port !== home.facts.port) await writeFacts(home.factsFile, { ...home.facts, port });
      return started;
    }
    const said = await readFrom(home.log, logged);
    if (/lock file "postmaster.pid" already exists|is still in use/.test(said)) return undefined;
    const reason = said.match(/(?:FATAL|PANIC|ERROR): .*/g)?.at(-1)?.replace(/\s+/g, ' ');
    // Without a word of its own it was killed from outside, and the next one may not be.
    if (reason !== undefined && !said.includes('could not create any TCP/IP sockets')) {
      throw new EmbeddedPostgresError(`PostgreSQL did not start (${reason}); see ${home.log}.`);
    }
  }
  throw new EmbeddedPostgresError(`PostgreSQL was started ${ATTEMPTS} times and ended each time; see ${home.log}, or set DATABASE_URL.`);
}

/** One try on one port; undefined when PostgreSQL has ended again. */
async function startOn(port: number, home: Home, giveUpAt: number): Promise<Postmaster | undefined> {
  const options = ['-p', String(port), '-c', 'listen_addresses=127.0.0.1'];
  if (process.platform === 'win32') return startOnWindows(options, home, giveUpAt);
  // No socket file: its path may be 107 bytes long at most, which a data folder easily exceeds.
  options.push('-c', 'unix_socket_directories=');
  const log = await open(home.log, 'a', 0o600);
  const { account, binaries, cluster } = home;
  const child = spawn(binaries.postgres, ['-D', cluster, ...options], { ...surroundings(account), detached: true, stdio: ['ignore', log.fd, log.fd] });
  const ending: { ended: boolean; error?: Error } = { ended: false };
  child.once('exit', () => (ending.ended = true));
  child.once('error', (error) => Object.assign(ending, { ended: true, error }));
  child.unref();
  await log.close();

  while (Date.now() < giveUpAt) {
    const seen = await readPostmaster(cluster);
    if (seen?.ready && seen.pid === child.pid) return seen;
    if (ending.error) {
      throw new EmbeddedPostgresError(`PostgreSQL from npm does not run on this machine (${ending.error.message}); set DATABASE_URL to a PostgreSQL server of your own.`, {
        cause: ending.error,
      });
    }
    if (ending.ended) return undefined;
    await sleep(POLL_MS);
  }
  throw new EmbeddedPostgresError(`PostgreSQL is still recovering ${cluster} and goes on doing so; start Tessera again in a while, or see ${home.log}.`);
}

/** On Windows pg_ctl starts the server: it gives up an administrator's rights first, with which PostgreSQL refuses to run. */
async function startOnWindows(options: string[], { binaries, cluster, log }: Home, giveUpAt: number): Promise<Postmaster | undefined> {
  const seconds = String(Math.max(1, Math.ceil((giveUpAt - Date.now()) / 1000)));
  const args = ['start', '-w', '-t', seconds, '-D', cluster, '-l', log, '-o', options.join(' ')];
  // Without pipes: the server would inherit them and keep them open.
  const [code] = (await once(spawn(binaries.pgCtl, args, { ...surroundings(undefined), stdio: 'ignore' }), 'exit')) as [number | null];
  return code === 0 ? readPostmaster(cluster) : undefined;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

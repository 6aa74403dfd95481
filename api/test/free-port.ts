import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what any system hands out by itself: nobody who asks for just any port is given one of these in the meantime. */
const FIRST = 11_000;
const PORTS_PER_WORKER = 1_000;
const WORKERS = 20;

/** A port of the loopback address that nobody listens on, and that no other worker of this run is given. */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % WORKERS;
  for (;;) {
    const port = FIRST + worker * PORTS_PER_WORKER + randomInt(PORTS_PER_WORKER);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

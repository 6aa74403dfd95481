import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 25;

export type TcpProxy = {
  readonly port: number;
  /** Holds everything that passes back by so many milliseconds. */
  slow(ms: number): void;
  /** Connections stay open, new ones are accepted, and nothing passes either way: a half-open line. */
  swallow(): void;
  pass(): void;
  close(): Promise<void>;
};

/** Stands between a client and a server on the loopback address and makes the line bad. */
export async function createTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let swallowing = false;
  const server = createServer((client) => {
    const target = createConnection({ port: targetPort, host: '127.0.0.1' });
    // A line that once swallowed bytes is broken for good: what follows would be out of step.
    let broken = false;
    const forward = (from: Socket, to: Socket, ms: () => number) => {
      let before = Promise.resolve();
      sockets.add(from);
      from.on('data', (bytes) => {
        broken ||= swallowing;
        if (broken) return;
        const [previous, held] = [before, hold(ms())];
        before = previous.then(() => held).then(() => void (to.writable && to.write(bytes)));
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        if (!broken) to.destroy();
      });
    };
    forward(client, target, () => 0);
    forward(target, client, () => delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    slow: (ms) => void (delayMs = ms),
    swallow: () => void (swallowing = true),
    pass() {
      swallowing = false;
      delayMs = 0;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** In steps: where the process stands still for longer than that, its own deadlines still end before what is held by more than them. */
async function hold(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= STEP_MS) await delay(Math.min(left, STEP_MS));
}

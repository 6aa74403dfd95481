import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, type ServerProcess } from '../../test/server-process.js';
import { createWire, type Wire } from './wire.js';

const CLOCK_SKEW = new URL('clock-skew.mjs', import.meta.url).href;

export type Worker = {
  readonly index: number;
  readonly state: 'up' | 'down' | 'stopped';
  readonly port: number;
  readonly wire: Wire;
  /** By how many milliseconds its clock has been wrong since a moment of ours; before that it was wrong by `before`. */
  readonly skew: { now: number; before: number; changedAt: number };
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGSTOP: the connections stay open and nothing answers. */
  stop(): void;
  resume(): void;
  /** Moves its clock; the change takes a moment, until when either may be read. */
  jump(skewMs: number): void;
  close(): Promise<void>;
  output(): string;
};

export type WorkerOptions = { index: number; env: NodeJS.ProcessEnv; directory: string; skewMs: number; entry?: string | undefined };

/** One worker process of the built server, on a port of its own, so that the simulation chooses who answers. */
export function createWorker({ index, env, directory, skewMs, entry }: WorkerOptions): Worker {
  const skewFile = join(directory, `clock-${index}`);
  let skew = { now: skewMs, before: skewMs, changedAt: 0 };
  let state: Worker['state'] = 'down';
  let server: ServerProcess | undefined;
  let port = 0;
  let wire: Wire = createWire(port);

  return {
    index,
    get state() {
      return state;
    },
    get port() {
      return port;
    },
    get wire() {
      return wire;
    },
    get skew() {
      return skew;
    },
    async start() {
      writeFileSync(skewFile, String(skew.now));
      server = startServer({ ...env, CLOCK_SKEW_FILE: skewFile }, { nodeArguments: ['--enable-source-maps', '--import', CLOCK_SKEW], ...(entry ? { entry } : {}) });
      port = Number(new URL(await server.ready()).port);
      wire = createWire(port);
      state = 'up';
    },
    async kill() {
      state = 'down';
      await server?.end('SIGKILL');
      wire.close();
    },
    stop() {
      state = 'stopped';
      server?.child.kill('SIGSTOP');
    },
    resume() {
      server?.child.kill('SIGCONT');
      state = 'up';
    },
    jump(skewMs) {
      skew = { now: skewMs, before: skew.now, changedAt: performance.now() };
      writeFileSync(skewFile, String(skewMs));
      server?.child.kill('SIGUSR2');
    },
    async close() {
      wire.close();
      server?.child.kill('SIGCONT');
      await server?.end('SIGKILL');
    },
    output: () => server?.output() ?? '',
  };
}

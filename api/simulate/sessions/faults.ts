import { setTimeout as delay } from 'node:timers/promises';
import { CLOCK_BAND_MS, type Fleet } from '../lib/fleet.js';
import type { Random } from '../lib/random.js';
import { Violation } from '../lib/violation.js';
import type { Worker } from '../lib/worker.js';
import type { Journal } from './journal.js';

type Kind = 'worker killed' | 'worker stopped' | 'redis killed' | 'redis frozen' | 'redis emptied' | 'postgres restarted' | 'clock jumped';
type Trouble = 'failure' | 'hang' | 'record';
/** While it lasts, and a little after it, requests may fail (503, or a lost connection): at all workers, or at one. */
type Window = { kind: Kind; from: number; until: number; worker: Worker | undefined };

export type Faults = {
  /** Begins a fault, if none is going on; it heals by itself. */
  begin(): void;
  /** Whether something was broken that can be the reason for a failure of a request that was under way from `sent` to `ended`. */
  excuse(worker: Worker, sent: number, ended: number, trouble?: Trouble): boolean;
  /** Resolves when nothing is broken any more. @throws what went wrong in breaking or mending */
  healed(): Promise<void>;
};

const WEIGHTS: Readonly<Record<Kind, number>> = { 'worker killed': 3, 'worker stopped': 3, 'redis killed': 2, 'redis frozen': 2, 'redis emptied': 2, 'postgres restarted': 2, 'clock jumped': 2 };
/** Within this time after it has healed there is full service again (I7): the longest, on a machine that does other things too. */
const RECOVERY_MS = 60_000;
/** What was under way when every worker was found ready may still end badly. */
const AFTERMATH_MS = 5_000;
const COMBINED = 0.15;

/** Breaks things and mends them: real processes, killed, stopped and emptied (SECURITY.md F1 … F6, F11, F19, F25). */
export function createFaults(fleet: Fleet, random: Random, journal: Journal): Faults {
  const windows: Window[] = [];
  let current: Promise<void> | undefined;
  let failure: Error | undefined;

  const pause = (least: number, most: number) => delay(random.int(least, most));

  const ways: Record<Kind, (worker: Worker) => Promise<void>> = {
    async 'worker killed'(worker) {
      await worker.kill();
      await pause(0, 500);
      await worker.start();
    },
    async 'worker stopped'(worker) {
      worker.stop();
      await pause(100, 3_000);
      worker.resume();
    },
    async 'redis killed'() {
      await fleet.redis.kill();
      await pause(0, 2_000);
      await fleet.redis.start();
    },
    async 'redis frozen'() {
      fleet.redis.freeze();
      await pause(100, 3_000);
      fleet.redis.thaw();
    },
    async 'redis emptied'() {
      fleet.redis.command('FLUSHALL');
    },
    async 'postgres restarted'() {
      await fleet.postgres.crash();
      await pause(0, 400);
      await fleet.postgres.start();
    },
    async 'clock jumped'(worker) {
      worker.jump(Math.round(fleet.clockCentreMs + (random.next() * 2 - 1) * CLOCK_BAND_MS));
    },
  };

  async function run(kind: Kind): Promise<void> {
    const worker = random.pick(fleet.workers);
    const window: Window = { kind, from: performance.now(), until: Infinity, worker: kind === 'worker killed' ? worker : undefined };
    windows.push(window);
    const what = kind.startsWith('worker') || kind.startsWith('clock') ? `${kind}: w${worker.index}` : kind;
    journal.note('fault', what);
    await ways[kind](worker);
    if (kind === 'clock jumped') window.until = performance.now();
    else {
      await wholeAgain();
      window.until = performance.now() + AFTERMATH_MS;
    }
    journal.note('fault', `${what}, over`);
    journal.count(`fault: ${kind}`);
  }

  /** @throws Violation when a worker that runs is not ready in time */
  async function wholeAgain(): Promise<void> {
    const end = performance.now() + RECOVERY_MS;
    for (const worker of fleet.workers) {
      while (worker.state === 'up' && (await worker.wire.exchange({ method: 'GET', path: '/health/ready' })).answer?.status !== 200) {
        if (performance.now() > end) throw new Violation('I7', `worker ${worker.index} was not ready within ${RECOVERY_MS} ms after everything had been mended`);
        await delay(50);
      }
    }
  }

  return {
    begin() {
      if (current) return;
      const first = random.weighted(WEIGHTS);
      // Of two at once, one hits a process of ours and one what they share.
      const [process, shared] = first.startsWith('worker') ? [first, random.pick(['redis killed', 'redis frozen', 'postgres restarted'] as const)] : [random.pick(['worker killed', 'worker stopped'] as const), first];
      const kinds = random.chance(COMBINED) ? [process, shared] : [first];
      current = Promise.all(kinds.map(run))
        .then(() => undefined, (error: Error) => void (failure = error))
        .finally(() => (current = undefined));
    },
    excuse(worker, sent, ended, trouble = 'failure') {
      return windows.some((window) => {
        if (ended < window.from || sent > window.until) return false;
        if (trouble === 'hang') return window.kind === 'worker stopped';
        if (trouble === 'record') return window.kind === 'postgres restarted';
        // A stopped worker may hold a row that others wait for; a dead one leaves nothing behind.
        return window.worker === undefined || window.worker === worker;
      });
    },
    async healed() {
      await current;
      if (failure) throw failure;
    },
  };
}

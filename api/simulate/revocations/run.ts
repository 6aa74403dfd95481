import { setTimeout as delay } from 'node:timers/promises';
import { startFleet } from '../lib/fleet.js';
import { createAccounts } from '../lib/people.js';
import { createRandom } from '../lib/random.js';
import { ASKED, TOLD } from './kinds.js';
import { openLane } from './lane.js';
import { createTally, type Tally } from './tally.js';

export const REVOCATION_FAULTS = ['redis-frozen', 'redis-killed', 'worker-stopped'] as const;
export type RevocationFault = (typeof REVOCATION_FAULTS)[number];

export type RevocationsOptions = { seed: number; trials: number; workers?: number; fault?: RevocationFault | undefined; entry?: string | undefined };

const LANES = 8;
/** Of so many trials one is a statement in the database. */
const TOLD_EVERY = 10;
/** What a fault breaks is noticed by then. */
const SETTLE_MS = 1_000;

/** Ends sessions and tries their tokens on every worker at the instant the answer is there (B-01). @throws when a fresh token is refused */
export async function simulateRevocations({ seed, trials, workers = 4, fault, entry }: RevocationsOptions): Promise<Tally> {
  const random = createRandom(seed);
  const fleet = await startFleet({ workers, entry });
  try {
    // A worker that is stopped is stopped for all: those trials come one after the other.
    const accounts = await createAccounts(fleet, fault === 'worker-stopped' ? 1 : LANES);
    const lanes = await Promise.all(accounts.map((account) => openLane(fleet, account, random.fork(account.name))));
    const tally = createTally();
    if (fault === 'redis-frozen') fleet.redis.freeze();
    if (fault === 'redis-killed') await fleet.redis.kill();
    if (fault) await delay(SETTLE_MS);
    let begun = 0;
    await Promise.all(
      lanes.map(async (lane) => {
        while (begun < trials) {
          begun += 1;
          const kind = begun % TOLD_EVERY === 0 && fault !== 'worker-stopped' ? random.pick(TOLD) : random.pick(ASKED);
          await lane.run(kind, tally, fault === 'worker-stopped');
        }
      }),
    );
    for (const lane of lanes) lane.close();
    return tally;
  } finally {
    await fleet.close();
  }
}

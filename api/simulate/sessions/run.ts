import { startFleet } from '../lib/fleet.js';
import { createAccounts } from '../lib/people.js';
import { createRandom } from '../lib/random.js';
import { createTurnstile } from '../lib/turnstile.js';
import { Violation } from '../lib/violation.js';
import { createFaults } from './faults.js';
import { createJournal } from './journal.js';
import { lastDay, live } from './life.js';
import { createPerson, type Person } from './person.js';
import type { World } from './world.js';

export type SessionsOptions = {
  seed: number;
  steps: number;
  /** What must have come about, by the names of the counts: until it has, it goes on beyond those steps, though not for ever. */
  until?: ((counts: SessionsReport['counts']) => boolean) | undefined;
  workers?: number;
  people?: number;
  /** Steps between two faults, on average; 0: none. */
  faultEvery?: number;
  /** Another built server than ours. */
  entry?: string | undefined;
  /** Told every thousand steps. */
  onProgress?: (steps: number) => void;
};

export type SessionsReport = {
  seed: number;
  steps: number;
  seconds: number;
  counts: Readonly<Record<string, number>>;
  /** What was not kept, with the steps that led to it; undefined: everything was. */
  violation: { rule: string; story: string } | undefined;
};

const MOST_TIMES = 5;
const SIGN_INS_PER_WORKER = 3;
/** One person in so many keeps its sessions. */
const STEADY_EVERY = 6;
const RACE_SECONDS = 1;
/** A worker that has not heard of a change trusts its memory for two seconds after it at the most (docs/adr/0009). */
const OBEY_MS = 2_500;

/** Runs people, thieves and faults against real workers until the steps are done, or a promise is broken. */
export async function simulateSessions({ seed, steps, until = () => true, workers = 3, people: count = 48, faultEvery = 300, entry, onProgress }: SessionsOptions): Promise<SessionsReport> {
  const random = createRandom(seed);
  const fleet = await startFleet({
    workers,
    entry,
    clocks: random.fork('clocks').next,
    // Access tokens that expire while we watch.
    env: { REFRESH_RACE_SECONDS: String(RACE_SECONDS), ACCESS_TOKEN_EXPIRY_MINUTES: '1' },
  });
  try {
    const journal = createJournal();
    const faults = createFaults(fleet, random.fork('faults'), journal);
    const rules = { raceMs: RACE_SECONDS * 1_000, obeyMs: OBEY_MS };
    const people = (await createAccounts(fleet, count)).map((account, index) => createPerson(account, random.fork(account.name), index % STEADY_EVERY === 0, rules));
    const pace = random.fork('pace');
    let done = 0;
    let nextFault = faultEvery;
    let failed = false;
    const world: World = {
      fleet,
      faults,
      journal,
      rules,
      atTheDoor: createTurnstile(workers * SIGN_INS_PER_WORKER),
      step() {
        done += 1;
        if (done % 1_000 === 0) onProgress?.(done);
        if (faultEvery === 0 || done < nextFault) return;
        nextFault = done + pace.int(Math.ceil(faultEvery / 2), Math.ceil(faultEvery * 1.5));
        faults.begin();
      },
      goesOn: () => !failed && (done < steps || (done < steps * MOST_TIMES && !until(journal.counts()))),
    };
    const began = performance.now();
    const violation = await firstViolation(world, people, () => (failed = true));
    return { seed, steps: done, seconds: (performance.now() - began) / 1_000, counts: journal.counts(), violation };
  } finally {
    await fleet.close();
  }
}

async function firstViolation(world: World, people: readonly Person[], onFailure: () => void): Promise<SessionsReport['violation']> {
  let first: { person: Person; error: unknown } | undefined;
  const each = (live: (world: World, person: Person) => Promise<void>) =>
    Promise.all(
      people.map(async (person) => {
        try {
          await live(world, person);
        } catch (error) {
          onFailure();
          first ??= { person, error };
        }
      }),
    );
  await each(live);
  await world.faults.healed();
  if (!first) await each(lastDay);
  return first && tell(world, first.person, first.error);
}

/** What was broken, the steps before it, and what the record says by now: for finding out why. */
async function tell({ fleet, journal }: World, { name, account }: Person, error: unknown): Promise<SessionsReport['violation']> {
  const rows = await fleet.sql(
    `SELECT session_id, generation, confirmed_generation, s.created_at, rotated_at, revoked_at, revoke_reason, status, is_active FROM session s JOIN "user" USING (user_id) WHERE user_id = $1 ORDER BY s.created_at DESC LIMIT 6`,
    [account.userId],
  );
  const what = error instanceof Violation ? error.message : (error as Error).stack;
  return {
    rule: error instanceof Violation ? error.rule : 'the simulation itself failed',
    story: `${what}\n\n${journal.tail(name)}\n\nthe record says by now (${new Date().toISOString()}, ${(performance.now() / 1_000).toFixed(3)}):\n${rows.map((row) => JSON.stringify(row)).join('\n')}`,
  };
}

import { expect, it, jest } from '@jest/globals';
import { simulateRefreshes } from '../simulate/refreshes/run.js';
import { REVOCATION_FAULTS, simulateRevocations } from '../simulate/revocations/run.js';
import { simulateSessions } from '../simulate/sessions/run.js';
import { anySeed } from '../simulate/lib/options.js';

/** Thousands of steps with processes that are killed and started; how long that takes says nothing. */
jest.setTimeout(1_800_000);

/** Another seed each time, printed, so that a failure can be seen again. */
const seed = Number(process.env['SIMULATION_SEED'] ?? anySeed());
const steps = Number(process.env['SIMULATION_STEPS'] ?? 5_000);

/** That nothing went wrong says little unless everything was tried; on a slow machine some of it takes more steps. */
const TRIED = ['theft noticed, one generation behind', 'theft noticed, two or more generations behind', 'successor again, within the race window', 'successor again, after the race window', 'logout all 200', 'use 401 SESSION_INVALID', 'use lost', 'refresh lost'];
const faultsIn = (counts: Readonly<Record<string, number>>) => Object.keys(counts).filter((what) => what.startsWith('fault: ')).length;

it(`nobody is let in and nobody honest is thrown out, whatever fails: seed ${seed} (B-01 … B-17, F1, F2, F3, F6, F11, F19, F25, I1, I3, I5, I7)`, async () => {
  const report = await simulateSessions({ seed, steps, until: (counts) => TRIED.every((what) => counts[what]) && faultsIn(counts) > 2 });
  expect(report.violation).toBeUndefined();
  for (const what of TRIED) expect({ what, times: report.counts[what] ?? 0 }).not.toEqual({ what, times: 0 });
  expect(faultsIn(report.counts)).toBeGreaterThan(2);
});

it.each(['none', ...REVOCATION_FAULTS] as const)(`B-01: a token sent at the instant that its sign-out is answered is refused by every worker, warm or stopped, with the fault %s: seed ${seed}`, async (fault) => {
  const tally = await simulateRevocations({ seed, trials: fault === 'worker-stopped' ? 10 : 100, workers: 3, fault: fault === 'none' ? undefined : fault });
  expect(tally.wrong()).toBe(0);
  expect(tally.rows()['tokens sent at the instant of the answer']).toBeGreaterThan(20);
});

it(`B-11: of one refresh token submitted many times at once to several processes there is one successor, the same for all: seed ${seed}`, async () => {
  const { answers, broken } = await simulateRefreshes({ seed, rounds: 30, atOnce: 50 });
  expect(broken).toEqual([]);
  expect(answers).toEqual({ 200: 30 * 50 });
});

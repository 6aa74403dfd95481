import { anySeed, readNumbers, table, takeWord } from './lib/options.js';
import { REVOCATION_FAULTS, simulateRevocations } from './revocations/run.js';

/** Trials under a fault take as long as a worker may be without news. */
const TRIALS = { none: 10_000, 'redis-frozen': 400, 'redis-killed': 400, 'worker-stopped': 40 } as const;

/** `npm run simulate:revocations -- --trials N --workers N --seed N [--fault …]`: exit code 1 when a token was let in after the answer. */
const fault = takeWord('fault', REVOCATION_FAULTS);
const options = readNumbers({ seed: anySeed(), trials: TRIALS[fault ?? 'none'], workers: 4 });
console.log(`seed ${options.seed}, ${options.trials} trials, ${options.workers} workers, fault: ${fault ?? 'none'}`);
const tally = await simulateRevocations({ ...options, fault });
console.log(`\n${table(tally.rows())}\n`);
if (tally.wrong() > 0) {
  console.error(`NOT KEPT, B-01; again: npm run simulate:revocations -- --seed ${options.seed} --trials ${options.trials} --workers ${options.workers}${fault ? ` --fault ${fault}` : ''}`);
  process.exitCode = 1;
} else console.log('no token was let in after the answer that ended its session');

import { readNumbers, takeWord } from './lib/options.js';
import { MUTATIONS, type Mutation } from './mutations/list.js';
import { makeMutant } from './mutations/mutant.js';
import { simulateRevocations } from './revocations/run.js';
import { simulateSessions } from './sessions/run.js';

/** `npm run simulate:mutations [-- --only name]`: takes the guards away one by one; exit code 1 when the simulation does not notice. */
const only = takeWord('only', MUTATIONS.map(({ name }) => name));
// More people than usual: each lives slower, so that tokens get old.
const { seed, steps, workers, people, 'fault-every': faultEvery } = readNumbers({ seed: 1, steps: 12_000, workers: 3, people: 120, 'fault-every': 120 });
const STOPPED_WORKER_TRIALS = 10;

/** @returns how a mutation was noticed, if it was */
async function notice({ noticedBy }: Mutation, entry: string): Promise<string | undefined> {
  if (noticedBy === 'stopped-worker') {
    const wrong = (await simulateRevocations({ seed, trials: STOPPED_WORKER_TRIALS, workers, fault: 'worker-stopped', entry })).wrong();
    return wrong > 0 ? `${wrong} tokens let in by workers that were stopped while their session ended` : undefined;
  }
  const { violation, steps: taken, seconds } = await simulateSessions({ seed, steps, workers, people, faultEvery, entry });
  return violation && `after ${taken} steps, ${seconds.toFixed(0)} s: ${violation.story.split('\n')[0]!.slice(0, 160)}`;
}

const survivors: string[] = [];
for (const mutation of MUTATIONS.filter(({ name }) => only === undefined || name === only)) {
  const mutant = makeMutant(mutation);
  try {
    const noticed = await notice(mutation, mutant.entry);
    console.log(`${mutation.name.padEnd(38)} ${noticed ? `noticed ${noticed}` : 'NOT NOTICED'}`);
    if (!noticed) survivors.push(mutation.name);
  } finally {
    mutant.remove();
  }
}
if (survivors.length > 0) {
  console.error(`\nnobody misses: ${survivors.join(', ')}`);
  process.exitCode = 1;
} else console.log('\nevery guard is missed when it is gone');

import { readNumbers, takeWord } from './lib/options.js';
import { MUTATIONS } from './mutations/list.js';
import { makeMutant } from './mutations/mutant.js';
import { simulateSessions } from './sessions/run.js';

/** `npm run simulate:mutations [-- --only name]`: takes the guards away one by one; exit code 1 when the simulation does not notice. */
const only = takeWord('only', MUTATIONS.map(({ name }) => name));
// More people than usual: each lives slower, so that tokens get old.
const { seed, steps, workers, people, 'fault-every': faultEvery } = readNumbers({ seed: 1, steps: 12_000, workers: 3, people: 120, 'fault-every': 120 });
const survivors: string[] = [];
for (const mutation of MUTATIONS.filter(({ name }) => only === undefined || name === only)) {
  const mutant = makeMutant(mutation);
  try {
    const { violation, steps: taken, seconds } = await simulateSessions({ seed, steps, workers, people, faultEvery, entry: mutant.entry });
    const noticed = violation ? `noticed after ${taken} steps, ${seconds.toFixed(0)} s, as ${violation.rule}: ${violation.story.split('\n')[0]!.slice(0, 160)}` : `NOT NOTICED in ${taken} steps`;
    console.log(`${mutation.name.padEnd(36)} ${noticed}`);
    if (!violation) survivors.push(mutation.name);
  } finally {
    mutant.remove();
  }
}
if (survivors.length > 0) {
  console.error(`\nnobody misses: ${survivors.join(', ')}`);
  process.exitCode = 1;
} else console.log('\nevery guard is missed when it is gone');

import { anySeed, readNumbers, table } from './lib/options.js';
import { simulateSessions } from './sessions/run.js';

/** `npm run simulate:sessions -- --seed N --steps N --workers N`: exit code 1 when a promise was not kept. */
const options = readNumbers({ seed: anySeed(), steps: 5_000, workers: 3, people: 48, 'fault-every': 300 });
console.log(`seed ${options.seed}, ${options.steps} steps, ${options.workers} workers, ${options.people} people`);
const report = await simulateSessions({ ...options, faultEvery: options['fault-every'], onProgress: (steps) => console.log(`  ${steps} steps`) });
console.log(`\n${table(report.counts)}\n`);
console.log(`${report.steps} steps in ${report.seconds.toFixed(1)} s, ${(report.steps / report.seconds).toFixed(0)} a second; seed ${report.seed}`);
if (report.violation) {
  console.error(`\nNOT KEPT, ${report.violation.rule}\n${report.violation.story}\n\nagain: npm run simulate:sessions -- --seed ${report.seed} --steps ${options.steps} --workers ${options.workers} --people ${options.people} --fault-every ${options['fault-every']}`);
  process.exitCode = 1;
} else console.log('every promise was kept');

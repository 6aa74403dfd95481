import { anySeed, readNumbers, table } from './lib/options.js';
import { spread } from './lib/percentile.js';
import { simulateRefreshes } from './refreshes/run.js';

/** `npm run simulate:refreshes -- --rounds N --at-once N --workers N --seed N`: exit code 1 when a token had two successors, or none. */
const options = readNumbers({ seed: anySeed(), rounds: 1_000, 'at-once': 100, workers: 2 });
console.log(`seed ${options.seed}, ${options.rounds} rounds of ${options['at-once']} submits at once, ${options.workers} workers`);
const { answers, broken, roundMs } = await simulateRefreshes({ ...options, atOnce: options['at-once'] });
console.log(`\n${table({ ...answers, 'a round takes': spread(roundMs) })}\n`);
const only200 = Object.keys(answers).every((what) => what === '200');
if (broken.length > 0 || !only200) {
  console.error(`NOT KEPT, B-11\n${broken.slice(0, 20).join('\n')}\nagain: npm run simulate:refreshes -- --seed ${options.seed} --rounds ${options.rounds} --at-once ${options['at-once']} --workers ${options.workers}`);
  process.exitCode = 1;
} else console.log('every token had exactly one successor, and nobody was signed out');

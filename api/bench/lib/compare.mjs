import { load } from './load.mjs';
import { median, printTable } from './report.mjs';

const WARM_UP_SECONDS = 1;

/**
 * Measures targets side by side: interleaved, so that a noisy moment of the machine hits all of them alike.
 * @param targets `{ name, target }`
 * @param options.sample takes one sample of a target, as `load` does; told when it is only to warm up
 * @returns a row for each: medians over the rounds, and sums of `answered` and `failed`
 */
export async function compare(targets, { connections, seconds, rounds, sample = load }) {
  const samples = new Map(targets.map(({ name }) => [name, []]));
  for (const { target } of targets) await sample(target, { connections, seconds: WARM_UP_SECONDS, warmUp: true });
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, target } of targets) samples.get(name).push(await sample(target, { connections, seconds }));
  }
  return targets.map(({ name }) => summary(name, samples.get(name)));
}

/** Prints rows of `compare`, each beside `base`. */
export function printComparison(rows, base, unit = 'request', units = `${unit}s`) {
  const { requestsPerSecond } = rowOf(rows, base);
  printTable(
    ['', `${units}/s`, `CPU µs/${unit}`, 'p50 ms', 'p99 ms', `× ${base}`, 'not 200'],
    rows.map((row) => [
      row.name,
      row.requestsPerSecond.toFixed(0),
      row.cpuMicrosPerRequest.toFixed(1),
      row.p50Ms.toFixed(1),
      row.p99Ms.toFixed(1),
      (row.requestsPerSecond / requestsPerSecond).toFixed(2),
      String(row.failed),
    ]),
  );
}

export const rowOf = (rows, name) => rows.find((row) => row.name === name);

function summary(name, samples) {
  const middle = (key) => median(samples.map((sample) => sample[key]));
  const sum = (key) => samples.reduce((total, sample) => total + sample[key], 0);
  return {
    name,
    requestsPerSecond: middle('requestsPerSecond'),
    cpuMicrosPerRequest: middle('cpuMicrosPerRequest'),
    p50Ms: middle('p50Ms'),
    p99Ms: middle('p99Ms'),
    answered: sum('answered'),
    failed: sum('failed'),
  };
}

#!/usr/bin/env node
// Side by side in one run: raw node:http, bare Express 5, and our GET /settings/profile with a session token.
// Usage: npm run bench [-- --seconds 5 --rounds 3 --connections 64]
import { parseArgs } from 'node:util';
import { load } from './lib/load.mjs';
import { startTarget } from './lib/target.mjs';
import { median, printTable } from './lib/report.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '3' }, connections: { type: 'string', default: '64' } } });
const [seconds, rounds, connections] = [Number(values.seconds), Number(values.rounds), Number(values.connections)];

const TARGETS = [
  { name: 'raw node:http', file: 'raw-http.mjs' },
  { name: 'bare Express 5', file: 'bare-express.mjs' },
  { name: 'Tessera GET /settings/profile', file: 'tessera.mjs' },
];
const BASE = 'bare Express 5';

console.log(`${rounds} rounds of ${seconds} s each, ${connections} connections; every target answers the same kind of JSON body. Medians.\n`);
const targets = [];
try {
  for (const { name, file } of TARGETS) targets.push({ name, target: await startTarget(file), samples: [] });
  for (const { target } of targets) await load(target, { connections, seconds: 1 });
  // Interleaved, so that a noisy moment of the machine hits all of them alike.
  for (let round = 0; round < rounds; round += 1) {
    for (const { target, samples } of targets) samples.push(await load(target, { connections, seconds }));
  }
} finally {
  for (const { target } of targets) await target.stop();
}

const rows = targets.map(({ name, samples }) => ({
  name,
  requests: median(samples.map((sample) => sample.requestsPerSecond)),
  cpu: median(samples.map((sample) => sample.cpuMicrosPerRequest)),
  p99: median(samples.map((sample) => sample.p99Ms)),
  failed: samples.reduce((sum, sample) => sum + sample.failed, 0),
  extra: samples.at(-1).extra,
}));
const base = rows.find(({ name }) => name === BASE);
printTable(
  ['', 'requests/s', 'CPU µs/request', 'p99 ms', `× ${BASE}`, 'not 200'],
  rows.map((row) => [row.name, row.requests.toFixed(0), row.cpu.toFixed(1), row.p99.toFixed(1), (row.requests / base.requests).toFixed(2), String(row.failed)]),
);
for (const { name, extra } of rows) if (extra) console.log(`\n${name}, in the last round: ${extra}`);
if (rows.some(({ failed }) => failed > 0)) process.exitCode = 1;

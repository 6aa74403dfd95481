// Loaded into a worker before it starts (node --import): its wall clock is wrong by CLOCK_SKEW_FILE's milliseconds, read
// again at SIGUSR2. Its timers, its monotonic clock and the database's clock stay right, as on a machine without NTP.
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.CLOCK_SKEW_FILE;
const readSkew = () => Number(readFileSync(file, 'utf8'));
let skew = readSkew();
const now = Date.now.bind(Date);

Date.now = () => now() + skew;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, self) => Reflect.construct(target, args.length === 0 ? [target.now()] : args, self),
  apply: (target) => new target(target.now()).toString(),
});

if (isMainThread) process.on('SIGUSR2', () => (skew = readSkew()));

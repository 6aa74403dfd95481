import { jest } from '@jest/globals';

type Clock = 'Date' | 'performance' | 'setInterval' | 'setTimeout';

const STANDS: Record<Clock, readonly string[]> = { Date: ['Date'], performance: ['performance'], setInterval: ['setInterval', 'clearInterval'], setTimeout: ['setTimeout', 'clearTimeout'] };
const ALL = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'requestAnimationFrame', 'cancelAnimationFrame', 'requestIdleCallback', 'cancelIdleCallback', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;

/**
 * Lets these clocks stand still until `jest.useRealTimers()`, and everything else go on: without `setTimeout` no deadline
 * of ours passes, however slow the machine is. `node:timers/promises`, sockets and servers keep their time.
 */
export function standStill(...clocks: Clock[]): void {
  const standing = clocks.flatMap((clock) => STANDS[clock]);
  jest.useFakeTimers({ doNotFake: ALL.filter((name) => !standing.includes(name)) });
}

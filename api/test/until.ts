import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is true: long, since a busy machine takes its time and only a fault waits for ever. @throws after `ms` milliseconds */
export async function until(isTrue: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`It did not become true within ${ms} ms: ${isTrue.toString()}`);
    await delay(5);
  }
}

import { once } from 'node:events';

/** Stops what the set-up started, and waits until it is gone. */
export default async function globalTeardown() {
  const reaper = globalThis.tesseraTestReaper;
  reaper.ref();
  const ended = once(reaper, 'exit');
  reaper.stdin.end();
  await ended;
}

import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Requests at a steady pace for as long as they are wanted: `clients` of them, each with a pause between an answer and the
 * next request, so that what is measured is how long an answer takes and not how many fit in.
 * @param send takes the number of the client and sends one request; what it resolves with is noted
 * @returns `samples`, each with the moment it was sent (`at`, of `performance.now()`), and `stop()`, done when the last answer is there
 */
export function startSteadyLoad({ clients, pauseMs, send }) {
  const samples = [];
  let wanted = true;
  const running = Promise.all(Array.from({ length: clients }, (_, client) => keepSending(client)));
  // A failure is told by stop(); until then nobody waits for it.
  running.catch(() => undefined);
  return {
    samples,
    async stop() {
      wanted = false;
      await running;
    },
  };

  async function keepSending(client) {
    // Not all at the same moment.
    await sleep((pauseMs * client) / clients);
    while (wanted) {
      const at = performance.now();
      const answer = await send(client);
      if (answer) samples.push({ at, ...answer });
      await sleep(pauseMs);
    }
  }
}

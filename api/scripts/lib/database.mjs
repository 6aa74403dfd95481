import { setTimeout as sleep } from 'node:timers/promises';
import { step } from './progress.mjs';
import { Interrupted, Refusal, STOP_SIGNALS } from './refusal.mjs';

/** So long may a child that got the same signal as we still use the database. */
const LAST_WORDS_MS = 500;

/**
 * Runs `work` with the configured database or, when none is configured, with the embedded one: that of a running
 * server, or one started for the purpose, which is stopped again, also when we are told to stop. dist must be built.
 * @param work is given { url, config }
 * @throws Refusal with the sentence that the server itself would end with
 */
export async function withDatabase(work) {
  const { loadConfig } = await import('../../dist/config.js');
  const { startEmbeddedPostgres } = await import('../../dist/infra/embedded-postgres.js');
  const stopped = toldToStop();
  let config;
  let embedded;
  try {
    config = loadConfig();
    if (!config.database.url) {
      embedded = await step('Opening the embedded database', () => startEmbeddedPostgres({ dataDir: config.dataDir, exclusive: false }));
    }
    return await untilStopped(() => work({ url: config.database.url ?? embedded.url, config }), stopped);
  } catch (error) {
    if (error instanceof Refusal || error instanceof Interrupted) throw error;
    const { startupSentence } = await import('../../dist/startup-failure.js');
    throw new Refusal(startupSentence(error, config), { cause: error });
  } finally {
    await embedded?.close();
  }
}

/** @returns a promise that rejects with Interrupted when a signal tells us to stop */
function toldToStop() {
  const stopped = new Promise((_resolve, reject) => {
    for (const signal of STOP_SIGNALS) process.once(signal, () => reject(new Interrupted(signal)));
  });
  // It may come while nobody waits for it yet.
  stopped.catch(() => undefined);
  return stopped;
}

async function untilStopped(work, stopped) {
  await Promise.race([stopped, Promise.resolve()]);
  const working = work();
  try {
    return await Promise.race([working, stopped]);
  } catch (error) {
    if (error instanceof Interrupted) await Promise.race([Promise.allSettled([working]), sleep(LAST_WORDS_MS)]);
    throw error;
  }
}

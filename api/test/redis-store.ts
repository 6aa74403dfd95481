import { createRecordingLogger } from './recording-logger.js';
import { until } from './until.js';
import { createRedisStore } from '../src/infra/redis.js';
import type { Store } from '../src/infra/store.js';

/** A store whose Redis runs: whole from the start on, its connection for subscriptions too, which `createRedisStore` does not wait for. */
export async function connectRedisStore(url: string, logger = createRecordingLogger()): Promise<Store> {
  const store = await createRedisStore({ url }, logger);
  let isHeard = false;
  const end = await store.subscribe('is-heard', () => (isHeard = true));
  await until(async () => {
    if (store.available()) await store.publish('is-heard', '').catch(() => undefined);
    return isHeard;
  });
  await end();
  return store;
}

/** The answer to a command that Redis is there to answer: on a slow machine the first may come later than the store waits. */
export async function answerOf<Answer>(store: Store, command: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    await until(() => store.available());
    try {
      return await command();
    } catch (error) {
      if ((error as Error).name !== 'StoreUnavailableError') throw error;
    }
  }
}

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../dist/app.js';
import { loadConfig } from '../../dist/config.js';
import { createContext } from '../../dist/context.js';
import { createHttpServer } from '../../dist/http/server.js';
import { rawAnswers } from '../../dist/http/raw-answers.js';
import { createLogger } from '../../dist/infra/logger.js';
import { openToPostgres } from './folder.mjs';
import { ADMIN, signIn } from './people.mjs';
import { serveBench, settings } from './target.mjs';

const UNLIMITED = '1000000000';

/**
 * The whole stack as `npm start` runs it, log lines included; rate limits count but are far away.
 * Its settings are environment variables; without DATABASE_URL it has an embedded database of its own.
 * @param prepare may change the context before the first request, and is told of lapses; what it returns are further answers
 */
export async function serveTessera(prepare = () => ({})) {
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-bench-'));
  await openToPostgres(dataDir);
  const config = loadConfig({
    DATA_DIR: dataDir,
    API_INTERNAL_PORT: '0',
    RATE_LIMIT_MAX: UNLIMITED,
    AUTH_RATE_LIMIT_MAX: UNLIMITED,
    JWT_SECRET: 'known to everybody and good for a benchmark alone',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    BCRYPT_SALT_ROUNDS: '4',
    // A machine that is too busy to answer at once makes a measurement slow, and not wrong.
    DB_POOL_CONNECTION_TIMEOUT: '15000',
    DB_STATEMENT_TIMEOUT: '15000',
    ...settings(),
  });
  const logger = createLogger({ level: 'info', pretty: false });
  const began = performance.now();
  const context = await createContext({ config, logger, lifecycle: { state: 'ready' } });
  const readyMs = performance.now() - began;
  const lapses = countLapses(context.changes);
  const furtherAnswers = prepare(context, lapses);
  const app = createApp(context);
  const http = createHttpServer(rawAnswers());
  http.serve(app.app);
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  const base = `http://127.0.0.1:${http.server.address().port}${config.prefix}`;
  const { session_token: sessionToken } = await signIn(base, ADMIN.name);

  const about = { base, url: `${base}/settings/profile`, signOutUrl: `${base}/auth/logout`, headers: { 'X-Session-Token': sessionToken }, readyMs };
  serveBench(about, {
    answers: {
      // `background` is what the process asks at its own pace, on a connection of its own, whether or not anybody sends requests.
      commands: () => ({ postgres: context.db.commands(), store: context.store.commands(), background: context.changes.commands(), lapses: lapses() }),
      storeAvailable: () => context.store.available(),
      memory,
      ...furtherAnswers,
    },
    async stop() {
      await http.drain(0);
      await app.close();
      await context.close();
      await logger.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  });
}

/** A process that was kept from the processor for longer than its lease asks again what it knew. @returns how often it has had to */
function countLapses(changes) {
  let lapses = 0;
  const { current } = changes;
  changes.current = () => {
    const isCurrent = current();
    if (!isCurrent) lapses += 1;
    return isCurrent;
  };
  return () => lapses;
}

/** @returns bytes in use once everything that nobody needs is collected; wants --expose-gc */
function memory() {
  for (let pass = 0; pass < 3; pass += 1) globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

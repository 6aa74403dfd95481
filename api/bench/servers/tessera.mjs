// The whole stack as `npm start` runs it, log lines included, on an embedded database of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../dist/app.js';
import { loadConfig } from '../../dist/config.js';
import { createContext } from '../../dist/context.js';
import { createHttpServer } from '../../dist/http/server.js';
import { rawAnswers } from '../../dist/http/raw-answers.js';
import { createLogger } from '../../dist/infra/logger.js';
import { serveBench } from '../lib/target.mjs';

const dataDir = await mkdtemp(join(tmpdir(), 'tessera-bench-'));
const config = loadConfig({ DATA_DIR: dataDir, API_INTERNAL_PORT: '0', RATE_LIMIT_MAX: '1000000000', ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'Correct-horse-7' });
const logger = createLogger({ level: 'info', pretty: false });
const context = await createContext({ config, logger, lifecycle: { state: 'ready' } });
const app = createApp(context);
const http = createHttpServer(rawAnswers());
http.serve(app.app);
http.server.listen(0, '127.0.0.1');
await once(http.server, 'listening');
const base = `http://127.0.0.1:${http.server.address().port}/api/v1`;

const answer = await fetch(`${base}/auth/login-with-password`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ username: 'admin', password: 'Correct-horse-7' }) });
const { data } = await answer.json();

serveBench({
  url: `${base}/settings/profile`,
  headers: { 'X-Session-Token': data.session_token },
  counters: () => ({ postgres: context.db.commands(), store: context.store.commands() }),
  async stop() {
    await http.drain(1_000);
    await app.close();
    await context.close();
    await logger.close();
    await rm(dataDir, { recursive: true, force: true });
  },
});

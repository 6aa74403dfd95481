// The whole server as `npm start` runs it, on an embedded database of its own, and a few people who are signed in.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../dist/app.js';
import { loadConfig } from '../dist/config.js';
import { createContext } from '../dist/context.js';
import { rawAnswers } from '../dist/http/raw-answers.js';
import { createHttpServer } from '../dist/http/server.js';
import { createLogger } from '../dist/infra/logger.js';

const PASSWORD = 'Correct-horse-7';
const SESSIONS = 4;
const UNLIMITED = { RATE_LIMIT_MAX: '1000000000', AUTH_RATE_LIMIT_MAX: '1000000000' };

/** @param {'HS256' | 'RS256' | 'ES256'} algorithm */
export async function startTarget(algorithm) {
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-simulate-'));
  const config = loadConfig({ ...UNLIMITED, JWT_ALGORITHM: algorithm, DATA_DIR: dataDir, API_INTERNAL_PORT: '0', BCRYPT_SALT_ROUNDS: '4', ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD });
  const logger = createLogger({ level: 'error', pretty: false });
  const context = await createContext({ config, logger, lifecycle: { state: 'ready' } });
  const app = createApp(context);
  const http = createHttpServer(rawAnswers());
  http.serve(app.app);
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  const url = `http://127.0.0.1:${http.server.address().port}`;

  const live = [];
  for (let count = 0; count < SESSIONS; count += 1) live.push(...(await signIn(`${url}${config.prefix}`, count)));
  const { keys } = await (await fetch(`${url}/.well-known/jwks.json`)).json();
  return {
    name: algorithm,
    url,
    prefix: config.prefix,
    live,
    jwks: keys,
    authenticate: context.services.authenticate,
    refresh: (token) => context.services.sessions.refresh(token, nobody()),
    async stop() {
      await context.mailbox?.close();
      await http.drain(1_000);
      await app.close();
      await context.close();
      await logger.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Every other session is a browser's, and so bound to an origin. */
async function signIn(base, count) {
  const headers = { 'Content-Type': 'application/json', ...(count % 2 ? { Origin: 'http://localhost:3000' } : {}) };
  const answer = await fetch(`${base}/auth/login-with-password`, { method: 'POST', headers, body: JSON.stringify({ username: 'admin@example.com', password: PASSWORD }) });
  const { data } = await answer.json();
  return ['access', 'session', 'refresh'].map((type) => ({ type, token: data[`${type}_token`] }));
}

function nobody() {
  return { requestId: randomUUID(), ip: '127.0.0.1', address: '127.0.0.1', userAgent: 'simulation', origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 };
}

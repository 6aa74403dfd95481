import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { signUp, wrongCode } from './accounts.js';
import { createClient, type Client } from './client.js';
import { startApi, type Api } from './harness.js';
import { startServer, type ServerProcess } from './server-process.js';

let api: Api;
let dataDir: string;
let servers: ServerProcess[];
let workers: Client[];
beforeAll(async () => {
  api = await startApi();
  dataDir = await mkdtemp(join(tmpdir(), 'tessera-codes-'));
  const redisUrl = `${process.env['TEST_REDIS_URL']}/${process.env['JEST_WORKER_ID'] ?? '0'}`;
  const limits = { RATE_LIMIT_MAX: '1000000', AUTH_RATE_LIMIT_MAX: '1000000', LOCKOUT_MAX_FAILURES: '1000000' };
  servers = [1, 2].map(() => startServer({ DATA_DIR: dataDir, DATABASE_URL: api.context.config.database.url!, REDIS_URL: redisUrl, JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough', LOG_LEVEL: 'error', ...limits }));
  workers = (await Promise.all(servers.map((server) => server.ready()))).map((address) => createClient(new URL(address).origin, api.prefix));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  await api.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function newCode(): Promise<{ email: string; userId: string; code: string }> {
  const { email, userId } = await signUp(api);
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', purpose: 'login' });
  return { email, userId, code: await api.codeFor(email) };
}

/** Every answer's status and how often it came. */
async function signIns(count: number, email: string, otp: string): Promise<Record<number, number>> {
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => workers[index % workers.length]!.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp })));
  return answers.reduce<Record<number, number>>((seen, { status }) => ({ ...seen, [status]: (seen[status] ?? 0) + 1 }), {});
}

it('C-03: of two hundred guesses at once in two processes five are compared, and the code is dead', async () => {
  const { email, code } = await newCode();
  expect(await signIns(200, email, wrongCode(code))).toEqual({ 400: 200 });
  expect(await api.sql(`SELECT attempts FROM one_time_code WHERE purpose = 'login' ORDER BY created_at DESC LIMIT 1`)).toEqual([{ attempts: 5 }]);
  expect(await signIns(2, email, code)).toEqual({ 400: 2 });
});

it('C-05: of fifty right codes at once in two processes one opens a session', async () => {
  const { email, userId, code } = await newCode();
  const before = await api.sql('SELECT session_id FROM session WHERE user_id = $1', [userId]);
  expect(await signIns(50, email, code)).toEqual({ 200: 1, 400: 49 });
  expect(await api.sql('SELECT session_id FROM session WHERE user_id = $1', [userId])).toHaveLength(before.length + 1);
});

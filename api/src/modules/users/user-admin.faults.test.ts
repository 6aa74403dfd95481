import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { account, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';
import { createPostgresServer, type PostgresServer } from '../../../test/postgres-server.js';
import { until } from '../../../test/until.js';

/** A crash, and all that finds its way back after it, on a machine that may do other things. */
jest.setTimeout(300_000);

let postgres: PostgresServer;
let databaseUrl: string;
let api: Api;
let root: Account;
beforeAll(async () => {
  postgres = await createPostgresServer();
  databaseUrl = await postgres.createDatabase();
  api = await startApi({ env: { DATABASE_URL: databaseUrl } });
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
});
afterAll(async () => {
  await api?.close();
  await postgres?.remove();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const COUNT_JOBS = 'SELECT count(*)::int AS jobs FROM graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE t.identifier = ANY($1)';

async function rowsOf(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = await connect();
  try {
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** All that a request of an administrator may change. */
const recordOf = async (userId: string) => [
  await rowsOf('SELECT * FROM "user" WHERE user_id = $1', [userId]),
  await rowsOf('SELECT session_id, revoked_at, revoke_reason FROM session WHERE user_id = $1 ORDER BY 1', [userId]),
  await rowsOf(`SELECT action FROM activity_log WHERE target_user_id = $1 AND module IN ('users', 'sessions')`, [userId]),
  await rowsOf(COUNT_JOBS, [['account_notice', 'erase_account']]),
];
const noNoticeWaits = async () => (await rowsOf(COUNT_JOBS, [['account_notice']]))[0]!['jobs'] === 0;

const send = (method: string, path: string, body?: unknown) => api.client.send(method, path, body, { token: root.sessionToken });
const REQUESTS: [string, (person: Account) => Promise<Answer>][] = [
  ['PUT /users/:user_id/status', ({ userId }) => send('PUT', `/users/${userId}/status`, { status: 'SUSPENDED' })],
  ['DELETE /users/:user_id', ({ userId }) => send('DELETE', `/users/${userId}`)],
  ['DELETE /users/:user_id/sessions', ({ userId }) => send('DELETE', `/users/${userId}/sessions`)],
  ['DELETE /auth/sessions/:session_id', ({ sessionId }) => send('DELETE', `/auth/sessions/${sessionId}`)],
];

describe.each(REQUESTS)('D-08: %s', (_name, ask) => {
  it('with Postgres gone in the middle is 503, nothing is half done, and it works when Postgres is back', async () => {
    const person = await signUp(api);
    await until(noNoticeWaits, 30_000);
    const before = await recordOf(person.userId);
    const holder = await connect();
    await holder.query('BEGIN');
    // The request stops here, when it has changed the account already.
    await holder.query('SELECT FROM session WHERE user_id = $1 FOR UPDATE', [person.userId]);
    const asked = ask(person);
    await until(async () => (await holder.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).rows.length > 0, 30_000);
    await postgres.crash();
    try {
      const answer = await asked;
      expect([answer.status, answer.body.success]).toEqual([503, false]);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      await postgres.start();
    }
    await until(async () => (await api.client.get('//health/ready')).status === 200, 30_000);
    expect(await recordOf(person.userId)).toEqual(before);
    expect((await ask(person)).status).toBe(200);
    expect((await api.client.get('/settings/profile', { token: person.sessionToken })).status).toBe(401);
  });
});

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createClient } from './client.js';
import { startSmtp, type SmtpDouble } from './doubles/smtp.js';
import { createDatabase } from './harness.js';
import { startServer, type ServerProcess } from './server-process.js';
import { until } from './until.js';

/** Processes start and are killed here, and a lease of twenty seconds has to run out. */
jest.setTimeout(600_000);

const MESSAGES = 1_000;
const CALLERS = 20;
/** So long is a message held that most of them are still there when all have been asked for, however slow the machine; less than the mailer's patience. */
const HELD_MS = 15_000;
/** What a worker has in its hands at once. */
const EACH = 3;

let database: { url: string; drop(): Promise<void> };
let dataDir: string;
let smtp: SmtpDouble;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'tessera-delivery-'));
  smtp = await startSmtp({ delayMs: HELD_MS });
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  await pool.end();
  await smtp.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const servers: ServerProcess[] = [];
function start(): ServerProcess {
  const server = startServer({
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    REDIS_URL: `${process.env['TEST_REDIS_URL']}/${process.env['JEST_WORKER_ID'] ?? '0'}`,
    JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough',
    EMAIL_HOST: '127.0.0.1',
    EMAIL_PORT: String(smtp.port),
    EMAIL_USE_TLS: 'false',
    EMAIL_FROM: 'no-reply@example.org',
    RATE_LIMIT_MAX: '1000000',
    AUTH_RATE_LIMIT_MAX: '1000000',
    OTP_SEND_MAX_PER_HOUR_PER_IP: '1000000',
    LOG_LEVEL: 'warn',
  });
  servers.push(server);
  return server;
}
const ask = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => (await pool.query<Row>(text)).rows;
/** Codes on their way: other jobs may wait beside them. */
const CODES = `graphile_worker._private_jobs WHERE task_id = (SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'one_time_code')`;
const received = async (count: number): Promise<void> => until(async () => smtp.messages.length >= count, 180_000);

it('F12: the mailer killed twice in the middle of a thousand messages, two workers on one queue: each is delivered once or reported, none twice, none lost', async () => {
  const [first, second] = [start(), start()];
  const client = createClient(new URL(await first.ready()).origin, '/api/v1');
  await second.ready();

  const waiting = Array.from({ length: MESSAGES }, (_, index) => `reader-${index}@example.com`);
  const everyone = [...waiting];
  await Promise.all(Array.from({ length: CALLERS }, async () => {
    for (let user_id = waiting.pop(); user_id; user_id = waiting.pop()) {
      const answer = await client.post('/auth/send-one-time-password', { user_id, channel: 'email' });
      if (answer.status !== 200) throw new Error(answer.text);
    }
  }));
  const [{ left }] = (await ask<{ left: number }>(`SELECT count(*)::int AS left FROM ${CODES}`)) as [{ left: number }];
  expect(left).toBeGreaterThan(MESSAGES / 2);

  smtp.behave({ delayMs: 30 });
  await received(smtp.messages.length + 50);
  // More than one alone can have: the first is killed with something in its hands.
  smtp.behave({ delayMs: HELD_MS });
  await until(() => smtp.held() > EACH);
  await first.end('SIGKILL');
  smtp.behave({ delayMs: 30 });
  await received(smtp.messages.length + 50);
  await second.end('SIGKILL');
  const third = start();
  await third.ready();
  await until(async () => (await ask(`SELECT 1 FROM ${CODES} LIMIT 1`)).length === 0, 300_000);
  await third.end('SIGTERM');

  const times = new Map<string, number>();
  for (const { recipients: [to = ''] } of smtp.messages) times.set(to, (times.get(to) ?? 0) + 1);
  const states = await ask<{ state: string; count: number }>('SELECT state, count(*)::int AS count FROM message_delivery GROUP BY state');
  const of = (state: string) => states.find((row) => row.state === state)?.count ?? 0;
  const [{ reports }] = (await ask<{ reports: number }>(`SELECT count(*)::int AS reports FROM activity_log WHERE action = 'message_undelivered'`)) as [{ reports: number }];
  expect([...times].filter(([, count]) => count > 1)).toEqual([]);
  expect(of('sent') + of('unknown')).toBe(MESSAGES);
  expect(reports).toBe(of('unknown'));
  // What was in the hands of the two.
  expect(of('unknown')).toBeGreaterThan(0);
  expect(of('unknown')).toBeLessThanOrEqual(2 * EACH);
  // Everybody who is not among the reported has the message.
  expect(everyone.filter((email) => !times.has(email)).length).toBeLessThanOrEqual(of('unknown'));
});

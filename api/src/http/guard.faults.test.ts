import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { account, type Account } from '../../test/accounts.js';
import { fill, ROUTES } from '../../test/every-route.js';
import { ADMIN, startApi, type Api } from '../../test/harness.js';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { until } from '../../test/until.js';

jest.setTimeout(60_000);

const guarded = ROUTES.filter(({ endpoint }) => endpoint.access !== 'public');

let postgres: PostgresServer;
let api: Api;
let root: Account;
beforeAll(async () => {
  postgres = await createPostgresServer();
  api = await startApi({ env: { DATABASE_URL: await postgres.createDatabase() } });
  // Whoever holds every right is refused for the lack of none.
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
});
afterAll(async () => {
  await api?.close();
  await postgres?.remove();
});

/** A worker that remembers nobody: it has to ask what the caller may do. */
async function withNewWorker(work: (worker: Api) => Promise<void>): Promise<void> {
  const worker = await startApi({ beside: api });
  try {
    await work(worker);
    await until(async () => (await worker.client.get('//health/ready')).status === 200, 15_000);
    // The same caller, when it can be asked again.
    expect((await worker.client.get('/users', { token: root.sessionToken })).status).toBe(200);
  } finally {
    await worker.close();
  }
}

/** Asks every guarded route, with a body that none of them takes: whoever looked at it would answer 400. */
async function askAll({ client }: Api): Promise<Record<string, { status: number; success: unknown; retry: boolean }>> {
  const answers = guarded.map(async ({ name, endpoint: { method }, path }) => {
    const { status, body, headers } = await client.send(method, fill(path), method === 'GET' ? undefined : { nonsense: true }, { token: root.sessionToken });
    return [name, { status, success: body.success as unknown, retry: headers.has('retry-after') }] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}
const allAnswer = (answer: { status: number; success: false; retry: boolean }) => Object.fromEntries(guarded.map(({ name }) => [name, answer]));

describe('D-08: when it cannot be asked what a caller may do', () => {
  it('every guarded route answers 503: nobody is let in, and nobody is told that he is signed out', () =>
    withNewWorker(async (worker) => {
      await postgres.crash();
      try {
        expect(await askAll(worker)).toEqual(allAnswer({ status: 503, success: false, retry: true }));
      } finally {
        await postgres.start();
      }
    }));

  it('every guarded route denies as well when asking fails in a way that nobody has foreseen', () =>
    withNewWorker(async (worker) => {
      await worker.sql('ALTER TABLE session RENAME TO session_elsewhere');
      try {
        expect(await askAll(worker)).toEqual(allAnswer({ status: 500, success: false, retry: false }));
      } finally {
        await worker.sql('ALTER TABLE session_elsewhere RENAME TO session');
      }
    }));
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openLine, type Line } from '../simulate/lib/volley.js';
import { encode } from '../simulate/lib/wire.js';
import { account, signUp, type Account } from './accounts.js';
import { ADMIN, startApi, type Api } from './harness.js';
import { startServer, type ServerProcess } from './server-process.js';
import { until } from './until.js';

/** Processes start here, and 64 callers ask them without a pause. */
jest.setTimeout(180_000);

const WORKERS = 4;
const LINES = 64;
/** On each line: so many requests that are allowed before the demotion, and so many after its answer. */
const BEFORE = 5;
const AFTER = 20;
const ROUNDS = WORKERS;

let api: Api;
let dataDir: string;
let servers: ServerProcess[];
let ports: number[];
let root: Account;
let victim: Account;
beforeAll(async () => {
  api = await startApi();
  dataDir = await mkdtemp(join(tmpdir(), 'tessera-demotions-'));
  const { database, redisUrl } = { database: api.context.config.database.url!, redisUrl: `${process.env['TEST_REDIS_URL']}/${process.env['JEST_WORKER_ID'] ?? '0'}` };
  servers = Array.from({ length: WORKERS }, () =>
    startServer({ DATA_DIR: dataDir, DATABASE_URL: database, REDIS_URL: redisUrl, JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough', DB_POOL_MAX: '5', DB_STATEMENT_TIMEOUT: '15000', RATE_LIMIT_MAX: '1000000000', LOG_LEVEL: 'error' }),
  );
  ports = (await Promise.all(servers.map((server) => server.ready()))).map((address) => Number(new URL(address).port));
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  victim = await signUp(api);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.end('SIGKILL')));
  await api.close();
  await rm(dataDir, { recursive: true, force: true });
});

const settled = () => api.context.changes.settled();
const poll = (token: string) => encode({ method: 'GET', path: `${api.prefix}/settings/profile`, headers: { 'X-Session-Token': token } });

/** The victim is in one group, which grants what he asks for. @returns its id */
async function promote(round: number, way: string): Promise<string> {
  const name = `${way} ${round}`;
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [victim.userId]);
  const [row] = await api.sql<{ group_id: string }>(
    `WITH made AS (INSERT INTO "group" (name, codename) VALUES ($1, $1) RETURNING group_id),
       granted AS (INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM made, permission p WHERE p.codename IN ('view_profile', 'edit_profile')),
       joined AS (INSERT INTO user_group (user_id, group_id) SELECT $2, group_id FROM made)
     SELECT group_id FROM made`,
    [name, victim.userId],
  );
  await settled();
  return row!.group_id;
}

/** What an administrator does to his groups, through the worker at the other end of `line`; or a statement of another program, over when every worker obeys. */
type Demote = (line: Line, groupId: string) => Promise<void>;

async function ask(line: Line, method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
  const { answer } = await line.fire(encode({ method, path: `${api.prefix}${path}`, headers: { 'X-Session-Token': root.sessionToken }, ...(body === undefined ? {} : { body }) }));
  if (answer?.status !== 200) throw new Error(`the demotion was answered ${answer?.status}: ${JSON.stringify(answer?.body)}`);
}

async function tell(text: string, values: unknown[] = []): Promise<void> {
  await api.sql(text, values);
  await settled();
}

const WAYS: Record<string, Demote> = {
  'other groups': (line) => ask(line, 'POST', `/users/${victim.userId}/groups`, { group_codenames: ['nothing'] }),
  'the group made inactive': (_line, groupId) => tell('UPDATE "group" SET is_active = false WHERE group_id = $1', [groupId]),
  'other permissions of the group': (_line, groupId) => tell('DELETE FROM group_permission WHERE group_id = $1', [groupId]),
  'the group deleted': (_line, groupId) => tell('DELETE FROM "group" WHERE group_id = $1', [groupId]),
  'the permission deleted': () => tell(`DELETE FROM permission WHERE codename = 'view_profile'`),
};

describe(`${LINES} callers on connections of their own, spread over ${WORKERS} workers`, () => {
  beforeAll(() => api.sql(`INSERT INTO "group" (name, codename) VALUES ('Nothing', 'nothing')`));

  it.each(Object.entries(WAYS))('B-01, B-17, D-07: demoted by %s, no request sent after the answer is allowed', async (way, demote) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const groupId = await promote(round, way);
      const lines = await Promise.all(Array.from({ length: LINES }, (_, index) => openLine(ports[index % WORKERS]!)));
      const [control, spared] = [await openLine(ports[round]!), await openLine(ports[(round + 1) % WORKERS]!)];
      const tokens = [poll(victim.sessionToken), poll(victim.accessToken)];
      let isAnswered = false;
      let isBroken = false;
      const allowed = lines.map(() => 0);
      const after = new Map<number | undefined, number>();
      const polling = Promise.all(
        lines.map(async (line, index) => {
          for (let refused = 0; refused < AFTER && !isBroken; ) {
            // Read in the very turn in which the request leaves.
            const isLate = isAnswered;
            const { answer } = await line.fire(tokens[index % tokens.length]!);
            if (answer?.status === 200) allowed[index]! += 1;
            if (!isLate) continue;
            refused += 1;
            after.set(answer?.status, (after.get(answer?.status) ?? 0) + 1);
          }
        }),
      );
      try {
        await until(() => allowed.every((count) => count >= BEFORE), 30_000);
        await demote(control, groupId);
        isAnswered = true;
        await polling;
        expect({ way, round, after: Object.fromEntries(after) }).toEqual({ way, round, after: { 403: LINES * AFTER } });
        expect((await spared.fire(poll(root.sessionToken))).answer?.status).toBe(200);
      } finally {
        isBroken = true;
        for (const line of [...lines, control, spared]) line.close();
        if (way === 'the permission deleted') await api.sql(`INSERT INTO permission (name, codename, category) VALUES ('View Profile', 'view_profile', 'profile')`);
      }
    }
  });
});

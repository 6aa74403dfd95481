import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openLine, type Line } from '../simulate/lib/volley.js';
import { encode, type WireAnswer, type WireRequest } from '../simulate/lib/wire.js';
import { account, signUp, type Account } from './accounts.js';
import { ADMIN, startApi, type Api } from './harness.js';
import { startServer, type ServerProcess } from './server-process.js';
import { until } from './until.js';

/** Processes start here, and 64 callers ask them without a pause. */
jest.setTimeout(600_000);

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
    startServer({ DATA_DIR: dataDir, DATABASE_URL: database, REDIS_URL: redisUrl, JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough', DB_POOL_MAX: '5', RATE_LIMIT_MAX: '1000000000', LOG_LEVEL: 'error' }),
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

/** What an answer says to the victim: 'allowed', 'refused', or what should not be. */
type Verdict = (answer: WireAnswer | undefined) => string;

const byStatus: Verdict = (answer) => (answer?.status === 200 ? 'allowed' : answer?.status === 403 ? 'refused' : `answered ${answer?.status}`);

/** What no route of ours asks for is seen in the new session token, which each answer brings to him whose own is older (B-17). */
const byNewToken: Verdict = (answer) => {
  const renewed = answer?.headers['x-session-token'];
  if (!renewed) return `answered ${answer?.status} without a new token`;
  const { permissions } = JSON.parse(Buffer.from(renewed.split('.')[1]!, 'base64url').toString()) as { permissions: { codenames: string[] } };
  return permissions.codenames.includes(OWN_PERMISSION) ? 'allowed' : 'refused';
};

const OWN_PERMISSION = 'reports:read';

type Granted = { groupId: string; permissionId: string };

/** The victim is in one group, which grants what he asks for, and a permission that no route asks for. */
async function promote(round: number, way: string): Promise<Granted> {
  const name = `${way} ${round}`.replaceAll(' ', '_');
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [victim.userId]);
  await api.sql(`INSERT INTO permission (name, codename) VALUES ($1, $1) ON CONFLICT DO NOTHING`, [OWN_PERMISSION]);
  const [row] = await api.sql<Granted>(
    `WITH made AS (INSERT INTO "group" (name, codename) VALUES ($1, $1) RETURNING group_id),
       granted AS (INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM made, permission p WHERE p.codename IN ('view_profile', 'edit_profile', $3)),
       joined AS (INSERT INTO user_group (user_id, group_id) SELECT $2, group_id FROM made)
     SELECT group_id AS "groupId", (SELECT permission_id FROM permission WHERE codename = $3) AS "permissionId" FROM made`,
    [name, victim.userId, OWN_PERMISSION],
  );
  await settled();
  return row!;
}

/** What an administrator asks of the worker at the other end of `line`. */
async function ask(line: Line, method: WireRequest['method'], path: string, body?: unknown): Promise<void> {
  const { answer } = await line.fire(encode({ method, path: `${api.prefix}${path}`, headers: { 'X-Session-Token': root.sessionToken }, ...(body === undefined ? {} : { body }) }));
  if (answer?.status !== 200) throw new Error(`the demotion was answered ${answer?.status}: ${JSON.stringify(answer?.body)}`);
}

/** What another program does; over when every worker obeys. */
async function tell(text: string): Promise<void> {
  await api.sql(text);
  await settled();
}

type Way = { demote: (line: Line, granted: Granted) => Promise<void>; verdict?: Verdict };

const WAYS: Record<string, Way> = {
  'other groups': { demote: (line) => ask(line, 'POST', `/users/${victim.userId}/groups`, { group_codenames: ['nothing'] }) },
  'the group made inactive': { demote: (line, { groupId }) => ask(line, 'PUT', `/groups/${groupId}`, { is_active: false }) },
  'other permissions of the group': { demote: (line, { groupId, permissionId }) => ask(line, 'POST', `/groups/${groupId}/permissions`, { permission_ids: [permissionId] }) },
  'the group deleted': { demote: (line, { groupId }) => ask(line, 'DELETE', `/groups/${groupId}`) },
  'the permission deleted': { demote: (line, { permissionId }) => ask(line, 'DELETE', `/permissions/${permissionId}`), verdict: byNewToken },
  'a statement in the database': { demote: () => tell(`DELETE FROM group_permission WHERE permission_id = (SELECT permission_id FROM permission WHERE codename = 'view_profile')`) },
};

describe(`${LINES} callers on connections of their own, spread over ${WORKERS} workers`, () => {
  beforeAll(() => api.sql(`INSERT INTO "group" (name, codename) VALUES ('Nothing', 'nothing')`));

  it.each(Object.entries(WAYS))('B-01, B-17, D-07: demoted by %s, no request sent after the answer is allowed', async (way, { demote, verdict = byStatus }) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const granted = await promote(round, way);
      const lines = await Promise.all(Array.from({ length: LINES }, (_, index) => openLine(ports[index % WORKERS]!)));
      const tokens = [victim.sessionToken, ...(verdict === byStatus ? [victim.accessToken] : [])].map(poll);
      let isAnswered = false;
      let isBroken = false;
      const allowed = lines.map(() => 0);
      const after: Record<string, number> = {};
      const polling = Promise.all(
        lines.map(async (line, index) => {
          for (let late = 0; late < AFTER && !isBroken; ) {
            // Read in the very turn in which the request leaves.
            const isLate = isAnswered;
            const said = verdict((await line.fire(tokens[index % tokens.length]!)).answer);
            if (said === 'allowed') allowed[index]! += 1;
            if (!isLate) continue;
            late += 1;
            after[said] = (after[said] ?? 0) + 1;
          }
        }),
      );
      try {
        await until(() => allowed.every((count) => count >= BEFORE), 120_000);
        lines.push(await openLine(ports[round]!));
        await demote(lines.at(-1)!, granted);
        isAnswered = true;
        await polling;
        expect({ round, after }).toEqual({ round, after: { refused: LINES * AFTER } });
        lines.push(await openLine(ports[(round + 1) % WORKERS]!));
        expect((await lines.at(-1)!.fire(poll(root.sessionToken))).answer?.status).toBe(200);
      } finally {
        isBroken = true;
        for (const line of lines) line.close();
      }
    }
  });
});

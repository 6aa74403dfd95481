import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { createAccess, type Access } from '../../../test/access.js';
import { signIn, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

/** A line of thirty, on a machine that may do other things. */
jest.setTimeout(300_000);

const FEW_CONNECTIONS = { DB_POOL_MAX: '3' };

let api: Api;
let other: Api;
let access: Access;
let root: Account;
beforeAll(async () => {
  [api, other] = await startTwo({ env: FEW_CONNECTIONS });
  access = createAccess(api);
  root = await access.root();
});
afterAll(() => api.close());

const LINE = ['SELECT pg_advisory_xact_lock($1)', [72_707_371]] as const;
const holdLine = () => access.outsider(LINE[0], [...LINE[1]]);
const describeGroup = (id: string, description: string, who = root, worker = api) => worker.client.send('PUT', `/groups/${id}`, { description }, { token: who.sessionToken });
const byPassword = () => api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password });

it('changes that wait in line leave the connections of their worker to everybody else', async () => {
  const group = await access.makeGroup();
  const { commit } = await holdLine();
  let answered = 0;
  const changes = Array.from({ length: 30 }, (_, n) => describeGroup(group.id, String(n)).finally(() => (answered += 1)));
  await access.untilWaiting(LINE[0]);
  for (let n = 0; n < 5; n += 1) expect((await byPassword()).status).toBe(200);
  expect(answered).toBe(0);
  await commit();
  expect((await Promise.all(changes)).map(({ status }) => status)).toEqual(changes.map(() => 200));
  expect(await access.entriesOf(group.id)).toHaveLength(30);
});

it('B-01: what a session asked for before it ended, and whose turn comes after, changes nothing', async () => {
  const editor = await access.holder('edit_group');
  const [group, second] = [await access.makeGroup(), await signIn(api, editor)];
  const { commit } = await holdLine();
  const changes = [api, other].map((worker) => describeGroup(group.id, 'mine', editor, worker));
  await until(async () => (await api.sql(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)).length === 2, 30_000);
  expect((await api.client.post('/auth/logout', { scope: 'others' }, { token: second.sessionToken })).status).toBe(200);
  await commit();
  expect((await Promise.all(changes)).map(({ status, body }) => [status, body.error_key])).toEqual([[401, 'UNAUTHORIZED'], [401, 'UNAUTHORIZED']]);
  expect(await access.entriesOf(group.id)).toEqual([]);
  expect((await describeGroup(group.id, 'mine', second)).status).toBe(200);
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createAccess, type Access } from '../../../test/access.js';
import type { Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';

const FEW_CONNECTIONS = { DB_POOL_MAX: '3', DB_POOL_CONNECTION_TIMEOUT: '2000' };

let api: Api;
let access: Access;
let root: Account;
beforeAll(async () => {
  [api] = await startTwo({ env: FEW_CONNECTIONS });
  access = createAccess(api);
  root = await access.root();
});
afterAll(() => api.close());

const LINE = ['SELECT pg_advisory_xact_lock($1)', [72_707_371]] as const;
const holdLine = () => access.outsider(LINE[0], [...LINE[1]]);
const describeGroup = (id: string, description: string) => api.client.send('PUT', `/groups/${id}`, { description }, { token: root.sessionToken });
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

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { account, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';

let api: Api;
let root: Account;
beforeAll(async () => {
  api = await startApi();
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
});
afterAll(() => api.close());

const now = async () => (await api.sql<{ now: Date }>('SELECT clock_timestamp()::timestamp(3) AS now'))[0]!.now;

it('D-12: who, from where, when, what and how grave is the server’s to say, whatever a client sends beside its request', async () => {
  const stranger = await signUp(api);
  const claimed = { user_id: stranger.userId, target_user_id: stranger.userId, ip_address: '203.0.113.6', level: 'debug', action: 'signed_in', module: 'auth', source: 'client', status_code: 500, metadata: { forged: true }, created_at: '2001-02-03T04:05:06.000Z' };
  const headers = { 'X-Forwarded-For': '203.0.113.6', 'X-Real-IP': '203.0.113.6', Forwarded: 'for=203.0.113.6', 'CF-Connecting-IP': '203.0.113.6', 'X-User-Id': stranger.userId };
  const before = await now();
  const answer = await api.client.post(`/groups?${new URLSearchParams({ user_id: stranger.userId, level: 'debug' }).toString()}`, { ...claimed, name: 'Forgers', codename: 'forgers' }, { token: root.sessionToken, headers });
  expect(answer.status).toBe(201);
  const [entry, ...others] = await api.sql<Record<string, unknown>>(`SELECT * FROM activity_log WHERE request_id = $1`, [answer.headers.get('x-request-id')]);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({ user_id: root.userId, target_user_id: null, ip_address: '127.0.0.1', level: 'audit', action: 'group_created', module: 'permissions', source: 'server', status_code: 201, method: 'POST', endpoint: '/api/v1/groups' });
  expect(JSON.stringify(entry)).not.toMatch(/203\.0\.113\.6|forged|2001-02-03/);
  const at = (entry!['created_at'] as Date).getTime();
  expect([at >= before.getTime(), at <= (await now()).getTime()]).toEqual([true, true]);
});

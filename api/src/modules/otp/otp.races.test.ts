import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp, wrongCode } from '../../../test/accounts.js';
import { codesOf as codesWith, identityOf, originFrom, watched } from '../../../test/codes.js';
import { someone, startTwo, type Api } from '../../../test/harness.js';
import { hashIdentity } from '../../shared/identity.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  // Two hundred requests wait for twenty connections and one row: on a busy machine longer than anybody should.
  [api, other] = await startTwo({ env: { DB_POOL_CONNECTION_TIMEOUT: '60000', DB_STATEMENT_TIMEOUT: '60000' } });
});
afterAll(() => api.close());

const atOnce = <T>(count: number, work: (worker: Api, index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, index) => work(index % 2 ? api : other, index)));
const newCode = async (email: string, purpose?: string) => {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', ...(purpose && { purpose }) });
  return api.codeFor(email);
};
const codesOf = (email: string) => api.sql<{ purpose: string; attempts: number; consumed: boolean }>('SELECT purpose, attempts, consumed_at IS NOT NULL AS consumed FROM one_time_code WHERE identity_hash = $1 ORDER BY purpose', [hashIdentity({ key: email })]);
const tally = (statuses: number[]) => Object.fromEntries([...new Set(statuses)].map((status) => [status, statuses.filter((one) => one === status).length]));

describe('over two workers at once', () => {
  it('C-03: of two hundred guesses at one code at most five are compared, wherever they are made', async () => {
    const { email } = await signUp(api);
    const code = await newCode(email);
    await newCode(email, 'login');
    // Each route tries another set of the live codes.
    const routes = ['/auth/login-with-otp', '/auth/verify', '/auth/verify-email-and-phone', '/auth/verify-one-time-password'];
    const answers = await atOnce(200, (worker, index) => worker.client.post(routes[index % 4]!, { user_id: email, channel: 'email', otp: wrongCode(code) }));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 400: 200 });
    expect(await codesOf(email)).toMatchObject([{ purpose: 'any', attempts: 5 }, { purpose: 'login', attempts: 5 }]);
    expect((await api.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: code })).status).toBe(400);
  });

  it('tries for different purposes never wait for each other in a circle', async () => {
    const email = someone();
    const workers = [watched(api.context.db), watched(other.context.db)].map((db) => ({ ...db, ...codesWith(api, { db: db.db }) }));
    const purposes = ['verify', 'any', 'login', 'signup', 'reset'] as const;
    for (const purpose of purposes) await workers[0]!.send(email, { purpose });
    const tried = { identity: identityOf(email), channel: 'email', code: '', origin: originFrom() } as const;
    await atOnce(200, async (_worker, index) => {
      const { otp, db } = workers[index % 2]!;
      if (index % 5 === 0) await otp.check({ ...tried, written: email }).catch(() => undefined);
      else await db.transaction((tx) => otp.consume(tx, { ...tried, purpose: purposes[index % 5]! }));
    });
    expect(workers[0]!.runs() + workers[1]!.runs()).toBe(purposes.length + 200);
  });

  it('C-05: of fifty right codes at once one opens a session', async () => {
    const { email, userId } = await signUp(api);
    const code = await newCode(email, 'login');
    const answers = await atOnce(50, (worker) => worker.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: code }));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 400: 49 });
    expect(await api.sql('SELECT count(*)::int FROM session WHERE user_id = $1', [userId])).toEqual([{ count: 2 }]);
    expect(await codesOf(email)).toContainEqual({ purpose: 'login', attempts: 0, consumed: true });
  });

  it('C-03: fifty checks of a right code at once are five tries; then it is dead', async () => {
    const email = someone();
    const code = await newCode(email);
    const answers = await atOnce(50, (worker) => worker.client.post('/auth/verify-one-time-password', { user_id: email, channel: 'email', otp: code }));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 5, 400: 45 });
    expect(await codesOf(email)).toEqual([{ purpose: 'any', attempts: 5, consumed: false }]);
    expect((await api.client.post('/auth/verify', { user_id: email, channel: 'email', otp: code })).status).toBe(400);
  });

  it('C-02: of fifty proofs of an address with one code at once one counts, and leaves one entry', async () => {
    const { email, userId } = await signUp(api);
    const code = await newCode(email, 'verify');
    const answers = await atOnce(50, (worker) => worker.client.post('/auth/verify-email-and-phone', { user_id: email, channel: 'email', otp: code }));
    expect(tally(answers.map(({ status }) => status))).toEqual({ 200: 1, 400: 49 });
    expect(await api.sql(`SELECT count(*)::int FROM activity_log WHERE action = 'identity_verified' AND user_id = $1`, [userId])).toEqual([{ count: 1 }]);
  });
});

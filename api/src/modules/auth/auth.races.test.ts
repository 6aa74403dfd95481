import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashIdentity } from '../../shared/identity.js';
import { signUp, wrongCode } from '../../../test/accounts.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

const fifty = <T>(work: (worker: Api, index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, (_, index) => work(index % 2 ? api : other, index)));
const body = (email: string, otp: string) => ({ user_id: email, channel: 'email', otp });
const newCode = async (email: string) => {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
  return api.codeFor(email);
};

describe('over two workers at once', () => {
  it('G-13: fifty sign-ups with one code make one account, one session and one entry', async () => {
    const email = someone();
    const code = await newCode(email);
    const answers = await fifty((worker) => worker.client.post('/auth/verify', body(email, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const [counts] = await api.sql(
      `SELECT (SELECT count(*)::int FROM "user" WHERE email = $1) AS users, (SELECT count(*)::int FROM session JOIN "user" USING (user_id) WHERE email = $1) AS sessions,
         (SELECT count(*)::int FROM activity_log JOIN "user" USING (user_id) WHERE email = $1 AND action = 'sign_up') AS entries`,
      [email],
    );
    expect(counts).toEqual({ users: 1, sessions: 1, entries: 1 });
  });

  it('C-03: fifty wrong codes at once count as five tries, and the code is dead after them', async () => {
    const { email } = await signUp(api);
    const code = await newCode(email);
    const answers = await fifty((worker) => worker.client.post('/auth/login-with-otp', body(email, wrongCode(code))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    const [row] = await api.sql<{ attempts: number }>(`SELECT attempts FROM one_time_code WHERE consumed_at IS NULL AND attempts > 0`);
    expect(row?.attempts).toBe(5);
    expect((await api.client.post('/auth/login-with-otp', body(email, code))).status).toBe(400);
  });

  it('C-03: four wrong tries leave the right one', async () => {
    const { email } = await signUp(api);
    const code = await newCode(email);
    for (let attempt = 0; attempt < 4; attempt += 1) await api.client.post('/auth/login-with-otp', body(email, wrongCode(code)));
    expect((await api.client.post('/auth/login-with-otp', body(email, code))).status).toBe(200);
  });

  it('C-05: fifty right codes at once open one session', async () => {
    const { email, userId } = await signUp(api);
    const code = await newCode(email);
    const answers = await fifty((worker) => worker.client.post('/auth/login-with-otp', body(email, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const [sessions] = await api.sql<{ count: number }>('SELECT count(*)::int FROM session WHERE user_id = $1', [userId]);
    expect(sessions?.count).toBe(2);
  });

  it('C-23: fifty requests for a code at once send one', async () => {
    const strict = await startApi({ beside: api, env: { OTP_SEND_COOLDOWN_SECONDS: '3600' } });
    const email = someone();
    const answers = await Promise.all(Array.from({ length: 50 }, () => strict.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.body).toMatchObject({ error_key: 'AUTH_OTP_THROTTLED', error: { details: { retry_after: expect.any(Number) } } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
    await strict.close();
  });

  it('C-04: an identity gets so many codes an hour, however often it asks and whatever is flushed', async () => {
    const strict = await startApi({ beside: api, env: { OTP_SEND_MAX_PER_HOUR: '3' } });
    const email = someone();
    const ask = () => strict.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    const statuses = [];
    for (let count = 0; count < 5; count += 1) statuses.push((await ask()).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await strict.client.post('/auth/send-one-time-password', { user_id: email.toUpperCase(), channel: 'email', purpose: 'login' })).status).toBe(429);
    await strict.close();
  });

  it('an address makes so many accounts an hour; the code is not lost by a refusal', async () => {
    const strict = await startApi({ beside: api, env: { SIGNUP_RATE_LIMIT_MAX: '2' } });
    await api.sql(`DELETE FROM throttle WHERE bucket = 'sign_up'`);
    const statuses = [];
    for (let count = 0; count < 3; count += 1) {
      const email = someone();
      statuses.push((await strict.client.post('/auth/verify', body(email, await newCode(email)))).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    await strict.close();
  });
});

describe('passwords', () => {
  it('C-19: beyond the hashing queue it is 503, which says when to come back, and never 500', async () => {
    const slow = await startApi({ beside: api, env: { BCRYPT_SALT_ROUNDS: '10' } });
    const answers = await Promise.all(Array.from({ length: 80 }, () => slow.client.post('/auth/login-with-password', { username: someone(), password: 'wrong' })));
    const full = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status !== 503 && status !== 401)).toEqual([]);
    expect(full.length).toBeGreaterThan(0);
    expect(new Set(full.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['2']));
    expect(full[0]!.body.error_key).toBe('SERVICE_UNAVAILABLE');
    await slow.close();
  });
});

describe('codes', () => {
  it('C-06: a code is nowhere but in the message: not in tables, not in the log, not in an answer', async () => {
    const email = someone();
    const answer = await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    const code = await api.codeFor(email);
    await api.client.post('/auth/login-with-otp', body(email, code));
    expect(answer.text).not.toContain(code);
    const rows = await api.sql<{ row: string }>(`SELECT c::text AS row FROM one_time_code c UNION ALL SELECT a::text FROM activity_log a UNION ALL SELECT j::text FROM graphile_worker._private_jobs j`);
    // Ids, hashes and fractions of seconds are random digits, which hold any six of them now and then.
    const random = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\\x[0-9a-f]+|\.\d+/g;
    expect(rows.filter(({ row }) => new RegExp(`(?<!\\d)${code}(?!\\d)`).test(row.replace(random, '')) || row.includes(Buffer.from(code).toString('hex')))).toEqual([]);
  });

  it('C-02: a code is over after ten minutes', async () => {
    const { email } = await signUp(api);
    const code = await newCode(email);
    await api.sql(`UPDATE one_time_code SET expires_at = expires_at - interval '10 minutes'`);
    expect((await api.client.post('/auth/login-with-otp', body(email, code))).status).toBe(400);
  });

  it('what nobody can use any more is cleared away by what is new, and nothing else', async () => {
    await api.sql(`INSERT INTO one_time_code (identity_hash, purpose, channel, code_hash, expires_at) SELECT decode(md5(n::text), 'hex'), 'any', 'email', '\\x00', now() - interval '25 hours' FROM generate_series(1, 15) n`);
    await api.sql(`INSERT INTO throttle (bucket, subject, window_started_at, hits, last_hit_at) SELECT 'otp_send', decode(md5(n::text), 'hex'), now() - interval '25 hours', 5, now() - interval '25 hours' FROM generate_series(1, 15) n`);
    const kept = someone();
    await newCode(kept);
    await newCode(someone());
    const [left] = await api.sql(`SELECT (SELECT count(*)::int FROM one_time_code WHERE expires_at < now() - interval '1 day') AS codes, (SELECT count(*)::int FROM throttle WHERE last_hit_at < now() - interval '1 day') AS budgets`);
    expect(left).toEqual({ codes: 0, budgets: 0 });
    expect(await api.sql('SELECT FROM throttle WHERE subject = $1', [hashIdentity({ key: kept })])).toHaveLength(1);
  });
});

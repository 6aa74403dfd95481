import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../../../test/client.js';
import { signUp, wrongCode } from '../../../test/accounts.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { LANGUAGES } from '../../i18n/language.js';
import { maskIdentity } from '../../shared/identity.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const SEND = '/auth/send-one-time-password';
const CHECK = '/auth/verify-one-time-password';
/** Every route that takes a code and an identity from anybody. */
const CODE_ROUTES = [CHECK, '/auth/verify-email-and-phone', '/auth/login-with-otp', '/auth/verify'];

const send = (user_id: string, extra: object = {}, on = api) => on.client.post(SEND, { user_id, channel: 'email', ...extra });
const check = (user_id: string, otp: unknown, extra: object = {}, on = api) => on.client.post(CHECK, { user_id, channel: 'email', otp, ...extra });
const newCode = async (email: string, extra: object = {}) => {
  await send(email, extra);
  return api.codeFor(email);
};
const entries = (action: string, email: string) => api.sql(`SELECT level, status_code, user_id, metadata FROM activity_log WHERE action = $1 AND metadata->>'identity' = $2`, [action, maskIdentity(email)]);
const statusesOf = async (path: string, bodies: object[]) => (await Promise.all(bodies.map((body) => api.client.post(path, body)))).map(({ status }) => status);
/** What is left when what belongs to one request is taken away. */
const canonical = ({ status, headers, text }: Answer, email: string) => ({
  status,
  text: text.replaceAll(email, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, ''),
  headers: Object.fromEntries([...headers].filter(([name]) => !/^(date|x-request-id|ratelimit.*|etag)$/.test(name))),
});
/** Another server on the same database, for one test. */
async function withServer<T>(env: NodeJS.ProcessEnv, work: (server: Api) => Promise<T>): Promise<T> {
  const server = await startApi({ env, beside: api });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

describe('200', () => {
  it('a code is sent in the language of the request, and leaves one entry', async () => {
    const email = `a${someone()}`;
    for (const [lang, subject] of [['de', /Code/], ['ar', /رمز/], ['en', /Your Tessera code/]] as const) {
      const answer = await api.client.post(`${SEND}?lang=${lang}`, { user_id: email, channel: 'email' });
      expect([answer.status, answer.body.data]).toEqual([200, { message: 'OTP sent successfully' }]);
      await api.codeFor(email);
      expect((await api.context.mailbox!.list()).find(({ to }) => to === email)!.subject).toMatch(subject);
    }
    expect(await entries('code_sent', email)).toHaveLength(3);
    expect((await entries('code_sent', email))[0]).toEqual({ level: 'info', status_code: 200, user_id: null, metadata: { identity: maskIdentity(email), channel: 'email', purpose: 'any' } });
  });

  it('a code is checked and can still be used; each check leaves one entry', async () => {
    const email = `b${someone()}`;
    const code = await newCode(email);
    const right = await check(` ${email} `, ` ${code} `);
    expect([right.status, right.body.message, right.body.data]).toEqual([200, 'Verify Successfully', { user_id: email }]);
    expect((await check(email, wrongCode(code))).status).toBe(400);
    expect((await api.client.post('/auth/verify', { user_id: email, channel: 'email', otp: code })).status).toBe(200);
    expect(await entries('code_checked', email)).toEqual([{ level: 'info', status_code: 200, user_id: null, metadata: { identity: maskIdentity(email), channel: 'email' } }]);
    expect(await entries('code_failed', email)).toEqual([{ level: 'warn', status_code: 400, user_id: null, metadata: { identity: maskIdentity(email), channel: 'email' } }]);
  });

  it('a check names a purpose, or means them all', async () => {
    const email = someone();
    const code = await newCode(email, { purpose: 'reset' });
    expect((await check(email, code)).status).toBe(200);
    expect((await check(email, code, { purpose: 'reset' })).status).toBe(200);
    expect((await check(email, code, { purpose: 'login' })).status).toBe(400);
  });

  it.each(LANGUAGES)('%s: every answer has its own sentences, and the same data', async (lang) => {
    const email = someone();
    const code = await newCode(email);
    const ask = async (otp: string) => (await api.client.post(`${CHECK}?lang=${lang}`, { user_id: email, channel: 'email', otp })).body;
    const [right, wrong] = [await ask(code), await ask(wrongCode(code))];
    const text = (kind: 'message' | 'error') => (kind === 'message' ? api.context.translator.message(lang, 'otp_verified') : api.context.translator.error(lang, 'AUTH_OTP_INVALID').message);
    expect([right.message, right.data]).toEqual([text('message'), { user_id: email }]);
    expect([wrong.message, wrong.error_key, wrong.error.details]).toEqual([text('error'), 'AUTH_OTP_INVALID', { user_id: email }]);
  });
});

describe('400', () => {
  it.each([
    ['nothing', {}],
    ['no code', { user_id: 'a@example.com', channel: 'email' }],
    ['no channel', { user_id: 'a@example.com', otp: '123456' }],
    ['an unknown channel', { user_id: 'a@example.com', channel: 'pigeon', otp: '123456' }],
    ['an unknown purpose', { user_id: 'a@example.com', channel: 'email', otp: '123456', purpose: 'any' }],
    ['an unknown field', { user_id: 'a@example.com', channel: 'email', otp: '123456', admin: true }],
    ['a number for an address', { user_id: '+4915112345678', channel: 'email', otp: '123456' }],
    ['an identity of another type', { user_id: { $ne: null }, channel: 'email', otp: '123456' }],
    ['a list of identities', { user_id: ['a@example.com'], channel: 'email', otp: '123456' }],
    ['an endless identity', { user_id: `${'a'.repeat(300)}@example.com`, channel: 'email', otp: '123456' }],
    ['a NUL', { user_id: 'a@example.com', channel: 'email', otp: '123\u0000456' }],
    ...[123456, ['123456'], { 0: '1' }, true, null, '', '12345', '1234567890123', '12 3456', '１２３４５６', '١٢٣٤٥٦', '0x1234', '1e5000'].map((otp) => [`${JSON.stringify(otp)} as code`, { user_id: 'a@example.com', channel: 'email', otp }] as const),
  ])('C-08: %s is malformed, on every route that takes a code', async (_name, body) => {
    for (const path of CODE_ROUTES) {
      const answer = await api.client.post(path, body);
      expect({ path, status: answer.status, key: answer.body.error_key }).toEqual({ path, status: 400, key: 'AUTH_INVALID_PAYLOAD' });
      expect(answer.body.error.details.errors.length).toBeGreaterThan(0);
    }
  });

  it.each([['nothing', {}], ['no channel', { user_id: 'a@example.com' }], ['an unknown purpose', { user_id: 'a@example.com', channel: 'email', purpose: 'any' }], ['a code', { user_id: 'a@example.com', channel: 'email', otp: '123456' }], ['a number for an address', { user_id: '+4915112345678', channel: 'email' }], ['a list', { user_id: ['a@example.com'], channel: 'email' }], ['neither', { user_id: 'nobody', channel: 'sms' }]])(
    'sending: %s is malformed',
    async (_name, body) => expect((await api.client.post(SEND, body)).body).toMatchObject({ error_key: 'AUTH_INVALID_PAYLOAD', error: { code: 1212, details: { errors: expect.any(Array) } } }),
  );

  it('a channel that cannot deliver is refused for everybody alike, on every route, before anything of the identity', async () => {
    const person = await signUp(api);
    for (const channel of ['sms', 'whatsapp']) {
      const answers = new Set<string>();
      for (const user_id of [person.email, someone(), '+4915112345678', '12025550123']) {
        for (const path of [SEND, ...CODE_ROUTES]) {
          const { body, text } = await api.client.post(path, { user_id, channel, ...(path !== SEND && { otp: '123456' }) });
          expect(body).toMatchObject({ path: `${api.prefix}${path}`, error_key: 'AUTH_CHANNEL_UNSUPPORTED', error: { code: 1208, details: { channel, supported: ['email'] } } });
          answers.add(`${path} ${text.replaceAll(user_id, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '')}`);
        }
      }
      expect(answers.size).toBe(1 + CODE_ROUTES.length);
    }
  });

  it('C-01: no master code is built in, on any route', async () => {
    const { email } = await signUp(api);
    for (const otp of ['1408199', '123456', '654321', '000000', '140819']) {
      for (const path of CODE_ROUTES) expect((await api.client.post(path, { user_id: email, channel: 'email', otp })).body).toMatchObject({ error_key: 'AUTH_OTP_INVALID', error: { code: 1205 } });
    }
  });

  it('C-02: a code of one purpose is refused wherever another is meant', async () => {
    const { email } = await signUp(api);
    for (const [purpose, refusing] of [['login', ['/auth/verify', '/auth/verify-email-and-phone']], ['verify', ['/auth/verify', '/auth/login-with-otp']], ['signup', ['/auth/login-with-otp', '/auth/verify-email-and-phone']], ['reset', ['/auth/verify', '/auth/login-with-otp', '/auth/verify-email-and-phone']]] as const) {
      const otp = await newCode(email, { purpose });
      for (const path of refusing) expect({ purpose, path, status: (await api.client.post(path, { user_id: email, channel: 'email', otp })).status }).toEqual({ purpose, path, status: 400 });
      expect((await check(email, otp, { purpose })).status).toBe(200);
    }
  });

  it('with OTP_REQUIRE_PURPOSE a code has to be asked for with its purpose, and one from before works nowhere', async () => {
    const { email } = await signUp(api);
    const old = await newCode(email);
    await withServer({ OTP_REQUIRE_PURPOSE: 'true' }, async (strict) => {
      expect((await send(email, {}, strict)).body).toMatchObject({ error_key: 'AUTH_INVALID_PAYLOAD', error: { details: { errors: [{ path: 'purpose', code: 'required' }] } } });
      for (const path of CODE_ROUTES) expect((await strict.client.post(path, { user_id: email, channel: 'email', otp: old })).body.error_key).toBe('AUTH_OTP_INVALID');
      expect((await send(email, { purpose: 'login' }, strict)).status).toBe(200);
      const code = await strict.codeFor(email);
      expect((await check(email, code, {}, strict)).status).toBe(200);
      expect((await strict.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: code })).status).toBe(200);
    });
    expect((await check(email, old)).status).toBe(200);
  });
});

describe('C-09: known and unknown are one answer', () => {
  it('of sending and of checking', async () => {
    const known = (await signUp(api)).email;
    const unknown = someone();
    for (const ask of [(email: string) => send(email), (email: string) => check(email, '123456'), (email: string) => check(email, 'x')]) expect(canonical(await ask(known), known)).toEqual(canonical(await ask(unknown), unknown));
  });
});

describe('429', () => {
  it('says for how long, in every language, and is the same for known and unknown', async () => {
    const known = (await signUp(api)).email;
    await withServer({ OTP_SEND_MAX_PER_HOUR: '1' }, async (strict) => {
      const refusal = async (email: string, lang: string) => {
        await send(email, {}, strict);
        return strict.client.post(`${SEND}?lang=${lang}`, { user_id: email, channel: 'email' });
      };
      for (const lang of LANGUAGES) {
        const answer = await refusal(known, lang);
        expect(answer.status).toBe(429);
        const seconds = Number(answer.headers.get('retry-after'));
        expect(answer.body).toMatchObject({ error_key: 'AUTH_OTP_THROTTLED', message: api.context.translator.error(lang, 'AUTH_OTP_THROTTLED').message, error: { code: 1222, details: { retry_after: seconds } } });
        expect([seconds > 3_500, seconds <= 3_600]).toEqual([true, true]);
      }
      const bare = ({ text }: Answer) => text.replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '').replace(/3[,.]?[56]\d\d/g, 'S');
      expect(bare(await refusal(known, 'en'))).toBe(bare(await refusal(someone(), 'en')));
    });
  });

  it('C-23: one address gets what its budget leaves, whatever the identities; another address has its own', async () => {
    await api.sql(`DELETE FROM throttle WHERE bucket = 'otp_send_address'`);
    await withServer({ OTP_SEND_MAX_PER_HOUR_PER_IP: '10', TRUSTED_PROXIES: 'loopback' }, async (strict) => {
      const from = (address: string) => strict.client.post(SEND, { user_id: someone(), channel: 'email' }, { headers: { 'X-Forwarded-For': address } });
      const answers = await Promise.all(Array.from({ length: 50 }, () => from('203.0.113.50')));
      expect([answers.filter(({ status }) => status === 200).length, answers.filter(({ status }) => status === 429).length]).toEqual([10, 40]);
      expect((await from('203.0.113.51')).status).toBe(200);
      // G-05: an IPv6 network of one customer is one address.
      const six = await Promise.all(Array.from({ length: 20 }, (_, index) => from(`2001:db8:1:1::${index + 1}`)));
      expect(six.filter(({ status }) => status === 200)).toHaveLength(10);
    });
  });

  it('checking stands under the limit of sign-ins', async () => {
    await withServer({ AUTH_RATE_LIMIT_MAX: '3', TRUSTED_PROXIES: 'loopback' }, async (strict) => {
      const statuses = [];
      for (let count = 0; count < 5; count += 1) statuses.push((await strict.client.post(CHECK, { user_id: someone(), channel: 'email', otp: '123456' }, { headers: { 'X-Forwarded-For': '203.0.113.60' } })).status);
      expect(statuses).toEqual([400, 400, 400, 429, 429]);
    });
  });
});

describe('codes that are known beforehand', () => {
  it('TEST_OTPS: a reviewer signs up with his own, in production too, and no message leaves', async () => {
    const env = { API_MODE: 'production', JWT_SECRET: 'k3Zr8vQm1Xc7Tn5Lw9Ya2Hd6Pf4Gs0Bj', BCRYPT_SALT_ROUNDS: '10', EMAIL_HOST: '127.0.0.1', EMAIL_PORT: '1', TEST_OTPS: 'Reviewer@Example.com=222222', TEST_OTPS_UNTIL: '2999-12-31' };
    await withServer(env, async (live) => {
      const user_id = 'reviewer@example.com';
      // In the queue or out of it: another server may be quick to send it, and those of the tests before may still be on their way.
      const messages = async () => (await api.sql<{ waiting: number; begun: number }>(`SELECT (SELECT count(*)::int FROM graphile_worker.jobs WHERE task_identifier = 'one_time_code') AS waiting, (SELECT count(*)::int FROM message_delivery) AS begun`))[0]!;
      await until(async () => (await messages()).waiting === 0);
      const before = await messages();
      expect((await send(user_id, {}, live)).status).toBe(200);
      expect(await messages()).toEqual(before);
      const tryIt = (otp: string) => live.client.post('/auth/verify', { user_id, channel: 'email', otp });
      expect([(await tryIt('222223')).status, (await tryIt('222222')).status]).toEqual([400, 200]);
      expect((await live.client.post('/auth/login-with-otp', { user_id, channel: 'email', otp: '222222' })).status).toBe(400);
    });
  });

  it('MASTER_OTP: works on every route where a code is asked, and every use is in the log, also one that is refused', async () => {
    const person = await signUp(api, `m${someone()}`);
    await withServer({ MASTER_OTP: '90817263' }, async (open) => {
      const give = (path: string, user_id: string, channel = 'email') => open.client.post(path, { user_id, channel, otp: '90817263' });
      expect((await give(CHECK, person.email)).status).toBe(200);
      expect((await give('/auth/login-with-otp', person.email)).status).toBe(200);
      expect((await give('/auth/verify-email-and-phone', person.email)).status).toBe(200);
      expect((await give('/auth/verify', '+4915112345678', 'whatsapp')).status).toBe(200);
      expect((await give('/auth/login-with-otp', '4915112345678', 'sms')).status).toBe(200);
      const stranger = `n${someone()}`;
      expect((await give('/auth/login-with-otp', stranger)).status).toBe(400);
      expect((await entries('master_code_used', person.email)).map((entry) => [entry['level'], entry['status_code'], (entry['metadata'] as { purpose?: string }).purpose])).toEqual(expect.arrayContaining([['audit', 200, undefined], ['audit', 200, 'login'], ['audit', 200, 'verify']]));
      expect(await entries('master_code_used', person.email)).toHaveLength(3);
      expect(await entries('master_code_used', '+4915112345678')).toHaveLength(2);
      expect((await entries('master_code_used', stranger)).map((entry) => entry['status_code'])).toEqual([400]);
    });
    // Another server, without it, knows nothing of it.
    expect(await statusesOf('/auth/login-with-otp', [{ user_id: person.email, channel: 'email', otp: '90817263' }])).toEqual([400]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer } from '../../../test/client.js';
import { signUp, wrongCode } from '../../../test/accounts.js';
import { codesOf, identityOf, originFrom, somebodysPhone, watched } from '../../../test/codes.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { LANGUAGES } from '../../i18n/language.js';
import { maskIdentity } from '../../shared/identity.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createWithCode } from '../otp/with-code.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createIdentitiesRepo } from './identities.repo.js';
import { createIdentitiesService } from './identities.service.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

const AVAILABILITY = '/auth/check-user-availability';
const VERIFY = '/auth/verify-email-and-phone';
const ask = (body: unknown) => api.client.post(AVAILABILITY, body);
const verify = (user_id: string, otp: string, on = api) => on.client.post(VERIFY, { user_id, channel: 'email', otp });
const newCode = async (email: string, extra: object = { purpose: 'verify' }) => {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', ...extra });
  return api.codeFor(email);
};
const unproved = async (email: string) => api.sql('UPDATE "user" SET is_email_verified = false, email_verified_at = NULL WHERE lower(email) = lower($1)', [email]);
const proofOf = async (email: string) => (await api.sql<{ is_email_verified: boolean; email_verified_at: Date | null }>('SELECT is_email_verified, email_verified_at FROM "user" WHERE lower(email) = lower($1)', [email]))[0]!;
const entriesOf = (email: string) => api.sql<{ action: string; user_id: string | null; status_code: number; metadata: object }>(`SELECT action, user_id, status_code, metadata FROM activity_log WHERE endpoint LIKE '%verify-email-and-phone' AND metadata->>'identity' = $1 ORDER BY created_at`, [maskIdentity(email)]);
const bare = ({ status, text }: Answer, email: string) => `${status} ${text.replaceAll(email, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '')}`;

describe('asking whether an account exists', () => {
  let email: string;
  let userName: string;
  const phone = somebodysPhone();
  beforeAll(async () => {
    const person = await signUp(api, `Mina.${someone()}`);
    email = person.email;
    userName = email.split('@')[0]!;
    await api.sql(`UPDATE "user" SET phone_e164 = $1, first_name = 'Mina', last_name = 'Murray' WHERE user_id = $2`, [phone, person.userId]);
  });

  it('finds an account by e-mail, phone and name, however they are written', async () => {
    for (const body of [{ user_id: email }, { user_id: email.toUpperCase() }, { user_id: ` ${email} ` }, { email }, { user_id: phone }, { user_id: phone.slice(1) }, { phone }, { phone: phone.slice(1) }, { user_id: userName }, { user_id: userName.toUpperCase() }]) {
      const answer = await ask(body);
      expect({ body, status: answer.status, message: answer.body.message, data: answer.body.data }).toEqual({ body, status: 200, message: 'User is available', data: { available: true, first_name: null, last_name: null } });
    }
  });

  it('and none where there is none; only what is first of user_id, phone, email counts', async () => {
    for (const body of [{ user_id: someone() }, { email: someone() }, { phone: somebodysPhone() }, { user_id: someone(), phone, email }, { phone: somebodysPhone(), email }, { user_id: null, phone: null, email: someone() }]) {
      expect((await ask(body)).body).toMatchObject({ message: 'User is not available', data: { available: false, first_name: null, last_name: null } });
    }
    expect((await ask({ user_id: null, phone: null, email })).body.data.available).toBe(true);
    expect((await ask({ user_id: null, phone, email: someone() })).body.data.available).toBe(true);
  });

  it('C-11: nothing is found by a part of it, or by a pattern', async () => {
    for (const user_id of ['%', '_', '%@%', `%${email}`, email.replace('a', '_'), `${email}%`, userName.slice(1), userName.slice(0, -1), `${userName.slice(0, -1)}_`, '1', '12', phone.slice(-6), phone.slice(3), phone.slice(0, -1), "' OR true --", '\\']) {
      expect({ user_id, available: (await ask({ user_id })).body.data?.available }).toEqual({ user_id, available: false });
    }
  });

  it.each([
    ['no body', undefined],
    ['nothing', {}],
    ['three times null', { user_id: null, phone: null, email: null }],
    ['an empty text', { user_id: '' }],
    ['a number', { user_id: 12 }],
    ['a list', { email: ['a@example.com'] }],
    ['an object', { phone: { $ne: null } }],
    ['an unknown field', { user_id: 'mina', admin: true }],
    ['a phone that is none', { phone: '12' }],
    ['an e-mail that is none', { email: 'nobody' }],
    ['a phone as e-mail', { email: '+4915112345678' }],
    ['an endless name', { user_id: 'a'.repeat(255) }],
    ['a NUL', { user_id: 'a\0b' }],
  ])('400: %s', async (_name, body) => {
    expect((await ask(body)).body).toMatchObject({ error_key: 'AUTH_INVALID_PAYLOAD', error: { code: 1212, details: { errors: expect.any(Array) } } });
  });

  it.each(LANGUAGES)('%s has its sentences', async (lang) => {
    const messages = await Promise.all([email, someone()].map(async (user_id) => (await api.client.post(`${AVAILABILITY}?lang=${lang}`, { user_id })).body.message));
    expect(messages).toEqual([api.context.translator.message(lang, 'user_available'), api.context.translator.message(lang, 'user_not_available')]);
  });

  it('C-09: one address may ask so often, over all workers', async () => {
    const env = { AVAILABILITY_RATE_LIMIT_MAX: '10', TRUSTED_PROXIES: 'loopback', PM2_INSTANCES: '2' };
    const strict = [await startApi({ env, beside: api }), await startApi({ env, beside: api })];
    const from = (address: string, index: number) => strict[index % 2]!.client.post(AVAILABILITY, { user_id: someone() }, { headers: { 'X-Forwarded-For': address } });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => from('203.0.113.70', index)));
    const letIn = answers.filter(({ status }) => status === 200).length;
    // Fewer only where the store did not answer in time: then each worker gives its share alone.
    expect(letIn).toBeLessThanOrEqual(10);
    expect(letIn).toBeGreaterThan(0);
    const refused = answers.find(({ status }) => status === 429)!;
    expect([refused.body.error_key, Number(refused.headers.get('retry-after')) > 0]).toEqual(['TOO_MANY_REQUESTS', true]);
    expect((await from('203.0.113.71', 0)).status).toBe(200);
    for (const server of strict) await server.close();
  });
});

describe('proving an e-mail address', () => {
  it('marks it, once and with its time, uses the code up, and opens no session', async () => {
    const person = await signUp(api, `p${someone()}`);
    await unproved(person.email);
    const sessions = () => api.sql('SELECT count(*)::int FROM session WHERE user_id = $1', [person.userId]);
    const before = await sessions();
    const code = await newCode(person.email);
    const answer = await verify(` ${person.email.toUpperCase()} `, code);
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'Email verified successfully', { user_id: person.email.toUpperCase(), channel: 'email', verified: true }]);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const first = await proofOf(person.email);
    expect(first).toEqual({ is_email_verified: true, email_verified_at: expect.any(Date) });
    expect((await verify(person.email, code)).status).toBe(400);
    expect((await verify(person.email, await newCode(person.email))).status).toBe(200);
    expect(await proofOf(person.email)).toEqual(first);
    expect(await sessions()).toEqual(before);
    const facts = { identity: maskIdentity(person.email), channel: 'email' };
    expect(await entriesOf(person.email)).toEqual([
      { action: 'identity_verified', user_id: person.userId, status_code: 200, metadata: facts },
      { action: 'code_failed', user_id: null, status_code: 400, metadata: { ...facts, purpose: 'verify' } },
      { action: 'identity_verified', user_id: person.userId, status_code: 200, metadata: facts },
    ]);
  });

  it('both workers show it at once', async () => {
    const person = await signUp(api);
    await unproved(person.email);
    const shown = async (worker: Api) => (await worker.client.get('/settings/profile', { token: person.sessionToken })).body.data.is_email_verified;
    expect([await shown(api), await shown(other)]).toEqual([false, false]);
    const code = await newCode(person.email);
    expect((await verify(person.email, code, other)).status).toBe(200);
    await api.context.changes.settled();
    expect([await shown(api), await shown(other)]).toEqual([true, true]);
  });

  it.each(LANGUAGES)('%s has its sentences', async (lang) => {
    const { email } = await signUp(api);
    const code = await newCode(email);
    const tell = async (otp: string) => (await api.client.post(`${VERIFY}?lang=${lang}`, { user_id: email, channel: 'email', otp })).body;
    expect((await tell(wrongCode(code))).message).toBe(api.context.translator.error(lang, 'AUTH_OTP_INVALID').message);
    expect((await tell(code)).message).toBe(api.context.translator.message(lang, 'email_verified'));
  });

  it('C-09: where there is no account it is a wrong code, even when the code was right, and the code is not lost', async () => {
    const { email } = await signUp(api);
    const unknown = someone();
    const code = await newCode(unknown, {});
    const expected = bare(await verify(email, '123456'), email);
    expect(expected).toMatch(/^400 .*AUTH_OTP_INVALID.*"user_id":"X","channel":"email"/);
    expect(bare(await verify(unknown, '123456'), unknown)).toBe(expected);
    expect(bare(await verify(unknown, code), unknown)).toBe(expected);
    expect((await api.client.post('/auth/verify', { user_id: unknown, channel: 'email', otp: code })).status).toBe(200);
  });

  it('C-10: a wrong code costs the same statements for both', async () => {
    const { email } = await signUp(api);
    const namesFor = async (to: string) => {
      const { db, statements } = watched(api.context.db);
      const { otp } = codesOf(api, { db });
      const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) });
      const identities = createIdentitiesService({ db, repo: createIdentitiesRepo(), users: createUsersRepo(), withCode: createWithCode({ db, otp }), activity });
      await expect(identities.verify({ written: to, identity: identityOf(to), channel: 'email', code: '123456', origin: originFrom() })).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_INVALID' } });
      return statements.map(({ name }) => name);
    };
    const names = await namesFor(email);
    expect(names[0]).toBe('otp_consume');
    expect(await namesFor(someone())).toEqual(names);
  });
});

describe('proving a phone number', () => {
  it.each([['sms'], ['whatsapp']] as const)('by %s, of the account that has exactly this number', async (channel) => {
    const { db, sent, send, otp } = codesOf(api);
    const [mine, theirs] = [somebodysPhone(), somebodysPhone()];
    for (const phone of [mine, theirs]) {
      const person = await signUp(api);
      await api.sql(`UPDATE "user" SET phone_e164 = $1, is_phone_verified = false WHERE user_id = $2`, [phone, person.userId]);
    }
    await send(mine, { channel, purpose: 'verify' });
    const identities = createIdentitiesService({ db, repo: createIdentitiesRepo(), users: createUsersRepo(), withCode: createWithCode({ db, otp }), activity: createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) }) });
    const tried = { written: mine, channel, code: sent[0]!.code, origin: originFrom() };
    await expect(identities.verify({ ...tried, identity: identityOf(theirs) })).rejects.toMatchObject({ definition: { key: 'AUTH_OTP_INVALID' } });
    await identities.verify({ ...tried, identity: identityOf(mine.slice(1)) });
    const rows = await api.sql('SELECT phone_e164, is_phone_verified, phone_number_verified_at IS NOT NULL AS dated FROM "user" WHERE phone_e164 = ANY($1) AND is_phone_verified', [[mine, theirs]]);
    expect(rows).toEqual([{ phone_e164: mine, is_phone_verified: true, dated: true }]);
  });

  it('over HTTP, with the sentence of its channel; an address is not reached by them, nor a number by e-mail', async () => {
    const server = await startApi({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp' } });
    try {
      const post = (path: string, body: object) => server.client.post(path, body);
      for (const [channel, sentence] of [['sms', 'Sms verified successfully'], ['whatsapp', 'WhatsApp verified successfully']] as const) {
        const phone = somebodysPhone();
        await post('/auth/send-one-time-password', { user_id: phone, channel });
        expect((await post('/auth/verify', { user_id: phone, channel, otp: await server.codeFor(phone) })).status).toBe(200);
        await post('/auth/send-one-time-password', { user_id: phone.slice(1), channel, purpose: 'verify' });
        const answer = await post(VERIFY, { user_id: phone.slice(1), channel, otp: await server.codeFor(phone) });
        expect([answer.body.message, answer.body.data]).toEqual([sentence, { user_id: phone.slice(1), channel, verified: true }]);
        for (const path of ['/auth/send-one-time-password', VERIFY, '/auth/verify-one-time-password', '/auth/login-with-otp', '/auth/verify']) {
          const { status, body } = await post(path, { user_id: someone(), channel, ...(!path.includes('send') && { otp: '123456' }) });
          expect({ path, status, key: body.error_key, fields: body.error.details.errors }).toMatchObject({ path, status: 400, key: 'AUTH_INVALID_PAYLOAD', fields: [{ path: 'user_id', code: 'invalid_format' }] });
        }
      }
    } finally {
      await server.close();
    }
  });
});

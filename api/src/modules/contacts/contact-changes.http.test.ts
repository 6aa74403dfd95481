import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { signIn, signUp, wrongCode, type Account } from '../../../test/accounts.js';
import { erasedMeanwhile } from '../../../test/erased-meanwhile.js';
import { plantCode } from '../../../test/planted-codes.js';
import { someone, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());
afterEach(() => void jest.restoreAllMocks());

const changeEmail = (person: Account, new_email: string, otp: string, more: object = {}, query = '', worker = api) =>
  worker.client.post(`/settings/change-email${query}`, { new_email, otp, ...more }, { token: person.sessionToken });
const changePhone = (person: Account, new_phone: string, otp: string, more: object = {}, query = '', worker = api) =>
  worker.client.post(`/settings/change-phone${query}`, { new_phone, otp, ...more }, { token: person.sessionToken });
const sendCode = async (email: string, purpose: string | undefined = 'verify') => {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', purpose });
  return api.codeFor(email);
};
const row = async ({ userId }: Account) => (await api.sql('SELECT * FROM "user" WHERE user_id = $1', [userId]))[0]!;
const changesOf = ({ userId }: Account) => api.sql('SELECT * FROM contact_change WHERE user_id = $1 ORDER BY created_at', [userId]);
const entriesOf = ({ userId }: Account, action: string) => api.sql<{ metadata: Record<string, unknown>; status_code: number }>('SELECT metadata, status_code FROM activity_log WHERE user_id = $1 AND action = $2', [userId, action]);
/** The notices with a link that an address has got, once every message that was queued has left. */
async function noticesTo(address: string) {
  await until(async () => (await api.sql('SELECT FROM graphile_worker._private_jobs WHERE run_at <= now() LIMIT 1')).length === 0, 30_000);
  return (await api.context.mailbox!.list()).filter(({ to, text }) => to === address && text.includes('/settings/undo-contact-change?token='));
}

let numbers = 0;
const someNumber = () => `+49151${String((numbers += 1)).padStart(8, '0')}`;

describe('POST /settings/change-email', () => {
  it('C-16: replaces the address with the verified flag, keeps what undoes it, tells the old one, and leaves an entry', async () => {
    const person = await signUp(api);
    const email = `Amal.${someone()}`;
    const answer = await changeEmail(person, `  ${email} `, await sendCode(email));
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'Email updated and verified successfully', { user: { id: person.userId, email, is_email_verified: true, email_verified_at: expect.any(String) } }]);
    expect(await row(person)).toMatchObject({ email, is_email_verified: true });
    expect(Date.parse(answer.body.data.user.email_verified_at)).toBeGreaterThan(Date.now() - 60_000);

    const [change] = await changesOf(person);
    expect(change).toMatchObject({ kind: 'email', old_value: person.email, new_value: email, undone_at: null });
    expect(Number(change!['expires_at']) - Number(change!['created_at'])).toBe(72 * 3_600_000);
    const [entry] = await entriesOf(person, 'email_changed');
    expect(entry).toEqual({ status_code: 200, metadata: { from: `${person.email[0]}***@example.com`, to: 'a***@example.com' } });

    const notices = await noticesTo(person.email);
    expect(notices).toHaveLength(1);
    expect(notices[0]!.text).not.toContain(email);
  });

  it('the next request to any worker shows it, with a session token that says it too; the old address signs nobody in', async () => {
    const person = await signUp(api);
    for (const worker of [api, other]) await worker.client.get('/settings/profile', { token: person.sessionToken });
    const email = someone();
    await changeEmail(person, email, await sendCode(email));
    const shown = await Promise.all([api, other].map((worker) => worker.client.get('/settings/profile', { token: person.sessionToken })));
    expect(shown.map(({ body }) => body.data.email)).toEqual([email, email]);
    for (const { headers } of shown) expect(Buffer.from(headers.get('x-session-token')!.split('.')[1]!, 'base64url').toString()).toContain(email);
    expect((await signIn(api, { email })).userId).toBe(person.userId);
    expect((await api.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp: await sendCode(person.email, 'login') })).status).toBe(400);
  });

  it('is answered when every worker knows of it', async () => {
    const person = await signUp(api);
    const email = someone();
    const code = await sendCode(email);
    const settled = jest.spyOn(api.context.changes, 'settled');
    const isSaved = settled.mockImplementation(async () => expect(await row(person)).toMatchObject({ email }));
    expect((await changeEmail(person, email, code)).status).toBe(200);
    expect(isSaved).toHaveBeenCalledTimes(1);
  });

  it('takes a code that was asked for without a purpose, and none that was asked for another', async () => {
    const person = await signUp(api);
    const email = someone();
    for (const purpose of ['login', 'signup', 'reset']) expect([(await changeEmail(person, email, await sendCode(email, purpose))).status, purpose]).toEqual([400, purpose]);
    await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    expect((await changeEmail(person, email, await api.codeFor(email))).status).toBe(200);
  });

  it('a code for the old address, or for somebody else’s, is wrong', async () => {
    const person = await signUp(api);
    const email = someone();
    await sendCode(email);
    expect((await changeEmail(person, email, await sendCode(person.email))).status).toBe(400);
    expect(await row(person)).toMatchObject({ email: person.email });
  });

  it('C-03: a wrong code is counted and logged, and the fifth kills it; the answer speaks six languages', async () => {
    const person = await signUp(api);
    const email = someone();
    const code = await sendCode(email);
    const answers = await Promise.all(LANGUAGES.map((lang) => changeEmail(person, email, wrongCode(code), {}, `?lang=${lang}`)));
    for (const { status, body } of answers) expect([status, body.error_key, body.error.code]).toEqual([400, 'PROFILE_INVALID_OTP', 1408]);
    expect(new Set(answers.map(({ body }) => body.message)).size).toBe(LANGUAGES.length);
    expect((await changeEmail(person, email, code)).status).toBe(400);
    expect(await entriesOf(person, 'contact_change_failed')).toHaveLength(LANGUAGES.length + 1);
    expect(await changesOf(person)).toEqual([]);
  });

  it('a taken address is 409 for whoever has the right code, which stays usable; without it, a wrong code like any other', async () => {
    const [ann, ben] = [await signUp(api), await signUp(api)];
    const code = await sendCode(ben.email);
    const wrong = await changeEmail(ann, ben.email.toUpperCase(), wrongCode(code));
    expect([wrong.status, wrong.body.error_key]).toEqual([400, 'PROFILE_INVALID_OTP']);
    const sentences = [];
    for (const lang of LANGUAGES) {
      const answer = await changeEmail(ann, ben.email.toUpperCase(), code, {}, `?lang=${lang}`);
      expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([409, 'EMAIL_ALREADY_EXISTS', 1410]);
      sentences.push(answer.body.message);
    }
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
    expect(await row(ann)).toMatchObject({ email: ann.email });
    expect((await changeEmail(ben, ben.email, code)).status).toBe(200);
  });

  it('with the present address it is proved anew: nothing to undo, nobody is told', async () => {
    const person = await signUp(api);
    await api.sql('UPDATE "user" SET is_email_verified = false, email_verified_at = NULL WHERE user_id = $1', [person.userId]);
    const email = person.email.toUpperCase();
    expect((await changeEmail(person, email, await sendCode(person.email))).status).toBe(200);
    expect(await row(person)).toMatchObject({ email, is_email_verified: true, email_verified_at: expect.any(Date) });
    expect([await changesOf(person), await entriesOf(person, 'email_changed'), (await entriesOf(person, 'identity_verified')).length]).toEqual([[], [], 1]);
  });

  it('an address that was never proved hears nothing: whoever owns it is a stranger', async () => {
    const person = await signUp(api);
    await api.sql('UPDATE "user" SET is_email_verified = false WHERE user_id = $1', [person.userId]);
    const email = someone();
    expect((await changeEmail(person, email, await sendCode(email))).status).toBe(200);
    expect(await changesOf(person)).toMatchObject([{ old_value: person.email, old_verified_at: null }]);
    expect(await noticesTo(person.email)).toEqual([]);
  });

  it('wrong types and shapes are 400 with the name of the field', async () => {
    const person = await signUp(api);
    const good = { new_email: someone(), otp: '123456' };
    const bad: [object, string][] = [
      [{}, 'new_email'], [{ otp: '123456' }, 'new_email'], [{ new_email: good.new_email }, 'otp'],
      ...[1, null, true, {}, [], '', 'x', 'a@b', 'a b@c.de', 'ü@c.de', `${'a'.repeat(300)}@c.de`, 'a@c.de\u0000', '+4915112345678', 'a@c.de,b@c.de', 'a@c.de\nBcc: b@c.de'].map((new_email): [object, string] => [{ ...good, new_email }, 'new_email']),
      ...[123456, null, {}, ['123456'], '', '12345', '12345a', '١٢٣٤٥٦', '1234567890123', '12 456'].map((otp): [object, string] => [{ ...good, otp }, 'otp']),
      ...[1, null, {}, '', 'x'.repeat(1_025)].map((password): [object, string] => [{ ...good, password }, 'password']),
      [{ ...good, user_id: person.userId }, 'user_id'], [{ ...good, email: 'x' }, 'email'],
    ];
    for (const [body, path] of bad) {
      const answer = await api.client.post('/settings/change-email', body, { token: person.sessionToken });
      expect([body, answer.status, answer.body.error_key, answer.body.error?.details.errors[0].path]).toEqual([body, 400, 'PROFILE_INVALID_PAYLOAD', path]);
    }
  });
});

describe('POST /settings/change-phone', () => {
  it('replaces the number as E.164 and as clients are shown it, and tells whoever can be reached', async () => {
    const person = await signUp(api);
    const number = someNumber();
    const answer = await changePhone(person, number.slice(1), await plantCode(api, number, '123456'));
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'Phone number updated and verified successfully', { user: { id: person.userId, phone_number: { phone: number.slice(1) }, is_phone_verified: true, phone_number_verified_at: expect.any(String) } }]);
    expect(await row(person)).toMatchObject({ phone_e164: number, phone_number: { phone: number.slice(1) }, is_phone_verified: true });
    expect(await changesOf(person)).toMatchObject([{ kind: 'phone', old_value: null, new_value: number }]);
    expect((await entriesOf(person, 'phone_changed')).map(({ metadata }) => metadata)).toEqual([{ from: null, to: `${number.slice(0, 3)}***${number.slice(-2)}` }]);
    expect(await noticesTo(person.email)).toHaveLength(1);
  });

  it.each(['sms', 'whatsapp'] as const)('takes a code that came by %s', async (channel) => {
    const person = await signUp(api);
    const number = someNumber();
    expect((await changePhone(person, number, await plantCode(api, number, '123456', { channel, purpose: 'any' }))).status).toBe(200);
  });

  it('keeps what was only shown before: an account that was taken over may have a number nobody proved', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET phone_number = '{"phone":"+4915199999999"}' WHERE user_id = $1`, [person.userId]);
    const number = someNumber();
    expect((await changePhone(person, number, await plantCode(api, number, '123456'))).status).toBe(200);
    expect(await changesOf(person)).toMatchObject([{ old_value: '4915199999999', old_verified_at: null }]);
  });

  it('a taken number is 409, with or without its plus; a wrong code 400; what is no number 400', async () => {
    const [ann, ben] = [await signUp(api), await signUp(api)];
    const number = someNumber();
    await changePhone(ben, number, await plantCode(api, number, '123456'));
    await plantCode(api, number, '123456');
    const taken = await Promise.all([changePhone(ann, number, '123456'), changePhone(ann, number.slice(1), '123456')]);
    expect(taken.map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'EMAIL_ALREADY_EXISTS'], [409, 'EMAIL_ALREADY_EXISTS']]);
    const sentences = await Promise.all(LANGUAGES.slice(0, 4).map((lang) => changePhone(ann, number, '654321', {}, `?lang=${lang}`)));
    expect(sentences.map(({ status, body }) => [status, body.error_key])).toEqual(Array(4).fill([400, 'PROFILE_INVALID_OTP']));
    for (const new_phone of [1, null, '', '0151', '+', 'x', '+0123', '+999123456789', '+49 151 1', 'a@b.de', '٠١٢٣', {}, []]) {
      const answer = await api.client.post('/settings/change-phone', { new_phone, otp: '123456' }, { token: ann.sessionToken });
      expect([new_phone, answer.status, answer.body.error_key, answer.body.error.details.errors[0].path]).toEqual([new_phone, 400, 'PROFILE_INVALID_PAYLOAD', 'new_phone']);
    }
    expect((await row(ann))['phone_e164']).toBeNull();
  });
});

describe('over two workers at once', () => {
  const fifty = <T>(work: (worker: Api, index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: 50 }, (_, index) => work(index % 2 ? api : other, index)));

  it('one code and two accounts: one of them gets the address, once', async () => {
    const people = [await signUp(api), await signUp(api)];
    const email = someone();
    const code = await sendCode(email);
    const answers = await fifty((worker, index) => changeEmail(people[index % 4 < 2 ? 0 : 1]!, email, code, {}, '', worker));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(400)]);
    expect(await api.sql('SELECT FROM "user" WHERE email = $1', [email])).toHaveLength(1);
    expect((await Promise.all(people.map(changesOf))).flat()).toHaveLength(1);
  });

  it('a code for each of two accounts: one gets the address, the other is told that it is taken, nobody sees a failure of ours', async () => {
    for (let round = 0; round < 5; round += 1) {
      const people = [await signUp(api), await signUp(api)];
      const email = someone();
      await plantCode(api, email, '111111', { channel: 'email', purpose: 'verify' });
      await plantCode(api, email, '222222', { channel: 'email', purpose: 'any' });
      const answers = await Promise.all(people.map((person, index) => changeEmail(person, email, ['111111', '222222'][index]!, {}, '', [api, other][index])));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(await api.sql('SELECT FROM "user" WHERE email = $1', [email])).toHaveLength(1);
    }
  });

  it('an address that signs up at the same moment belongs to one of the two', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await signUp(api);
      const email = someone();
      await plantCode(api, email, '111111', { channel: 'email', purpose: 'verify' });
      await plantCode(api, email, '222222', { channel: 'email', purpose: 'signup' });
      const answers = await Promise.all([changeEmail(person, email, '111111'), other.client.post('/auth/verify', { user_id: email, channel: 'email', otp: '222222' })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(await api.sql('SELECT FROM "user" WHERE email = $1', [email])).toHaveLength(1);
    }
  });
});

it('what nobody can undo any more is cleared away by what is new, and nothing else', async () => {
  const person = await signUp(api);
  await api.sql(`INSERT INTO contact_change (user_id, kind, new_value, token_hash, expires_at) SELECT $1, 'email', 'x', decode(md5(n::text), 'hex'), now() - interval '25 hours' FROM generate_series(1, 15) n`, [person.userId]);
  await api.sql(`INSERT INTO contact_change (user_id, kind, new_value, token_hash, expires_at) VALUES ($1, 'email', 'x', '\\x00', now() - interval '1 hour')`, [person.userId]);
  for (let count = 0; count < 2; count += 1) {
    const email = someone();
    expect((await changeEmail(person, email, await sendCode(email))).status).toBe(200);
  }
  expect(await changesOf(person)).toHaveLength(3);
});

describe('an account that is erased at this moment', () => {
  it('has no session any more, and gets no address and no number', async () => {
    const [email, number] = [someone(), someNumber()];
    const [code, textCode] = [await sendCode(email), await plantCode(api, number, '123456')];
    const answers = [await erasedMeanwhile(api, (person) => changeEmail(person, email, code)), await erasedMeanwhile(api, (person) => changePhone(person, number, textCode))];
    for (const { status, body } of answers) expect([status, body.error_key, body.error.code]).toEqual([401, 'SESSION_INVALID', 1220]);
    expect(await api.sql('SELECT FROM "user" WHERE email = $1 OR phone_e164 = $2', [email, number])).toEqual([]);
    // Nobody is left whose failure it was.
    expect(await api.sql(`SELECT user_id, status_code FROM activity_log WHERE action = 'contact_change_failed' AND metadata->>'identity' = $1`, [`${email[0]}***@example.com`])).toContainEqual({ user_id: null, status_code: 401 });
  });
});

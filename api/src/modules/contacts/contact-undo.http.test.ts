import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { signIn, signUp, type Account } from '../../../test/accounts.js';
import { plantCode } from '../../../test/planted-codes.js';
import { someone, startTwo, type Api } from '../../../test/harness.js';
import { setPassword } from '../../../test/passwords.js';
import { until } from '../../../test/until.js';
import { hashUndoToken } from './undo-token.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());
afterEach(() => void jest.restoreAllMocks());

const undo = (token: unknown, worker = api, query = '') => worker.client.post(`/settings/undo-contact-change${query}`, { token });
const row = async ({ userId }: Account) => (await api.sql('SELECT * FROM "user" WHERE user_id = $1', [userId]))[0]!;
const entriesOf = ({ userId }: Account) => api.sql<{ metadata: unknown; session_id: unknown }>(`SELECT metadata, session_id FROM activity_log WHERE user_id = $1 AND action = 'contact_change_undone'`, [userId]);
const LINK = /\/settings\/undo-contact-change\?token=([\w-]+)/;

const someNumber = () => `+49152${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;
/** Whether so many statements wait for a row. */
const waiting = async (count: number) => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length >= count;

/** The token of the newest notice that an address got, other than one that is known, waited for. */
async function tokenSentTo(address: string, known?: string): Promise<string> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const token = (await api.context.mailbox!.list()).flatMap(({ to, text }) => (to === address && LINK.exec(text)?.[1]) || []).find((each) => each !== known);
    if (token) return token;
    if (performance.now() > deadline) throw new Error(`no notice for ${address} arrived`);
    await delay(10);
  }
}

async function changeEmail(person: Pick<Account, 'sessionToken'>, email = someone()): Promise<string> {
  await plantCode(api, email, '123456', { channel: 'email' });
  const answer = await api.client.post('/settings/change-email', { new_email: email, otp: '123456' }, { token: person.sessionToken });
  if (answer.status !== 200) throw new Error(answer.text);
  return email;
}

async function changePhone(person: Account, number: string): Promise<void> {
  await plantCode(api, number, '123456');
  const answer = await api.client.post('/settings/change-phone', { new_phone: number, otp: '123456' }, { token: person.sessionToken });
  if (answer.status !== 200) throw new Error(answer.text);
}

describe('POST /settings/undo-contact-change', () => {
  it('puts the old address back as it was, ends every session on both workers before the answer, and leaves one entry', async () => {
    const person = await signUp(api);
    const elsewhere = await signIn(api, person);
    const { email_verified_at } = await row(person);
    await changeEmail(person);
    for (const worker of [api, other]) for (const { sessionToken } of [person, elsewhere]) expect((await worker.client.get('/settings/profile', { token: sessionToken })).status).toBe(200);
    const answer = await undo(await tokenSentTo(person.email));
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'The change has been undone and all sessions were signed out', { kind: 'email' }]);
    const tokens = [person, elsewhere].flatMap(({ sessionToken, accessToken }) => [sessionToken, accessToken]);
    const statuses = await Promise.all([api, other].flatMap((worker) => tokens.map((token) => worker.client.get('/settings/profile', { token }))));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([401]));
    expect((await api.client.post('/auth/refresh-token', { refresh_token: elsewhere.refreshToken })).status).toBe(401);
    expect(await row(person)).toMatchObject({ email: person.email, is_email_verified: true, email_verified_at: new Date(Number(email_verified_at)) });
    expect(await entriesOf(person)).toEqual([{ session_id: null, metadata: { kind: 'email', restored: `${person.email[0]}***@example.com`, sessions: 2, password_dropped: false } }]);
    expect((await signIn(api, person)).userId).toBe(person.userId);
  });

  it('an address that was not proved comes back as one that is not', async () => {
    const person = await signUp(api);
    await changeEmail(person);
    await api.sql('UPDATE contact_change SET old_verified_at = NULL WHERE user_id = $1', [person.userId]);
    expect((await undo(await tokenSentTo(person.email))).status).toBe(200);
    expect(await row(person)).toMatchObject({ email: person.email, is_email_verified: false, email_verified_at: null });
  });

  it('the oldest wins: undone through later changes, whose tokens are void from then on', async () => {
    const person = await signUp(api);
    const second = await changeEmail(person);
    const third = await changeEmail(person);
    await changeEmail(person);
    const [first, later, latest] = await Promise.all([person.email, second, third].map((address) => tokenSentTo(address)));
    expect((await undo(later)).status).toBe(200);
    expect(await row(person)).toMatchObject({ email: second });
    expect((await undo(latest)).status).toBe(400);
    expect((await undo(first)).status).toBe(200);
    expect(await row(person)).toMatchObject({ email: person.email });
    for (const token of [first, later, latest]) expect((await undo(token)).status).toBe(400);
  });

  it('an earlier change of the other kind, and of somebody else, can still be undone', async () => {
    const [ann, ben] = [await signUp(api), await signUp(api)];
    const number = someNumber();
    // Nobody had a number before: the present address hears of it.
    await changePhone(ann, number);
    const ofNumber = await tokenSentTo(ann.email);
    await changeEmail(ann);
    await changeEmail(ben);
    expect((await undo(await tokenSentTo(ann.email, ofNumber))).status).toBe(200);
    expect(await row(ann)).toMatchObject({ email: ann.email, phone_e164: number, is_phone_verified: true });
    const answer = await undo(ofNumber);
    expect([answer.status, answer.body.data]).toEqual([200, { kind: 'phone' }]);
    expect(await row(ann)).toMatchObject({ email: ann.email, phone_e164: null, phone_number: null, is_phone_verified: false, phone_number_verified_at: null });
    expect((await undo(await tokenSentTo(ben.email))).status).toBe(200);
  });

  it('C-16: a number that a thief has added after the address, and that he alone was told of, goes with it', async () => {
    const person = await signUp(api);
    const thiefs = { email: await changeEmail(person), number: someNumber() };
    await changePhone(person, thiefs.number);
    await changePhone(person, someNumber());
    expect((await undo(await tokenSentTo(person.email))).body.data).toEqual({ kind: 'email' });
    expect(await row(person)).toMatchObject({ email: person.email, phone_e164: null, phone_number: null, is_phone_verified: false });
    expect((await entriesOf(person)).map(({ metadata }) => metadata)).toEqual([expect.objectContaining({ kind: 'email', with: 'phone' })]);
    expect((await undo(await tokenSentTo(thiefs.email))).status).toBe(400);
  });

  it('a number that went to another account meanwhile does not keep the address from coming back', async () => {
    const [person, heir] = [await signUp(api), await signUp(api)];
    const number = someNumber();
    await changePhone(person, number);
    const ofNumber = await tokenSentTo(person.email);
    await changeEmail(person);
    await changePhone(person, someNumber());
    await changePhone(heir, number);
    expect((await undo(await tokenSentTo(person.email, ofNumber))).status).toBe(200);
    expect(await row(person)).toMatchObject({ email: person.email, phone_e164: null, is_phone_verified: false });
    expect(await row(heir)).toMatchObject({ phone_e164: number });
  });

  it('a password that was being set while the address was changed is the thief’s too', async () => {
    const person = await signUp(api);
    const email = someone();
    await plantCode(api, email, '123456', { channel: 'email' });
    const owner = await api.context.db.pool.connect();
    await owner.query('BEGIN');
    // Held for as long as the others take to come.
    await owner.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await owner.query('SELECT FROM "user" WHERE user_id = $1 FOR UPDATE', [person.userId]);
    const changed = api.client.post('/settings/change-email', { new_email: email, otp: '123456' }, { token: person.sessionToken });
    await until(() => waiting(1), 30_000);
    const set = setPassword(api, person);
    await until(() => waiting(2), 30_000);
    await owner.query('COMMIT');
    owner.release();
    expect([(await changed).status, (await set).status]).toEqual([200, 200]);
    expect((await undo(await tokenSentTo(person.email))).status).toBe(200);
    expect(await row(person)).toMatchObject({ password: expect.stringMatching(/^!/), password_changed_at: null });
  });

  it('a number comes back as it was: one that signs in with its proof, one that was only shown without', async () => {
    const person = await signUp(api);
    const [shown, old, next] = [0, 1, 2].map(() => `+49153${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`) as [string, string, string];
    await api.sql(`UPDATE "user" SET phone_number = jsonb_build_object('phone', $2::text) WHERE user_id = $1`, [person.userId, shown.slice(1)]);
    await changePhone(person, old);
    await changePhone(person, next);
    const before = await api.sql<{ contact_change_id: string }>('SELECT contact_change_id FROM contact_change WHERE user_id = $1 ORDER BY created_at', [person.userId]);
    // Text messages cannot be sent here: the tokens are put where theirs would be.
    for (const [index, { contact_change_id }] of before.entries()) await api.sql('UPDATE contact_change SET token_hash = $2 WHERE contact_change_id = $1', [contact_change_id, hashUndoToken(`${person.userId}${index}`)]);
    expect((await undo(`${person.userId}1`)).status).toBe(200);
    expect(await row(person)).toMatchObject({ phone_e164: old, phone_number: { phone: old.slice(1) }, is_phone_verified: true, phone_number_verified_at: expect.any(Date) });
    expect((await undo(`${person.userId}0`)).status).toBe(200);
    expect(await row(person)).toMatchObject({ phone_e164: null, phone_number: { phone: shown.slice(1) }, is_phone_verified: false, phone_number_verified_at: null });
  });

  it('the password is gone, whether it was set after the change or before: the thief may know it', async () => {
    const [ann, ben] = [await signUp(api), await signUp(api)];
    const set = ({ userId }: Account, at: string) => api.sql(`UPDATE "user" SET password = '$2b$04$' || repeat('a', 53), password_changed_at = ${at} WHERE user_id = $1`, [userId]);
    await set(ben, `now() - interval '1 second'`);
    for (const person of [ann, ben]) await changeEmail(person);
    await set(ann, 'clock_timestamp()');
    for (const person of [ann, ben]) {
      expect((await undo(await tokenSentTo(person.email))).status).toBe(200);
      expect(await row(person)).toMatchObject({ password: expect.stringMatching(/^!/), password_changed_at: null });
      expect((await entriesOf(person)).map(({ metadata }) => metadata)).toEqual([expect.objectContaining({ password_dropped: true })]);
    }
  });

  it('an account without a password has another nothing after it, so that a password being set at that moment is not stored', async () => {
    const person = await signUp(api);
    const { password } = await row(person);
    await changeEmail(person);
    expect((await undo(await tokenSentTo(person.email))).status).toBe(200);
    const after = await row(person);
    expect([after['password'] === password, after['password']]).toEqual([false, expect.stringMatching(/^!/)]);
  });

  it('B-01: is answered when every worker refuses the ended sessions, and not before', async () => {
    const person = await signUp(api);
    await changeEmail(person);
    const token = await tokenSentTo(person.email);
    let settle = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      jest.spyOn(api.context.changes, 'settled').mockImplementation(() => {
        resolve();
        return new Promise((done) => (settle = done));
      });
    });
    let answered = false;
    const answer = undo(token).finally(() => (answered = true));
    await asked;
    expect(await row(person)).toMatchObject({ email: person.email });
    await api.client.get('//health');
    expect(answered).toBe(false);
    settle();
    expect((await answer).status).toBe(200);
  });

  it('unknown, used, too old: the same 400, in six languages', async () => {
    const people = [await signUp(api), await signUp(api)];
    for (const person of people) await changeEmail(person);
    const [used, old] = (await Promise.all(people.map(({ email }) => tokenSentTo(email)))) as [string, string];
    expect((await undo(used)).status).toBe(200);
    await api.sql(`UPDATE contact_change SET expires_at = now() WHERE user_id = $1`, [people[1]!.userId]);
    const unknown = randomBytes(32).toString('base64url');
    const sentences = [];
    for (const lang of LANGUAGES) {
      const answers = await Promise.all([unknown, used, old, 'x', `${old}x`, "' OR 1=1 --", hashUndoToken(old).toString('hex')].map((token) => undo(token, api, `?lang=${lang}`)));
      const comparable = answers.map(({ status, body }) => JSON.stringify({ status, ...body, error: { ...body.error, id: '', timestamp: '' } }));
      expect(new Set(comparable).size).toBe(1);
      expect([answers[0]!.status, answers[0]!.body.error_key, answers[0]!.body.error.code]).toEqual([400, 'CONTACT_UNDO_INVALID', 1411]);
      sentences.push(answers[0]!.body.message);
    }
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
    expect(await row(people[1]!)).not.toMatchObject({ email: people[1]!.email });
  });

  it('an old address that belongs to another account by now is 409, and nothing else changes', async () => {
    const person = await signUp(api);
    const email = await changeEmail(person);
    const token = await tokenSentTo(person.email);
    await signUp(api, person.email);
    const sentences = await Promise.all(LANGUAGES.map(async (lang) => {
      const answer = await undo(token, api, `?lang=${lang}`);
      expect([answer.status, answer.body.error_key]).toEqual([409, 'EMAIL_ALREADY_EXISTS']);
      return answer.body.message;
    }));
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
    expect(await row(person)).toMatchObject({ email });
    expect((await api.client.get('/settings/profile', { token: person.sessionToken })).status).toBe(200);
  });

  it('fifty at once over two workers: one effect, one entry', async () => {
    const person = await signUp(api);
    await changeEmail(person);
    const token = await tokenSentTo(person.email);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => undo(token, index % 2 ? api : other)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(400)]);
    expect(await entriesOf(person)).toHaveLength(1);
    expect(await row(person)).toMatchObject({ email: person.email });
  });

  it('races with another change by the thief: whichever comes first, the owner has the account in the end', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await signUp(api);
      await changeEmail(person);
      const token = await tokenSentTo(person.email);
      const email = someone();
      await plantCode(api, email, '123456', { channel: 'email' });
      const [undone] = await Promise.all([undo(token), other.client.post('/settings/change-email', { new_email: email, otp: '123456' }, { token: person.sessionToken })]);
      expect(undone.status).toBe(200);
      const [account] = await api.sql(`SELECT u.email, (SELECT count(*)::int FROM session s WHERE s.user_id = u.user_id AND s.revoked_at IS NULL) AS sessions FROM "user" u WHERE u.user_id = $1`, [person.userId]);
      expect(account).toEqual({ email: person.email, sessions: 0 });
    }
  });

  it('a token is nowhere but in the message', async () => {
    const person = await signUp(api);
    await changeEmail(person);
    const token = await tokenSentTo(person.email);
    await undo(token);
    const rows = await api.sql<{ row: string }>(`SELECT c::text AS row FROM contact_change c UNION ALL SELECT a::text FROM activity_log a UNION ALL SELECT j::text FROM graphile_worker._private_jobs j`);
    expect(rows.filter((each) => each.row.includes(token) || each.row.includes(Buffer.from(token).toString('hex')))).toEqual([]);
    expect(api.logText()).not.toContain(token);
  });

  it('wrong types are 400 with the name of the field; a GET changes nothing', async () => {
    for (const token of [undefined, null, 1, true, {}, [], ['x'], '', 'x'.repeat(201), 'a\u0000']) {
      const { status, body } = await undo(token);
      expect([token, status, body.error_key, body.error?.details.errors[0].path]).toEqual([token, 400, 'PROFILE_INVALID_PAYLOAD', 'token']);
    }
    expect((await api.client.post('/settings/undo-contact-change', { token: 'x', user_id: 'y' })).body.error.details.errors[0].path).toBe('user_id');
    const person = await signUp(api);
    await changeEmail(person);
    const token = await tokenSentTo(person.email);
    await api.client.get(`/settings/undo-contact-change?token=${token}`);
    await api.client.send('HEAD', `/settings/undo-contact-change?token=${token}`);
    expect((await undo(token)).status).toBe(200);
  });
});

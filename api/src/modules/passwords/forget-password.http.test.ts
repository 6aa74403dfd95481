import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { signIn, signUp, wrongCode, type Account } from '../../../test/accounts.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { hashIdentity } from '../../shared/identity.js';
import { brokenRules, changePassword, forgetPassword, isSignedIn, member, newCode, noticeTo, openByPassword, OTHER_PASSWORD, PASSWORD, passwordEntries, signInWith, storedPassword, wanted } from '../../../test/passwords.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { LOCKOUT_MAX_FAILURES: '5' } });
});
afterAll(() => api.close());

/** An answer without what is the same in none: ids, times, and the caller's own words. */
const canonical = ({ status, headers, text }: Awaited<ReturnType<typeof forgetPassword>>, userId: string) => ({
  status,
  names: [...headers.keys()].filter((name) => name !== 'date').sort(),
  length: text.replaceAll(userId, 'X').length,
  text: text.replaceAll(userId, 'X').replace(/"id":"[^"]+"/g, '').replace(/"timestamp":"[^"]+"/g, ''),
});

describe('POST /auth/forget-password', () => {
  it('C-22, B-06: a right code gives a new password, ends every session on every worker before it answers, and opens none', async () => {
    const person = await member(api);
    const phone = await openByPassword(other, person, PASSWORD);
    expect([await isSignedIn([api, other], person), await isSignedIn([other, api], phone)]).toEqual([true, true]);
    const code = await newCode(api, person.email, 'reset');
    const answer = await forgetPassword(api, person.email, code);
    const refused = await Promise.all([person, phone].flatMap(({ sessionToken: token }) => [api, other].map((worker) => worker.client.get('/settings/profile', { token }))));
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(answer.body).toMatchObject({ success: true, message: 'Password updated successfully', data: { message: 'Password updated successfully' } });
    expect(Object.keys(answer.body.data)).toEqual(['message']);
    expect([answer.headers.get('set-cookie'), answer.headers.get('x-session-token'), answer.headers.get('cache-control')]).toEqual([null, null, 'no-store']);
    expect([await isSignedIn([api, other], person), await isSignedIn([api, other], phone)]).toEqual([false, false]);
    expect([(await signInWith(api, person.email, PASSWORD)).status, (await signInWith(other, person.email, OTHER_PASSWORD)).status]).toEqual([401, 200]);
    expect((await passwordEntries(api, person)).at(-1)).toMatchObject({ action: 'password_reset', status_code: 200, metadata: { identity: `${person.email[0]}***@example.com`, sessions: 2 } });
    expect((await noticeTo(api, person.email)).text).not.toContain(OTHER_PASSWORD);
  });

  it('a code without a purpose works, too, with or without the channel, for an address in capitals', async () => {
    const person = await member(api);
    expect((await forgetPassword(api, ` ${person.email.toUpperCase()} `, await newCode(api, person.email), { channel: 'email' })).status).toBe(200);
    expect((await signInWith(api, person.email, OTHER_PASSWORD)).status).toBe(200);
  });

  it('gives an account that has none its first password', async () => {
    const person = await signUp(api);
    expect((await forgetPassword(api, person.email, await newCode(api, person.email))).status).toBe(200);
    expect((await signInWith(api, person.email, OTHER_PASSWORD)).status).toBe(200);
    expect(await api.sql('SELECT FROM password_history WHERE user_id = $1', [person.userId])).toEqual([]);
  });

  it.each(['2a', '2b', '2y'])('an account with an imported $%s$ hash is given a new one', async (prefix) => {
    const person = await signUp(api);
    const imported = bcrypt.hashSync(PASSWORD, 4).replace('$2b$', `$${prefix}$`);
    await api.sql('UPDATE "user" SET password = $2 WHERE user_id = $1', [person.userId, imported]);
    const code = await newCode(api, person.email);
    expect(brokenRules(await forgetPassword(api, person.email, code, wanted(PASSWORD)))).toEqual([['password', 'password_reused']]);
    expect((await forgetPassword(api, person.email, code)).status).toBe(200);
    expect(await api.sql('SELECT password FROM password_history WHERE user_id = $1', [person.userId])).toEqual([{ password: imported }]);
  });

  it('what is stored and is no hash is no hindrance', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET password = 'plain' WHERE user_id = $1`, [person.userId]);
    expect((await forgetPassword(api, person.email, await newCode(api, person.email))).status).toBe(200);
  });

  it('the code proves the address: it is verified from then on, and a time that was noted stays', async () => {
    const person = await signUp(api);
    const state = () => api.sql('SELECT is_email_verified, email_verified_at, is_phone_verified FROM "user" WHERE user_id = $1', [person.userId]);
    await api.sql('UPDATE "user" SET is_email_verified = false, email_verified_at = NULL WHERE user_id = $1', [person.userId]);
    await forgetPassword(api, person.email, await newCode(api, person.email));
    expect(await state()).toEqual([{ is_email_verified: true, email_verified_at: expect.any(Date), is_phone_verified: false }]);
    await api.sql(`UPDATE "user" SET email_verified_at = '2026-01-01T00:00:00Z' WHERE user_id = $1`, [person.userId]);
    await forgetPassword(api, person.email, await newCode(api, person.email), wanted('Third-Life-3'));
    expect(await state()).toEqual([expect.objectContaining({ email_verified_at: new Date('2026-01-01T00:00:00Z') })]);
  });

  it('the owner signs in with the new one at once, however often he tried the old (C-20)', async () => {
    const person = await member(api);
    for (let wrong = 0; wrong < 6; wrong += 1) await signInWith(api, person.email, 'Wrong-Life-1');
    expect((await signInWith(api, person.email, PASSWORD)).status).toBe(429);
    expect((await forgetPassword(api, person.email, await newCode(api, person.email))).status).toBe(200);
    expect((await signInWith(api, person.email, OTHER_PASSWORD)).status).toBe(200);
  });

  it('C-01: a master code does what it is for where it is configured, and leaves its entry', async () => {
    const person = await member(api);
    expect((await forgetPassword(api, person.email, '13572468')).body.error_key).toBe('AUTH_OTP_INVALID');
    const open = await startApi({ beside: api, env: { MASTER_OTP: '13572468' } });
    expect((await forgetPassword(open, person.email, '13572468')).status).toBe(200);
    expect(await api.sql(`SELECT metadata->>'purpose' AS purpose FROM activity_log WHERE action = 'master_code_used' AND metadata->>'identity' = $1`, [`${person.email[0]}***@example.com`])).toEqual([{ purpose: 'reset' }]);
    await open.close();
  });

  it('forgives what failed with the old password', async () => {
    const person = await member(api);
    for (let wrong = 0; wrong < 6; wrong += 1) await changePassword(api, person, { old_password: 'Wrong-Life-1' });
    expect((await changePassword(api, person)).status).toBe(429);
    expect((await forgetPassword(api, person.email, await newCode(api, person.email))).status).toBe(200);
    expect((await changePassword(api, await openByPassword(api, person, OTHER_PASSWORD), { old_password: OTHER_PASSWORD, ...wanted('Third-Life-3') })).status).toBe(200);
  });
});

describe('codes', () => {
  it('C-02, C-22: one works once, here and elsewhere', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    expect((await forgetPassword(api, person.email, code)).status).toBe(200);
    expect((await forgetPassword(api, person.email, code, wanted('Third-Life-3'))).body.error_key).toBe('AUTH_OTP_INVALID');
    expect((await api.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp: code })).body.error_key).toBe('AUTH_OTP_INVALID');
    const second = await newCode(api, person.email);
    expect((await api.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp: second })).status).toBe(200);
    expect((await forgetPassword(api, person.email, second, wanted('Third-Life-3'))).body.error_key).toBe('AUTH_OTP_INVALID');
    expect((await signInWith(api, person.email, OTHER_PASSWORD)).status).toBe(200);
  });

  it('C-02: one that was asked for to sign in does not reset, nor one for resetting sign in', async () => {
    const person = await member(api);
    for (const purpose of ['login', 'signup', 'verify']) expect((await forgetPassword(api, person.email, await newCode(api, person.email, purpose))).body.error_key).toBe('AUTH_OTP_INVALID');
    const otp = await newCode(api, person.email, 'reset');
    expect((await api.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp })).body.error_key).toBe('AUTH_OTP_INVALID');
    expect((await forgetPassword(api, person.email, otp)).status).toBe(200);
  });

  it('somebody else’s does not reset', async () => {
    const [person, stranger] = [await member(api), await member(api)];
    expect((await forgetPassword(api, person.email, await newCode(api, stranger.email))).body.error_key).toBe('AUTH_OTP_INVALID');
    expect((await signInWith(api, person.email, PASSWORD)).status).toBe(200);
  });

  it('C-03: five wrong tries kill one; none at all is a wrong one, and counts as no try', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    for (let missing = 0; missing < 6; missing += 1) expect((await forgetPassword(api, person.email, undefined)).body.error_key).toBe('AUTH_OTP_INVALID');
    for (let wrong = 0; wrong < 5; wrong += 1) {
      const answer = await forgetPassword(wrong % 2 ? api : other, person.email, wrongCode(code));
      expect([answer.status, answer.body.error_key, answer.body.error.code, answer.body.error.details]).toEqual([400, 'AUTH_OTP_INVALID', 1205, { user_id: person.email }]);
    }
    expect((await forgetPassword(api, person.email, code)).body.error_key).toBe('AUTH_OTP_INVALID');
    expect((await signInWith(api, person.email, PASSWORD)).status).toBe(200);
    const failures = (await passwordEntries(api, person)).filter(({ action }) => action === 'password_change_failed');
    expect(failures).toHaveLength(12);
    expect(failures[0]).toMatchObject({ status_code: 400, metadata: { reason: 'AUTH_OTP_INVALID', identity: `${person.email[0]}***@example.com` } });
  });

  it('one outlives a refusal that only the account’s own data shows, and costs no try', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    const name = person.email.split('@')[0]!;
    for (let tries = 0; tries < 6; tries += 1) expect(brokenRules(await forgetPassword(api, person.email, code, wanted(PASSWORD)))).toEqual([['password', 'password_reused']]);
    expect(brokenRules(await forgetPassword(api, person.email, code, wanted(`No1-${name}-x`)))).toEqual([['password', 'password_user_info']]);
    expect((await forgetPassword(api, person.email, code)).status).toBe(200);
  });

  it('whoever has no right code learns nothing of the account from the rules (C-09)', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    for (const password of [PASSWORD, `No1-${person.email.split('@')[0]}-x`]) expect((await forgetPassword(api, person.email, wrongCode(code), wanted(password))).body.error_key).toBe('AUTH_OTP_INVALID');
  });

  it('what the password shows by itself is told first, all of it, and costs no try', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    for (let tries = 0; tries < 6; tries += 1) {
      expect(brokenRules(await forgetPassword(api, person.email, wrongCode(code), { password: 'sh0rt', confirm_password: 'x' }))).toEqual([...['too_short', 'uppercase', 'symbol'].map((rule) => ['password', `password_${rule}`]), ['confirm_password', 'passwords_differ']]);
    }
    expect((await forgetPassword(api, person.email, code)).status).toBe(200);
  });
});

describe('accounts that are not in use', () => {
  const become = (person: Account, change: string) => api.sql(`UPDATE "user" SET ${change} WHERE user_id = $1`, [person.userId]);
  const stateOf = (person: Account) => api.sql('SELECT status, is_active, is_trashed, deactivated_at, erase_after FROM "user" WHERE user_id = $1', [person.userId]);

  it.each([
    ['deactivated by its owner', `status = 'INACTIVE', is_active = false, deactivated_at = now()`],
    ['deleted, within the grace', `status = 'DELETED', is_active = false, erase_after = now() + interval '3 days'`],
  ])('%s: it gets a new password, and stays as it is', async (_what, change) => {
    const person = await member(api);
    await become(person, change);
    const before = await stateOf(person);
    const stored = await storedPassword(api, person);
    expect((await forgetPassword(api, person.email, await newCode(api, person.email))).status).toBe(200);
    expect(await storedPassword(api, person)).not.toBe(stored);
    expect(await stateOf(person)).toEqual(before);
  });

  it.each([
    ['suspended', `status = 'SUSPENDED'`],
    ['suspended, as the server before wrote it', `status = 'Suspended', is_active = false`],
    ['trashed', 'is_trashed = true'],
    ['made inactive by an administrator', `status = 'INACTIVE', is_active = false`],
    ['deleted, and the grace is over', `status = 'DELETED', is_active = false, erase_after = now() - interval '1 second'`],
  ])('%s: a right code is told so, and nothing changes; a wrong one is a wrong one', async (_what, change) => {
    const person = await member(api);
    await become(person, change);
    const stored = await storedPassword(api, person);
    const code = await newCode(api, person.email);
    expect((await forgetPassword(api, person.email, wrongCode(code))).body.error_key).toBe('AUTH_OTP_INVALID');
    // Also with a password that was used before: nothing is compared for an account that cannot have one.
    const answer = await forgetPassword(api, person.email, code, wanted(PASSWORD));
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([400, 'AUTH_FORGOT_PASSWORD_FAILED', 1211]);
    expect(await storedPassword(api, person)).toBe(stored);
    expect((await passwordEntries(api, person)).at(-1)).toMatchObject({ action: 'password_change_failed', status_code: 400, metadata: { reason: 'AUTH_FORGOT_PASSWORD_FAILED' } });
  });
});

describe('an unknown account', () => {
  it('C-09: cannot be told from a wrong code, with or without a code that was sent', async () => {
    const person = await member(api);
    await newCode(api, person.email);
    const nobody = someone();
    await newCode(api, nobody);
    const silent = someone();
    const answers = [person.email, nobody, silent].map(async (email) => canonical(await forgetPassword(api, email, '000000'), email));
    const [known, unknown, never] = await Promise.all(answers);
    expect(unknown).toEqual(known);
    expect(never).toEqual(known);
  });

  it('a right code for an address without an account is a wrong one', async () => {
    const nobody = someone();
    const code = await newCode(api, nobody);
    expect(canonical(await forgetPassword(api, nobody, code), nobody)).toEqual(canonical(await forgetPassword(api, nobody, wrongCode(code)), nobody));
  });

  it('leaves an entry of nobody', async () => {
    const email = `${randomUUID()}@masked.example`;
    await forgetPassword(api, email, '000000');
    const rows = await api.sql(`SELECT user_id, status_code FROM activity_log WHERE action = 'password_change_failed' AND metadata->>'identity' = $1`, [`${email[0]}***@masked.example`]);
    expect(rows).toEqual([{ user_id: null, status_code: 400 }]);
  });
});

describe('at once', () => {
  it('fifty resets with one code, over two workers: one effect, one entry (C-22, F17)', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => forgetPassword(index % 2 ? api : other, person.email, code, wanted(`Another-Life-${index}`))));
    const good = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(answers.filter(({ status, body }) => status !== 200 && status !== 503 && body.error_key !== 'AUTH_OTP_INVALID')).toEqual([]);
    expect(good).toHaveLength(1);
    expect((await passwordEntries(api, person)).filter(({ action }) => action === 'password_reset')).toHaveLength(1);
    expect(await api.sql('SELECT FROM password_history WHERE user_id = $1', [person.userId])).toHaveLength(1);
    expect((await signInWith(api, person.email, `Another-Life-${good[0]}`)).status).toBe(200);
  });

  it('C-03: fifty wrong codes count as five', async () => {
    const person = await member(api);
    const code = await newCode(api, person.email);
    await Promise.all(Array.from({ length: 50 }, (_, index) => forgetPassword(index % 2 ? api : other, person.email, wrongCode(code))));
    expect((await forgetPassword(api, person.email, code)).body.error_key).toBe('AUTH_OTP_INVALID');
    expect(await api.sql('SELECT attempts FROM one_time_code WHERE attempts > 5')).toEqual([]);
  });

  it('a reset and a sign-in with the same code: one of them, and never a session of before', async () => {
    for (let round = 0; round < 10; round += 1) {
      const person = await member(api);
      const otp = await newCode(api, person.email);
      const [reset, signedIn] = await Promise.all([forgetPassword(api, person.email, otp), other.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp })]);
      expect([reset.status, signedIn.status].sort()).toEqual([200, 400]);
      expect((await api.client.get('/settings/profile', { token: person.sessionToken })).status).toBe(reset.status === 200 ? 401 : 200);
    }
  });

  it('a reset and a change: the reset stays', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await member(api);
      const phone = await signIn(other, person);
      const [reset] = await Promise.all([forgetPassword(api, person.email, await newCode(api, person.email), wanted('Reset-Life-1')), changePassword(other, phone, wanted('Changed-Life-2'))]);
      expect(reset.status).toBe(200);
      expect([(await signInWith(api, person.email, 'Reset-Life-1')).status, (await signInWith(api, person.email, 'Changed-Life-2')).status]).toEqual([200, 401]);
      expect(await isSignedIn([api, other], phone)).toBe(false);
    }
  });

  it.each([
    ['suspended', `UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, 'AUTH_FORGOT_PASSWORD_FAILED'],
    ['given another address', `UPDATE "user" SET email = 'moved-' || email WHERE user_id = $1`, 'AUTH_OTP_INVALID'],
  ])('an account that is %s while the hash is made keeps its password and its sessions, and the code is not used up', async (_what, change, refusal) => {
    const person = await member(api);
    const [stored, code] = [await storedPassword(api, person), await newCode(api, person.email)];
    const holder = await api.context.db.pool.connect();
    await holder.query('BEGIN');
    await holder.query(change, [person.userId]);
    const answer = forgetPassword(api, person.email, code);
    // The change that nobody sees yet is in the way of the reset, which has found all in order.
    await until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR NO KEY UPDATE%'`)).length > 0, 30_000);
    await holder.query('COMMIT');
    holder.release();
    expect((await answer).body.error_key).toBe(refusal);
    expect(await storedPassword(api, person)).toBe(stored);
    expect(await api.sql('SELECT FROM session WHERE user_id = $1 AND revoked_at IS NOT NULL', [person.userId])).toEqual([]);
    expect(await api.sql(`SELECT FROM one_time_code WHERE consumed_at IS NULL AND identity_hash = $1`, [hashIdentity({ key: person.email })])).toHaveLength(1);
    expect((await passwordEntries(api, person)).at(-1)).toMatchObject({ action: 'password_change_failed', metadata: { reason: refusal } });
  });
});

describe('400, and nothing is stored', () => {
  it.each([
    ['no body', { user_id: undefined, otp: undefined, password: undefined, confirm_password: undefined }],
    ['no user', { user_id: undefined }],
    ['a number for a user', { user_id: 12 }],
    ['a list for a user', { user_id: ['a@example.com'] }],
    ['what is no identity', { user_id: 'nobody' }],
    ['a pattern', { user_id: '%' }],
    ['a phone number as an address', { user_id: '+4930901820', channel: 'email' }],
    ['an address that is too long', { user_id: `${'x'.repeat(64)}@${'y'.repeat(200)}.example` }],
    ['a number as a code', { otp: 123456 }],
    ['null as a code', { otp: null }],
    ['an empty code', { otp: '' }],
    ['a list as a code', { otp: ['123456'] }],
    ['an object as a code', { otp: { $ne: '' } }],
    ['digits of another script', { otp: '١٢٣٤٥٦' }],
    ['five digits', { otp: '12345' }],
    ['a NUL in the code', { otp: '123456\0' }],
    ['an unknown channel', { channel: 'pigeon' }],
    ['a number as a password', { password: 1, confirm_password: 1 }],
    ['no password', { password: undefined }],
    ['no confirmation', { confirm_password: undefined }],
    ['a password that is too long', wanted(`Aa1-${'x'.repeat(1_021)}`)],
    ['a NUL in the password', wanted(`${PASSWORD}\0`)],
    ['half a character', wanted(`${PASSWORD}\udc00`)],
    ['an unknown field', { is_active: true }],
  ])('%s', async (_what, change) => {
    const answer = await forgetPassword(api, someone(), '123456', change);
    expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
  });

  it('C-17, E-06: a megabyte is refused before it is read', async () => {
    expect((await forgetPassword(api, someone(), '123456', wanted('Aa1-'.repeat(250_000)))).status).toBe(413);
  });

  it('a channel that cannot deliver is 400 for everybody alike', async () => {
    const person = await member(api);
    for (const email of [person.email, someone()]) {
      const answer = await forgetPassword(api, email, '123456', { channel: 'whatsapp' });
      expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_CHANNEL_UNSUPPORTED']);
    }
  });
});

it('is said in the six languages', async () => {
  const messages = new Set<string>();
  const refusals = new Set<string>();
  for (const lang of ['en', 'ar', 'fr', 'es', 'de', 'id']) {
    const person = await signUp(api);
    const headers = { 'X-Lang': lang };
    refusals.add((await forgetPassword(api, person.email, '000000', {}, { headers })).body.message);
    messages.add((await forgetPassword(api, person.email, await newCode(api, person.email), {}, { headers })).body.message);
  }
  expect([messages.size, refusals.size]).toEqual([6, 6]);
});

it('C-21, H-03: no answer, log or entry holds a hash, a password or a code', async () => {
  const person = await member(api);
  const code = await newCode(api, person.email);
  const answers = [await forgetPassword(api, person.email, wrongCode(code)), await forgetPassword(api, person.email, code, wanted(PASSWORD)), await forgetPassword(api, person.email, code)];
  for (const { text } of answers) expect(text).not.toMatch(/\$2[aby]\$|bcrypt|Lives/);
  const rows = await api.sql<{ row: string }>('SELECT a::text AS row FROM activity_log a WHERE user_id = $1', [person.userId]);
  expect(rows.filter(({ row }) => row.includes('Lives') || row.includes('$2') || row.includes(person.email))).toEqual([]);
  expect(api.logText()).not.toMatch(/\$2[aby]\$|Ten-Lives/);
});

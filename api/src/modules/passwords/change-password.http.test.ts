import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import bcrypt from 'bcryptjs';
import { signIn, signUp, type Account } from '../../../test/accounts.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { brokenRules, changePassword, isSignedIn, member, noticeTo, OTHER_PASSWORD, PASSWORD, passwordEntries, setPassword, signInWith, storedPassword, wanted } from '../../../test/passwords.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { LOCKOUT_MAX_FAILURES: '5' } });
});
afterAll(() => api.close());

const failures = async (person: Account) => (await passwordEntries(api, person)).filter(({ action }) => action === 'password_change_failed');

describe('POST /auth/change-password', () => {
  it('B-06: ends the other sessions on every worker before it answers, and keeps the caller’s own', async () => {
    const person = await member(api);
    const [phone, tablet] = [await signIn(api, person), await signIn(other, person)];
    // Every worker remembers all three.
    expect([await isSignedIn([api, other], person), await isSignedIn([other, api], phone), await isSignedIn([api, other], tablet)]).toEqual([true, true, true]);
    const answer = await changePassword(api, phone);
    const refused = await Promise.all([person, tablet].flatMap(({ sessionToken: token }) => [api, other].map((worker) => worker.client.get('/settings/profile', { token }))));
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(answer.body).toMatchObject({ success: true, message: 'Password updated successfully', data: { message: 'Password updated successfully' } });
    expect([await isSignedIn([api, other], person), await isSignedIn([api, other], phone), await isSignedIn([api, other], tablet)]).toEqual([false, true, false]);
    expect([(await signInWith(api, person.email, PASSWORD)).status, (await signInWith(other, person.email, OTHER_PASSWORD)).status]).toEqual([401, 200]);
    expect((await passwordEntries(api, person)).at(-1)).toEqual({ action: 'password_changed', status_code: 200, metadata: { sessions: 2 }, session_id: phone.sessionId });
  });

  it('tells the owner', async () => {
    const person = await signUp(api);
    await api.sql('UPDATE "user" SET password = $2 WHERE user_id = $1', [person.userId, bcrypt.hashSync(PASSWORD, 4)]);
    await changePassword(api, person);
    const mail = await noticeTo(api, person.email);
    expect(mail.subject).toBe('Your Tessera password was changed');
    expect(mail.text).not.toMatch(new RegExp(`${PASSWORD}|${OTHER_PASSWORD}`));
  });

  it.each(['2a', '2b', '2y'])('an imported $%s$ hash is an old password', async (prefix) => {
    const person = await signUp(api);
    await api.sql('UPDATE "user" SET password = $2 WHERE user_id = $1', [person.userId, bcrypt.hashSync(PASSWORD, 4).replace('$2b$', `$${prefix}$`)]);
    expect((await changePassword(api, person, { old_password: OTHER_PASSWORD, ...wanted('Third-Life-3') })).status).toBe(400);
    expect((await changePassword(api, person)).status).toBe(200);
    expect(await storedPassword(api, person)).toMatch(/^\$bcrypt-sha384\$/);
    // It is in the history now, and still told.
    expect(brokenRules(await changePassword(api, person, { old_password: OTHER_PASSWORD, ...wanted(PASSWORD) }))).toEqual([['password', 'password_reused']]);
  });

  it('C-14: a wrong old password, none at all, and somebody else’s name or password are one answer', async () => {
    const person = await member(api);
    const stranger = await signUp(api);
    await setPassword(api, stranger, wanted('Strange-Life-1'));
    const stored = await storedPassword(api, person);
    const tries = [{ old_password: 'Wrong-Life-1' }, { user_id: stranger.email, old_password: 'Strange-Life-1' }, { user_id: stranger.email }, { user_id: stranger.userId }, { user_id: 'admin' }, { user_id: '%' }];
    for (const attempt of tries) {
      const answer = await changePassword(api, person, attempt);
      expect([answer.status, answer.body.error_key, answer.body.error.code, answer.body.message]).toEqual([400, 'AUTH_PASSWORD_INVALID_OLD', 1210, 'Old password is incorrect']);
      expect(answer.body.error.details).toEqual('user_id' in attempt ? { user_id: attempt.user_id } : undefined);
    }
    const without = await signUp(api);
    const answer = await changePassword(api, without, { old_password: await storedPassword(api, without) });
    expect(answer.body.error_key).toBe('AUTH_PASSWORD_INVALID_OLD');
    expect(await storedPassword(api, person)).toBe(stored);
    expect(await failures(person)).toHaveLength(tries.length);
    expect((await failures(person))[0]).toMatchObject({ status_code: 400, metadata: { reason: 'AUTH_PASSWORD_INVALID_OLD' }, session_id: person.sessionId });
    expect((await signInWith(api, stranger.email, 'Strange-Life-1')).status).toBe(200);
  });

  it('the owner may be named in any spelling he signs in with', async () => {
    const person = await member(api);
    await api.sql('UPDATE "user" SET phone_e164 = $2 WHERE user_id = $1', [person.userId, '+4930901820']);
    const [local] = person.email.split('@');
    let old = PASSWORD;
    for (const [index, user_id] of [` ${person.email.toUpperCase()} `, '4930901820', '+4930901820', local!, local!.toUpperCase()].entries()) {
      const next = `Another-Life-${index}`;
      expect([user_id, (await changePassword(api, person, { user_id, channel: 'sms', old_password: old, ...wanted(next) })).status]).toEqual([user_id, 200]);
      old = next;
    }
  });

  it('every violation is listed, before the old password is looked at', async () => {
    const person = await member(api);
    const name = person.email.split('@')[0]!;
    expect(brokenRules(await changePassword(api, person, { old_password: 'wrong', password: name, confirm_password: 'x' }))).toEqual([
      ['password', 'password_uppercase'],
      ['password', 'password_symbol'],
      ['password', 'password_user_info'],
      ['confirm_password', 'passwords_differ'],
    ]);
    expect(await failures(person)).toEqual([]);
  });
});

describe('passwords that were used', () => {
  it('the present one and four before it are refused, the fifth before is free again; no more is kept', async () => {
    const person = await member(api);
    const lives = Array.from({ length: 5 }, (_, index) => `Another-Life-${index}`);
    let old = PASSWORD;
    for (const next of lives) {
      expect((await changePassword(api, person, { old_password: old, ...wanted(next) })).status).toBe(200);
      old = next;
    }
    for (const used of lives) expect(brokenRules(await changePassword(api, person, { old_password: old, ...wanted(used) }))).toEqual([['password', 'password_reused']]);
    const kept = await api.sql<{ password: string }>('SELECT password FROM password_history WHERE user_id = $1', [person.userId]);
    expect(kept).toHaveLength(4);
    expect((await changePassword(api, person, { old_password: old, ...wanted(PASSWORD) })).status).toBe(200);
  });

  it('one that only begins like a used one is new', async () => {
    const person = await member(api);
    expect((await changePassword(api, person, wanted(`${PASSWORD} `))).status).toBe(200);
  });

  it('none count where the operator says so, and none are kept', async () => {
    const forgetful = await startApi({ beside: api, env: { PASSWORD_HISTORY_COUNT: '0' } });
    const person = await member(api);
    expect((await changePassword(forgetful, person, wanted(PASSWORD))).status).toBe(200);
    expect(await api.sql('SELECT FROM password_history WHERE user_id = $1', [person.userId])).toEqual([]);
    await forgetful.close();
  });

  it('whoever does not know the old password learns nothing of them', async () => {
    const person = await member(api);
    expect((await changePassword(api, person, { old_password: 'Wrong-Life-1', ...wanted(PASSWORD) })).body.error_key).toBe('AUTH_PASSWORD_INVALID_OLD');
  });
});

describe('a stolen token', () => {
  it('gets five tries in a quarter of an hour, on all workers together; then the right password is refused, too (C-14, C-20)', async () => {
    const person = await member(api);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => changePassword(index % 2 ? api : other, person, { old_password: `Wrong-Life-${index}` })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(5);
    expect(statuses.filter((status) => ![400, 429, 503].includes(status))).toEqual([]);
    for (let more = 0; more < 5; more += 1) await changePassword(api, person, { old_password: 'Wrong-Life-x' });
    const answer = await changePassword(other, person);
    const seconds = Number(answer.headers.get('retry-after'));
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([429, 'AUTH_TOO_MANY_ATTEMPTS', 1225]);
    expect(seconds).toBeGreaterThan(800);
    expect(seconds).toBeLessThanOrEqual(900);
    expect(answer.body.error).toMatchObject({ details: { retry_after: seconds }, hint: expect.stringContaining(`${seconds} seconds`) });
    expect((await failures(person)).filter(({ status_code }) => status_code === 400)).toHaveLength(5);
    expect((await failures(person)).at(-1)).toMatchObject({ status_code: 429, metadata: { reason: 'AUTH_TOO_MANY_ATTEMPTS' } });
    await api.sql(`UPDATE throttle SET window_started_at = now() - interval '15 minutes' WHERE bucket = 'password_change'`);
    expect((await changePassword(api, person)).status).toBe(200);
  });

  it('the owner’s own success forgives what failed before it; a refusal for the new password’s sake is one', async () => {
    const person = await member(api);
    for (let round = 0; round < 3; round += 1) {
      for (let wrong = 0; wrong < 4; wrong += 1) expect((await changePassword(api, person, { old_password: 'Wrong-Life-1' })).status).toBe(400);
      expect(brokenRules(await changePassword(api, person, wanted(PASSWORD)))).toEqual([['password', 'password_reused']]);
    }
  });

  it('a try that the server was too busy to compare is not counted', async () => {
    // With one thread, whatever the machine, and its queue of seventeen kept full by more than that.
    const busy = await startApi({ beside: api, env: { PM2_INSTANCES: '2', BCRYPT_SALT_ROUNDS: '9', LOCKOUT_MAX_FAILURES: '5' } });
    let isOver = false;
    const flood = Array.from({ length: 20 }, async () => {
      while (!isOver) await signInWith(busy, someone(), 'wrong');
    });
    try {
      const refused = [];
      let person = await member(api);
      // One more than there are tries. Where one found a place in the queue and was compared, another person begins anew.
      while (refused.length < 6) {
        const answer = await changePassword(busy, person, { old_password: 'Wrong-Life-1' });
        expect([400, 503]).toContain(answer.status);
        if (answer.status === 503) refused.push(answer);
        else {
          refused.length = 0;
          person = await member(api);
        }
      }
      expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(Array.from(refused, () => '2'));
      expect((await changePassword(api, person)).status).toBe(200);
    } finally {
      isOver = true;
      await Promise.all(flood);
      await busy.close();
    }
  });
});

describe('at once', () => {
  it('fifty changes, over two workers: one effect, one entry (F17, H-02)', async () => {
    const person = await member(api);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => changePassword(index % 2 ? api : other, person, wanted(`Another-Life-${index}`))));
    const good = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(answers.filter(({ status }) => ![200, 400, 429, 503].includes(status))).toEqual([]);
    expect(good).toHaveLength(1);
    expect((await passwordEntries(api, person)).filter(({ action }) => action === 'password_changed')).toHaveLength(1);
    expect(await api.sql('SELECT FROM password_history WHERE user_id = $1', [person.userId])).toHaveLength(1);
    expect((await signInWith(api, person.email, `Another-Life-${good[0]}`)).status).toBe(200);
  });

  it('two devices: one keeps its session and the password, the other is signed out', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await member(api);
      const phone = await signIn(other, person);
      const answers = await Promise.all([changePassword(api, person, wanted('Here-Lives-1')), changePassword(other, phone, wanted('There-Lives-2'))]);
      const good = answers.map(({ status }) => status === 200);
      expect(good.filter(Boolean)).toHaveLength(1);
      expect([await isSignedIn([api, other], person), await isSignedIn([api, other], phone)]).toEqual(good);
      expect((await signInWith(api, person.email, good[0] ? 'Here-Lives-1' : 'There-Lives-2')).status).toBe(200);
    }
  });

  it('a sign-in that stores a stronger hash meanwhile does not make the old password wrong', async () => {
    const strong = await startApi({ beside: api, env: { BCRYPT_SALT_ROUNDS: '5' } });
    for (let round = 0; round < 10; round += 1) {
      const person = await member(api);
      const [answer] = await Promise.all([changePassword(api, person), signInWith(strong, person.email, PASSWORD)]);
      expect(answer.status).toBe(200);
    }
    await strong.close();
  });

  it('a session that the old password opens meanwhile does not outlive the change', async () => {
    for (let round = 0; round < 10; round += 1) {
      const person = await member(api);
      const [, opened] = await Promise.all([changePassword(api, person), signInWith(other, person.email, PASSWORD)]);
      if (opened.status === 200) expect((await api.client.get('/settings/profile', { token: opened.body.data.session_token })).status).toBe(401);
    }
  });
});

describe('400, and nothing is stored', () => {
  it.each([
    ['no old password', { old_password: undefined }],
    ['a number for the old one', { old_password: 1 }],
    ['a list for the old one', { old_password: [PASSWORD] }],
    ['an object for the old one', { old_password: { $ne: '' } }],
    ['an old one that is too long', { old_password: 'x'.repeat(1_025) }],
    ['a megabyte for the old one', { old_password: 'x'.repeat(1_000_000) }],
    ['a NUL in the old one', { old_password: `${PASSWORD}\0` }],
    ['half a character in the old one', { old_password: `${PASSWORD}\ud83d` }],
    ['a number for the new one', { password: 1 }],
    ['no new one', { password: undefined }],
    ['no confirmation', { confirm_password: undefined }],
    ['a number for a name', { user_id: 1 }],
    ['an empty name', { user_id: ' ' }],
    ['a name that is too long', { user_id: 'x'.repeat(255) }],
    ['an unknown channel', { channel: 'pigeon' }],
    ['an unknown field', { is_active: true }],
  ])('%s', async (_what, change) => {
    const person = await member(api);
    const stored = await storedPassword(api, person);
    const answer = await changePassword(api, person, change);
    expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
    expect(await storedPassword(api, person)).toBe(stored);
  });
});

it('C-21: no answer holds a hash or a password', async () => {
  const person = await member(api);
  const answers = [await changePassword(api, person, { old_password: 'x' }), await changePassword(api, person, wanted('a')), await changePassword(api, person)];
  for (const { text } of answers) expect(text).not.toMatch(/\$2[aby]\$|bcrypt|Lives/);
  expect(api.logText()).not.toMatch(/\$2[aby]\$|Ten-Lives/);
});

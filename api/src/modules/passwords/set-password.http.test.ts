import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp } from '../../../test/accounts.js';
import { startApi, startTwo, type Api } from '../../../test/harness.js';
import { brokenRules, changePassword, isSignedIn, noticeTo, OTHER_PASSWORD, PASSWORD, passwordEntries, setPassword, signInWith, storedPassword, wanted } from '../../../test/passwords.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

describe('POST /auth/set-password', () => {
  it('gives an account its first password, which signs in from then on; the sessions stay (C-15)', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    const answer = await setPassword(api, person);
    expect(answer.body).toMatchObject({ success: true, message: 'Password set successfully', data: { message: 'Password set successfully' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect([(await signInWith(api, person.email, PASSWORD)).status, (await signInWith(other, person.email, `${PASSWORD} `)).status]).toEqual([200, 401]);
    expect([await isSignedIn([api, other], person), await isSignedIn([api, other], phone)]).toEqual([true, true]);
    expect(await passwordEntries(api, person)).toEqual([{ action: 'password_set', status_code: 200, metadata: null, session_id: person.sessionId }]);
    const [row] = await api.sql<{ recent: boolean }>(`SELECT password_changed_at > now() - interval '1 minute' AS recent FROM "user" WHERE user_id = $1`, [person.userId]);
    expect(row?.recent).toBe(true);
  });

  it('tells the owner', async () => {
    const person = await signUp(api);
    await setPassword(api, person);
    const mail = await noticeTo(api, person.email);
    expect(mail.subject).toBe('A password was set for your Tessera account');
    expect(mail.text).not.toContain(PASSWORD);
  });

  it('C-15: while there is a password it is 409, and the password stays', async () => {
    const person = await signUp(api);
    await setPassword(api, person);
    const stored = await storedPassword(api, person);
    const answer = await setPassword(api, person, wanted(OTHER_PASSWORD));
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([409, 'AUTH_PASSWORD_ALREADY_SET', 1224]);
    expect(await storedPassword(api, person)).toBe(stored);
    expect((await passwordEntries(api, person)).at(-1)).toMatchObject({ action: 'password_change_failed', status_code: 409, metadata: { reason: 'AUTH_PASSWORD_ALREADY_SET' } });
  });

  it('an imported hash is a password', async () => {
    const person = await signUp(api);
    for (const hash of ['$2a$10$', '$2b$10$', '$2y$10$'].map((prefix) => prefix + 'a'.repeat(53))) {
      await api.sql('UPDATE "user" SET password = $2 WHERE user_id = $1', [person.userId, hash]);
      expect((await setPassword(api, person)).status).toBe(409);
      expect(await storedPassword(api, person)).toBe(hash);
    }
  });

  it('C-15, ASVS 7.5.1: a session that was opened long ago is not enough, a new sign-in is', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE session SET created_at = now() - interval '61 minutes' WHERE session_id = $1`, [person.sessionId]);
    const answer = await setPassword(api, person);
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([403, 'AUTH_REAUTH_REQUIRED', 1227]);
    expect(await passwordEntries(api, person)).toEqual([expect.objectContaining({ action: 'password_change_failed', status_code: 403, metadata: { reason: 'AUTH_REAUTH_REQUIRED' } })]);
    expect((await setPassword(api, await signIn(api, person))).status).toBe(200);
  });

  it('where the operator does not ask for it, an old session is', async () => {
    const lenient = await startApi({ beside: api, env: { REAUTH_MAX_AGE_MINUTES: '0' } });
    const person = await signUp(api);
    await api.sql(`UPDATE session SET created_at = now() - interval '5 days' WHERE session_id = $1`, [person.sessionId]);
    expect((await setPassword(lenient, person)).status).toBe(200);
    await lenient.close();
  });

  it('fifty at once, over two workers: one password, one entry (F17)', async () => {
    const person = await signUp(api);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => setPassword(index % 2 ? api : other, person, wanted(`${PASSWORD}-${index}`))));
    const statuses = answers.map(({ status }) => status);
    const good = answers.flatMap(({ status }, index) => (status === 200 ? [`${PASSWORD}-${index}`] : []));
    // A queue that is full says so.
    expect(statuses.filter((status) => ![200, 409, 503].includes(status))).toEqual([]);
    expect(good).toHaveLength(1);
    expect((await passwordEntries(api, person)).filter(({ action }) => action === 'password_set')).toHaveLength(1);
    expect((await signInWith(api, person.email, good[0]!)).status).toBe(200);
  });
});

describe('the rules', () => {
  it('every violation is listed', async () => {
    const person = await signUp(api);
    expect(brokenRules(await setPassword(api, person, { password: 'ä', confirm_password: 'b' }))).toEqual([
      ['password', 'password_too_short'],
      ['password', 'password_uppercase'],
      ['password', 'password_number'],
      ['password', 'password_symbol'],
      ['confirm_password', 'passwords_differ'],
    ]);
    expect(brokenRules(await setPassword(api, person, wanted('P@ssw0rd')))).toEqual([['password', 'password_common']]);
    expect(brokenRules(await setPassword(api, person, wanted('TESSERA')))).toEqual([...['too_short', 'lowercase', 'number', 'symbol', 'service_name'].map((rule) => ['password', `password_${rule}`])]);
    expect(brokenRules(await setPassword(api, person, wanted(`No1-${person.email.split('@')[0]!.toUpperCase()}-x`)))).toEqual([['password', 'password_user_info']]);
    expect(await passwordEntries(api, person)).toEqual([]);
  });

  it.each([
    ['en', 'Must be at least 8 characters long'],
    ['de', 'Darf Tessera, den Namen dieses Dienstes, nicht enthalten'],
    ['fr', 'Ne doit pas contenir Tessera, le nom de ce service'],
    ['es', 'No debe contener Tessera, el nombre de este servicio'],
    ['id', 'Tidak boleh berisi Tessera, nama layanan ini'],
    ['ar', 'يجب ألا تحتوي على Tessera، وهو اسم هذه الخدمة'],
  ])('in the language of the caller: %s', async (lang, sentence) => {
    const person = await signUp(api);
    const answer = await setPassword(api, person, wanted('tessera'), { headers: { 'X-Lang': lang } });
    expect(answer.body.error.details.error).toContain(sentence);
    expect(answer.body.error.details.error).not.toContain('{{');
  });

  it('are the operator’s', async () => {
    const lax = await startApi({ beside: api, env: { PASSWORD_MIN_LENGTH: '6', PASSWORD_REQUIRE_UPPERCASE: 'false', PASSWORD_REQUIRE_LOWERCASE: 'false', PASSWORD_REQUIRE_NUMBERS: 'false', PASSWORD_REQUIRE_SYMBOLS: 'false', PASSWORD_PREVENT_COMMON: 'false', PASSWORD_PREVENT_USER_INFO: 'false' } });
    const person = await signUp(api);
    expect((await setPassword(lax, person, wanted('123456'))).status).toBe(200);
    await lax.close();
  });

  it.each([
    ['73 bytes', `Aa1-${'x'.repeat(69)}`, `Aa1-${'x'.repeat(68)}y`],
    ['a space at the end', 'Nine-Lives-9 ', 'Nine-Lives-9'],
    ['a space before', ' Nine-Lives-9', 'Nine-Lives-9'],
    ['emoji', 'Nine-Lives-9🔑', 'Nine-Lives-9🔒'],
    ['a composed letter', 'Nine-Lives-é9', 'Nine-Lives-e\u03019'],
    ['a line feed', 'Nine-Lives-9\n', 'Nine-Lives-9'],
    ['1,024 characters of four bytes', `Aa1-${'🔑'.repeat(1_020)}`, `Aa1-${'🔑'.repeat(1_019)}🔒`],
    ['hostile text', `Aa1-'; DROP TABLE "user"; --<script>{{app}}$&`, `Aa1-`],
  ])('C-17: a password is exact: %s', async (_what, password, near) => {
    const person = await signUp(api);
    expect((await setPassword(api, person, wanted(password))).status).toBe(200);
    // Checked through the change, which takes as long a password as the setting does.
    expect((await changePassword(api, person, { old_password: near })).body.error_key).toBe('AUTH_PASSWORD_INVALID_OLD');
    expect((await changePassword(api, person, { old_password: password })).status).toBe(200);
  });

  it('C-17: 1,025 characters are one too many, and a megabyte is refused without any hashing', async () => {
    const person = await signUp(api);
    for (const password of [`Aa1-${'x'.repeat(1_021)}`, `Aa1-${'🔑'.repeat(1_021)}`, 'Aa1-'.repeat(250_000)]) {
      const answer = await setPassword(api, person, wanted(password));
      expect(brokenRules(answer)).toEqual([['password', 'too_long'], ['confirm_password', 'too_long']]);
      expect(answer.body.error.details.errors[0].message).toContain('1024');
    }
    expect((await setPassword(api, person, wanted(`Aa1-${'x'.repeat(1_020)}`))).status).toBe(200);
  });

  it('E-02, E-04: a NUL and half a character are 400', async () => {
    const person = await signUp(api);
    for (const [password, code] of [['Nine-Lives-9\0', 'null_byte'], ['Nine-\ud83d-Lives-9', 'malformed_text']]) {
      expect(brokenRules(await setPassword(api, person, wanted(password!)))).toEqual([['password', code], ['confirm_password', code]]);
    }
  });
});

describe('400, and nothing is stored', () => {
  it.each([
    ['no body', undefined],
    ['an empty object', {}],
    ['no confirmation', { password: PASSWORD }],
    ['no password', { confirm_password: PASSWORD }],
    ['a number', { password: 123456789, confirm_password: 123456789 }],
    ['a list', { password: [PASSWORD], confirm_password: [PASSWORD] }],
    ['an object', { password: { $ne: '' }, confirm_password: { $ne: '' } }],
    ['null', { password: null, confirm_password: null }],
    ['a boolean', { password: true, confirm_password: true }],
    ['somebody else’s id', { ...wanted(PASSWORD), user_id: 'admin@example.com' }],
    ['an unknown field', { ...wanted(PASSWORD), toString: 'x' }],
  ])('%s', async (_what, body) => {
    const person = await signUp(api);
    const stored = await storedPassword(api, person);
    const answer = await api.client.post('/auth/set-password', body, { token: person.sessionToken });
    expect([answer.status, answer.body.error_key]).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
    expect(await storedPassword(api, person)).toBe(stored);
  });
});

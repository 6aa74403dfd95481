import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { account, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

const put = (person: Account, body: unknown, query = '') => api.client.send('PUT', `/settings/profile${query}`, body, { token: person.sessionToken });
const row = async ({ userId }: Account) => (await api.sql('SELECT * FROM "user" WHERE user_id = $1', [userId]))[0]!;
const entries = ({ userId }: Account) => api.sql<{ metadata: unknown }>(`SELECT metadata FROM activity_log WHERE user_id = $1 AND action = 'profile_updated' ORDER BY created_at`, [userId]);
const name = () => `name-${Math.random().toString(36).slice(2, 12)}`;

describe('PUT /settings/profile', () => {
  it('writes every field it is given, answers the whole user, and leaves one entry without what was written', async () => {
    const person = await signUp(api);
    const fields = { first_name: 'Amal', last_name: 'Haddad', user_name: name(), bio: 'Gardener.', country: 'KW', gender: 'female', dob: '1990-01-02', language: 'ar', timezone: 'Asia/Kuwait', theme: 'dynamic', profile_accessibility: 'private' };
    const answer = await put(person, fields, '?lang=en');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ success: true, message: 'User profile update successfully', data: { ...fields, dob: '1990-01-02T00:00:00.000Z', user_id: person.userId, email: person.email } });
    expect(answer.body.data).not.toHaveProperty('password');
    expect((await entries(person)).map(({ metadata }) => metadata)).toEqual([{ fields: Object.keys(fields) }]);
    expect((await api.client.get('/settings/profile', { token: person.sessionToken })).body.data).toEqual(answer.body.data);
  });

  it('leaves what it is not given, and null clears', async () => {
    const person = await signUp(api);
    await put(person, { first_name: 'Amal', bio: 'x', dob: '1990-01-02', country: 'Germany' });
    const before = await row(person);
    expect((await put(person, { bio: null, dob: null })).status).toBe(200);
    const after = await row(person);
    expect(after).toEqual({ ...before, bio: null, dob: null, last_updated: expect.any(Date), version: Number(before['version']) + 1 });
  });

  it('POST /settings/update-profile is the same, and deprecated', async () => {
    const person = await signUp(api);
    const answer = await api.client.post('/settings/update-profile', { first_name: 'Amal' }, { token: person.sessionToken });
    expect([answer.status, answer.body.data.first_name, answer.headers.get('deprecation')]).toEqual([200, 'Amal', expect.anything()]);
  });

  it('the next request anywhere shows it, and brings a session token that says it too (B-17)', async () => {
    const person = await signUp(api);
    for (const worker of [api, other]) await worker.client.get('/settings/profile', { token: person.sessionToken });
    for (let round = 0; round < 10; round += 1) {
      const bio = `round ${round}`;
      expect((await put(person, { bio })).status).toBe(200);
      const shown = await Promise.all([api, other].map((worker) => worker.client.get('/settings/profile', { token: person.sessionToken })));
      expect(shown.map(({ body }) => body.data.bio)).toEqual([bio, bio]);
      for (const { headers } of shown) expect(Buffer.from(headers.get('x-session-token')!.split('.')[1]!, 'base64url').toString()).toContain(bio);
    }
  });

  it.each([
    ['user_id', '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e'],
    ['created_at', '2020-01-01T00:00:00Z'],
    ['last_updated', '2020-01-01T00:00:00Z'],
    ['email', 'thief@example.com'],
    ['profile_picture_url', 'https://evil.example/x.png'],
    ['phone_number', { phone: '4915112345678' }],
    ['phone', '4915112345678'],
    ['auth_type', 'google'],
    ['password', 'Correct-horse-7'],
    ['is_email_verified', true],
    ['is_phone_verified', true],
    ['email_verified_at', '2020-01-01T00:00:00Z'],
    ['phone_number_verified_at', '2020-01-01T00:00:00Z'],
    ['last_sign_in_at', '2020-01-01T00:00:00Z'],
    ['user_type', 'admin'],
    ['status', 'SUSPENDED'],
    ['invited_by_user_id', '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e'],
    ['is_protected', true],
    ['is_trashed', true],
    ['is_active', false],
    ['is_verified', false],
    ['version', 99],
    ['phone_e164', '+4915112345678'],
    ['password_changed_at', '2020-01-01T00:00:00Z'],
    ['deactivated_at', '2020-01-01T00:00:00Z'],
    ['erase_after', '2020-01-01T00:00:00Z'],
    ['profile_picture_key', '../../etc/passwd'],
    ['user_groups', { create: { group_id: '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e' } }],
    ['userGroups', { connect: [{ user_group_id: 1 }] }],
    ['assigned_groups', { connect: [] }],
    ['activityLogs', { deleteMany: {} }],
    ['activity_logs', { deleteMany: {} }],
    ['sessions', { deleteMany: {} }],
    ['groups', ['super_admin']],
    ['__proto__', { is_active: false }],
    ['constructor', { prototype: {} }],
    ['hasOwnProperty', 1],
    ['toString', 'x'],
    ['$set', { status: 'x' }],
  ])('D-03, E-03: %s is refused by name, and nothing is written', async (field, value) => {
    const person = await signUp(api);
    const before = await row(person);
    const raw = `{"first_name":"Eve",${JSON.stringify(field)}:${JSON.stringify(value)}}`;
    const answer = await api.client.send('PUT', '/settings/profile', undefined, { raw, token: person.sessionToken, headers: { 'Content-Type': 'application/json' } });
    expect([answer.status, answer.body.error_key]).toEqual([400, 'PROFILE_INVALID_PAYLOAD']);
    expect(answer.body.error.details.errors.map(({ path }: { path: string }) => path)).toContain(field);
    expect(await row(person)).toEqual(before);
    expect(await entries(person)).toEqual([]);
  });

  it('an empty body is 400, which says so in the six languages', async () => {
    const person = await signUp(api);
    const sentences = await Promise.all(LANGUAGES.map(async (lang) => {
      const answer = await put(person, {}, `?lang=${lang}`);
      expect([answer.status, answer.body.error_key, answer.body.error.details.errors[0].code]).toEqual([400, 'PROFILE_INVALID_PAYLOAD', 'empty_body']);
      return `${answer.body.message} ${answer.body.error.details.error}`;
    }));
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
    expect((await api.client.send('PUT', '/settings/profile', undefined, { token: person.sessionToken })).status).toBe(400);
  });

  it('wrong types, and text that no field can hold, are 400 with the name of the field', async () => {
    const person = await signUp(api);
    const fields = ['first_name', 'last_name', 'user_name', 'bio', 'country', 'gender', 'dob', 'language', 'timezone', 'theme', 'profile_accessibility'];
    for (const field of fields) {
      for (const raw of ['1', 'true', '{}', '[]', '["x"]', '{"set":"x"}', '"a\\u0000b"', '"\\ud800"', '"x\\udc00"']) {
        const answer = await api.client.send('PUT', '/settings/profile', undefined, { raw: `{"${field}":${raw}}`, token: person.sessionToken, headers: { 'Content-Type': 'application/json' } });
        expect([field, raw, answer.status, answer.body.error_key, answer.body.error?.details.errors[0].path]).toEqual([field, raw, 400, 'PROFILE_INVALID_PAYLOAD', field]);
      }
    }
  });

  it('E-04, E-17: legal text comes back byte for byte, whatever it looks like', async () => {
    const person = await signUp(api);
    const texts = [
      `'; DROP TABLE "user"; --`, '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '{{constructor.constructor("return 1")()}}', '${7*7}', '$(reboot)', '`id`', '../../etc/passwd', '%00%0a', '%s%n', 'http://169.254.169.254/', '=cmd|"/c calc"!A1',
      'a\u202eb\u2066c\u200b\u200d\ufeff', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢', '🏳️‍🌈👩‍👩‍👧', '  two spaces, kept  ', 'line\nfeed\r\n\ttab', '', 'e\u0301 and é', 'undefined', 'null', '\\', '"', "O'Brien", '\u0001\u001f\u007f', '__proto__',
    ];
    for (const text of texts) {
      const answer = await put(person, { bio: text, gender: [...text].slice(0, 50).join(''), first_name: [...text].slice(0, 100).join(''), last_name: [...text].slice(0, 100).join('') });
      expect([text, answer.status, answer.body.data?.bio]).toEqual([text, 200, text]);
      const { bio, first_name } = (await row(person)) as { bio: string; first_name: string };
      expect([bio, first_name]).toEqual([text, [...text].slice(0, 100).join('')]);
    }
  });
});

describe('user names', () => {
  it('one that may be nobody’s is 400; one that is somebody else’s, in whatever capitals, is 409', async () => {
    const [ann, ben] = [await signUp(api), await signUp(api)];
    const wanted = name();
    for (const bad of ['a', 'a@b.de', '4915112345678', '+4915112345678', 'a\u202eb', 'Ａnna']) {
      const answer = await put(ann, { user_name: bad });
      expect([bad, answer.status, answer.body.error_key, answer.body.error?.details.errors[0]]).toEqual([bad, 400, 'PROFILE_INVALID_PAYLOAD', expect.objectContaining({ path: 'user_name', code: 'invalid_format' })]);
    }
    expect((await put(ann, { user_name: wanted })).status).toBe(200);
    const before = await row(ben);
    for (const taken of [wanted, wanted.toUpperCase()]) {
      const answer = await put(ben, { user_name: taken, bio: 'lost with it' });
      expect([answer.status, answer.body.error_key, answer.body.error.code, answer.body.error.details]).toEqual([409, 'DUPLICATE_ENTRY', 1018, { field: 'user_name' }]);
    }
    expect(await row(ben)).toEqual(before);
    expect((await put(ann, { user_name: wanted.toUpperCase() })).status).toBe(200);
  });

  it('409 speaks six languages', async () => {
    const [ann, ben] = [await signUp(api), await signUp(api)];
    const { user_name } = (await row(ann)) as { user_name: string };
    const sentences = await Promise.all(LANGUAGES.map(async (lang) => (await put(ben, { user_name }, `?lang=${lang}`)).body.message));
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
  });

  it('digits alone may be the caller’s own phone number', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET phone_e164 = '+4915112345670' WHERE user_id = $1`, [person.userId]);
    expect([(await put(person, { user_name: '4915112345671' })).status, (await put(person, { user_name: '4915112345670' })).status]).toEqual([400, 200]);
  });

  it('a form that sends back a name which the rule would not give is no attempt to take it', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET user_name = 'old name+' || $1 WHERE user_id = $1::uuid`, [person.userId]);
    const answer = await put(person, { user_name: `old name+${person.userId}`, bio: 'x' });
    expect([answer.status, answer.body.data.bio]).toEqual([200, 'x']);
  });

  it('fifty people at once over two workers, in different capitals: one gets it', async () => {
    const people = await Promise.all(Array.from({ length: 50 }, () => signUp(api)));
    const wanted = name();
    const answers = await Promise.all(people.map((person, index) => (index % 2 ? api : other).client.send('PUT', '/settings/profile', { user_name: index % 3 ? wanted : wanted.toUpperCase() }, { token: person.sessionToken })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(409)]);
    expect(await api.sql('SELECT FROM "user" WHERE lower(user_name) = $1', [wanted])).toHaveLength(1);
  });
});

it('fifty changes of one profile at once over two workers: all of them are kept, each with its entry', async () => {
  const person = await signUp(api);
  const fields = ['first_name', 'last_name', 'bio', 'gender'];
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? api : other).client.send('PUT', '/settings/profile', { [fields[index % 4]!]: String(index) }, { token: person.sessionToken })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const now = await row(person);
  for (const field of fields) expect(now[field]).not.toBeNull();
  expect(await entries(person)).toHaveLength(50);
});

it('an administrator changes himself here, and nobody else (D-02)', async () => {
  const person = await signUp(api);
  const before = await row(person);
  const admin = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  expect((await put(admin, { user_id: person.userId, bio: 'x' })).status).toBe(400);
  expect((await api.client.send('PUT', `/settings/profile/${person.userId}`, { bio: 'x' }, { token: admin.sessionToken })).status).toBe(405);
  expect(await row(person)).toEqual(before);
});

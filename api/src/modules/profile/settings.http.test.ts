import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { signUp, type Account } from '../../../test/accounts.js';
import { startTwo, type Api } from '../../../test/harness.js';

let api: Api;
let other: Api;
let person: Account;
beforeAll(async () => {
  [api, other] = await startTwo();
  person = await signUp(api);
});
afterAll(() => api.close());

const post = (path: string, body?: unknown, query = '') => api.client.post(`${path}${query}`, body, { token: person.sessionToken });

const SETTERS = [
  { path: '/settings/profile-accessibility', field: 'profile_accessibility', values: ['private', 'friends', 'public'], otherwise: 'public', message: 'Profile accessibility update successfully' },
  { path: '/settings/profile-language', field: 'language', values: ['ar', 'fr', 'es', 'de', 'id', 'ind', 'en'], otherwise: 'en', message: 'Profile language update successfully' },
  { path: '/settings/update-theme', field: 'theme', values: ['dark', 'dynamic', 'light'], otherwise: undefined, message: 'Theme updated successfully' },
  { path: '/settings/update-timezone', field: 'timezone', values: ['Asia/Kuwait', 'UTC'], otherwise: undefined, message: 'Timezone updated successfully' },
];

describe.each(SETTERS)('POST $path', ({ path, field, values, otherwise, message }) => {
  it('sets its field, answers the user, leaves an entry, and the next request to any worker shows it', async () => {
    for (const value of values) {
      const answer = await post(path, { [field]: value }, '?lang=en');
      expect([answer.status, answer.body.message, answer.body.data.user_id, answer.body.data[field]]).toEqual([200, message, person.userId, value]);
      const shown = await Promise.all([api, other].map((worker) => worker.client.get('/settings', { token: person.sessionToken })));
      expect(shown.map(({ body }) => body.data[field])).toEqual([value, value]);
    }
    const entries = await api.sql<{ count: number }>(`SELECT count(*)::int FROM activity_log WHERE user_id = $1 AND action = 'profile_updated' AND metadata -> 'fields' = to_jsonb(ARRAY[$2::text])`, [person.userId, field]);
    expect(entries[0]?.count).toBe(values.length);
  });

  it(otherwise === undefined ? 'needs its field' : `without a field it is ${otherwise}`, async () => {
    for (const body of [{}, undefined]) {
      const answer = await post(path, body);
      if (otherwise !== undefined) expect([answer.status, answer.body.data[field]]).toEqual([200, otherwise]);
      else expect([answer.status, answer.body.error_key, answer.body.error.details.errors[0].path]).toEqual([400, 'PROFILE_INVALID_PAYLOAD', field]);
    }
  });

  it('anything else is 400, by name, and changes nothing', async () => {
    const before = await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]);
    for (const value of ['', 'x', 'LIGHT', 1, true, null, {}, [], ['en'], '\u0000', 'a'.repeat(10_000), '+02:00', '__proto__']) {
      const answer = await post(path, { [field]: value });
      expect([value, answer.status, answer.body.error_key, answer.body.error?.details.errors[0].path]).toEqual([value, 400, 'PROFILE_INVALID_PAYLOAD', field]);
    }
    const answer = await post(path, { [field]: values[0], is_active: false });
    expect([answer.status, answer.body.error.details.errors]).toEqual([400, [expect.objectContaining({ path: 'is_active', code: 'unrecognized_key' })]]);
    expect(await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId])).toEqual(before);
  });

  it('success and refusal speak six languages', async () => {
    const sentences = await Promise.all(LANGUAGES.map(async (lang) => [(await post(path, { [field]: values.at(-1) }, `?lang=${lang}`)).body.message, (await post(path, { [field]: 1 }, `?lang=${lang}`)).body.message]));
    expect(new Set(sentences.map(([good]) => good)).size).toBe(LANGUAGES.length);
    expect(new Set(sentences.map(([, bad]) => bad)).size).toBe(LANGUAGES.length);
  });
});

describe('GET /settings', () => {
  it('shows the settings and nothing else; GET /settings/get-settings is the same', async () => {
    await api.sql(`UPDATE "user" SET timezone = 'UTC', country = 'KW', bio = 'x', language = 'en', theme = 'dark', profile_accessibility = 'friends' WHERE user_id = $1`, [person.userId]);
    await api.context.changes.settled();
    const expected = { user_id: person.userId, theme: 'dark', language: 'en', profile_accessibility: 'friends', timezone: 'UTC', country: 'KW', bio: 'x', is_email_verified: true, is_phone_verified: false, is_active: true, is_verified: true, status: 'ACTIVE' };
    for (const path of ['/settings', '/settings/get-settings']) {
      const { status, body } = await api.client.get(path, { token: person.sessionToken });
      expect([status, body.message, body.data]).toEqual([200, 'User settings retrieved successfully', expected]);
    }
  });
});

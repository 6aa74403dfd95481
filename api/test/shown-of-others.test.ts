import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PERSONAL_DATA } from '../src/modules/account/personal-data.js';
import type { Account } from './accounts.js';
import { fill, ROUTES } from './every-route.js';
import { signUpInto } from './group-members.js';
import { startApi, type Api } from './harness.js';
import { newCode, PASSWORD, setPassword } from './passwords.js';

/** Columns of accounts, sessions and codes that nobody is shown. */
const NEVER = new Set([
  ...Object.entries(PERSONAL_DATA.user.columns).filter(([, { exported }]) => !exported).map(([name]) => name),
  'code_hash', 'token_hash', 'identity_hash', 'identity_key', 'generation', 'rotated_at', 'confirmed_generation',
]);
const READING = ROUTES.filter(({ endpoint: { method, access } }) => method === 'GET' && access !== 'public').map((route) => [route.name, route] as const);

let api: Api;
let ann: Account;
let readers: Account[];
/** What is kept from everybody, as it is stored. */
let secrets: string[];
beforeAll(async () => {
  api = await startApi();
  ann = await signUpInto(api, 'user');
  await setPassword(api, ann);
  await newCode(api, ann.email);
  await api.sql(`UPDATE "user" SET profile_picture_key = 'profile-pictures/kept-from-everybody' WHERE user_id = $1`, [ann.userId]);
  const [stored] = await api.sql<{ password: string }>('SELECT password FROM "user" WHERE user_id = $1', [ann.userId]);
  const hashes = await api.sql<{ hash: string }>(`SELECT code_hash::text AS hash FROM one_time_code UNION ALL SELECT password FROM password_history`);
  secrets = [PASSWORD, stored!.password, 'kept-from-everybody', ann.accessToken, ann.sessionToken, ann.refreshToken, ...hashes.map(({ hash }) => hash)];
  readers = [await signUpInto(api, 'accountant'), await signUpInto(api, 'admin'), await signUpInto(api, 'super_admin')];
});
afterAll(() => api.close());

function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(inner)]);
}

describe('D-13: no reading route shows what nobody may see', () => {
  it.each(READING)('%s, of somebody else', async (name, { path }) => {
    for (const reader of readers) {
      const { status, text, body } = await api.client.get(fill(path, ann.userId), { token: reader.sessionToken });
      expect({ name, status, fails: status >= 500 }).toEqual({ name, status, fails: false });
      expect(keysOf(body?.data).filter((key) => NEVER.has(key))).toEqual([]);
      for (const secret of secrets) expect(text).not.toContain(secret);
    }
  });

  it('and with view_user everything else is shown', async () => {
    const own = (await api.client.get('/settings/profile', { token: ann.sessionToken })).body.data;
    await api.sql(`UPDATE "user" SET profile_accessibility = 'private' WHERE user_id = $1`, [ann.userId]);
    await api.context.changes.settled();
    const shown = (await api.client.get(`/settings/profile/${ann.userId}`, { token: readers[0]!.sessionToken })).body.data;
    expect(Object.keys(shown)).toEqual(Object.keys(own));
    expect([shown.email, own.email]).toEqual([ann.email, ann.email]);
  });
});

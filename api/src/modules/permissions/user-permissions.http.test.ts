import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess } from '../../../test/access.js';
import { account, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';
import { LANGUAGES } from '../../i18n/language.js';
import { GROUPS, PERMISSIONS, PERMISSION_CODENAMES, type GroupCodename, type PermissionCodename } from '../../shared/permission-catalogue.js';

let api: Api;
let admin: Account;
beforeAll(async () => {
  api = await startApi();
  const { data } = (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body;
  admin = account(ADMIN.email, data);
});
afterAll(() => api.close());

type Held = { permission_id: string; codename: string; name: string; category: string | null; groups?: { codename: string }[] };

const UUID = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const mine = ({ sessionToken: token }: Account, query = '') => api.client.get(`/users/me/permissions${query}`, { token });
const of = (userId: string, query = '', { sessionToken: token } = admin) => api.client.get(`/users/${userId}/permissions${query}`, { token });
const names = (answer: { body: { data: { permissions: Held[] } } }) => answer.body.data.permissions.map(({ codename }) => codename);
const inOrder = (codenames: readonly PermissionCodename[]) =>
  codenames.toSorted((a, b) => (`${PERMISSIONS[a].category}\0${PERMISSIONS[a].name}` < `${PERMISSIONS[b].category}\0${PERMISSIONS[b].name}` ? -1 : 1));

async function member(...groups: GroupCodename[]): Promise<Account> {
  const person = await signUp(api);
  await put(person, groups);
  return person;
}
async function put({ userId }: Account, groups: readonly string[]): Promise<void> {
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [userId]);
  await api.sql('INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = ANY ($2)', [userId, groups]);
  await api.context.changes.settled();
}
/** The database's own clock: the history is written by it. */
const clock = async () => (await api.sql<{ at: string }>(`SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`))[0]!.at;

describe('GET /users/me/permissions', () => {
  it('D-09: is what the caller may do, by category and name', async () => {
    const person = await signUp(api);
    const answer = await mine(person);
    expect([answer.status, answer.body.message]).toEqual([200, 'User permissions retrieved successfully']);
    expect(Object.keys(answer.body.data)).toEqual(['user_id', 'permissions', 'pagination']);
    expect(answer.body.data.user_id).toBe(person.userId);
    expect(names(answer)).toEqual(inOrder(GROUPS.user.permissions));
    const [stored] = await api.sql(`SELECT permission_id, name, codename, description, category FROM permission WHERE codename = 'edit_profile'`);
    const [shown] = answer.body.data.permissions.filter(({ codename }: Held) => codename === 'edit_profile');
    expect([shown, Object.keys(shown)]).toEqual([stored, ['permission_id', 'name', 'codename', 'description', 'category']]);
  });

  it('D-14: in other spellings, too, and never as somebody whose id is me', async () => {
    const person = await signUp(api);
    for (const path of ['/users/ME/permissions', '/users/me/permissions/', '/Users/Me/Permissions']) {
      const answer = await api.client.get(path, { token: person.sessionToken });
      expect([path, answer.status, answer.body.data?.user_id]).toEqual([path, 200, person.userId]);
    }
  });

  it('asks for view_profile', async () => {
    const person = await member();
    expect((await mine(person)).body.error.details.required_permissions).toEqual(['view_profile']);
  });

  it('explains and looks back for everybody about himself', async () => {
    const person = await member('business', 'user');
    const before = await clock();
    await put(person, ['user']);
    const answer = await mine(person, `?explain=true&at=${before}`);
    expect(names(answer)).toEqual(inOrder(GROUPS.business.permissions));
    expect(answer.body.data.permissions.find(({ codename }: Held) => codename === 'add_upload').groups.map(({ codename }: Held) => codename)).toEqual(['business', 'user']);
  });
});

describe('GET /users/:user_id/permissions', () => {
  it('is each permission once, however many groups give it', async () => {
    const person = await member('accountant', 'business', 'user');
    expect(names(await of(person.userId))).toEqual(inOrder([...new Set([...GROUPS.accountant.permissions, ...GROUPS.business.permissions])]));
    expect(names(await of((await member()).userId))).toEqual([]);
  });

  it('D-10: an inactive group gives nothing', async () => {
    const person = await member('accountant');
    await api.sql(`UPDATE "group" SET is_active = false WHERE codename = 'accountant'`);
    try {
      expect(names(await of(person.userId))).toEqual([]);
    } finally {
      await api.sql(`UPDATE "group" SET is_active = true WHERE codename = 'accountant'`);
    }
  });

  it('a super administrator has all there are, also one that was made a moment ago and no group grants', async () => {
    await api.sql(`INSERT INTO permission (name, codename) VALUES ('Fly', 'fly')`);
    const answer = await of(admin.userId, '?explain=true');
    expect(names(answer).toSorted()).toEqual([...PERMISSION_CODENAMES, 'fly'].toSorted());
    for (const { groups } of answer.body.data.permissions) expect(groups).toEqual([{ group_id: expect.any(String), codename: 'super_admin', name: 'Super Admin' }]);
    // Without a category it stands at the end.
    expect(answer.body.data.permissions.at(-1)).toMatchObject({ codename: 'fly', description: null, category: null });
    await api.sql(`DELETE FROM permission WHERE codename = 'fly'`);
  });

  it('explains with every group that gives a permission, by name, and with none that is not active or not his', async () => {
    const person = await member('developer', 'business', 'accountant');
    await api.sql(`UPDATE "group" SET is_active = false WHERE codename = 'accountant'`);
    const answer = await of(person.userId, '?explain=true');
    await api.sql(`UPDATE "group" SET is_active = true WHERE codename = 'accountant'`);
    const giving = Object.fromEntries(answer.body.data.permissions.map(({ codename, groups }: Held) => [codename, groups!.map((group) => group.codename)]));
    expect(giving).toMatchObject({ view_user: ['business', 'developer'], view_group: ['developer'] });
    expect(Object.keys(answer.body.data.permissions[0])).toEqual(['permission_id', 'name', 'codename', 'description', 'category', 'groups']);
    expect(await of(person.userId, '?explain=false').then(({ text }) => text.includes('"groups"'))).toBe(false);
  });

  it('D-02: is for those who may view users; an unknown user is 404, what is no id 400', async () => {
    const [person, other] = [await signUp(api), await signUp(api)];
    for (const id of [other.userId, UUID, person.userId]) {
      const refused = await of(id, '', person);
      expect([refused.status, refused.body.error.details.required_permissions]).toEqual([403, ['view_user']]);
    }
    const unknown = await of(UUID, '?explain=true');
    expect([unknown.status, unknown.body.error_key, unknown.body.error.code]).toEqual([404, 'USER_NOT_FOUND', 2101]);
    expect((await of(UUID, '?at=2026-01-01T00:00:00Z')).body.error_key).toBe('USER_NOT_FOUND');
    for (const id of ['1', 'null', "'", `${UUID}x`, '%00', '__proto__']) expect([id, (await of(id)).status]).toEqual([id, 400]);
    expect((await of(admin.userId.toUpperCase())).body.data.user_id).toBe(admin.userId);
  });

  it.each(['', 'explain=true', 'at'])('comes in pages that end where the whole ends, also of those without a category (%s)', async (query) => {
    // More than a page of them: one ends between two.
    await api.sql(`INSERT INTO permission (name, codename) SELECT 'Glide ' || n, 'glide_' || n FROM generate_series(1, 6) n`);
    const asked = query === 'at' ? `at=${await clock()}` : query;
    const whole = await of(admin.userId, `?${asked}`);
    const seen: Held[] = [];
    let cursor: string | null = '';
    do {
      const { body, status } = await of(admin.userId, `?${asked}&limit=4${cursor && `&cursor=${cursor}`}`);
      expect([status, body.data.permissions.length, body.data.pagination.limit]).toEqual([200, expect.any(Number), 4]);
      expect(body.data.pagination.has_more).toBe(body.data.pagination.next_cursor !== null);
      if (body.data.pagination.has_more) expect(body.data.permissions).toHaveLength(4);
      seen.push(...body.data.permissions);
      cursor = body.data.pagination.next_cursor;
    } while (cursor !== null && seen.length < 200);
    expect(seen).toEqual(whole.body.data.permissions);
    expect(seen.slice(-6).map(({ codename }) => codename)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `glide_${n}`));
    await api.sql(`DELETE FROM permission WHERE codename LIKE 'glide%'`);
  });

  it('finds a part of the name, codename, description or category, in capitals or not, each character for itself', async () => {
    await api.sql(`INSERT INTO permission (name, codename, description, category) VALUES ('100% sure', 'be_sure', 'Without \\ doubt', 'Moods')`);
    const person = await member('user', 'super_admin');
    for (const [search, found] of [['00% S', true], ['BE_SURE', true], ['\\', true], ['mood', true], ['be%sure', false], ['100_', false]] as const) {
      for (const path of ['/users/me', `/users/${person.userId}`]) {
        const answer = await api.client.get(`${path}/permissions?search=${encodeURIComponent(search)}`, { token: person.sessionToken });
        expect([search, path, names(answer).includes('be_sure')]).toEqual([search, path, found]);
      }
    }
    expect(names(await of(person.userId, '?search=moods&limit=1'))).toEqual(['be_sure']);
    await api.sql(`DELETE FROM permission WHERE codename = 'be_sure'`);
  });

  it('is one statement, with and without explanation and history', async () => {
    const person = await member('developer');
    for (const query of ['', '?explain=true', `?explain=true&at=${await clock()}`]) {
      expect(await createAccess(api).statementsOf(() => of(person.userId, query))).toEqual([expect.stringMatching(/^held_/)]);
    }
  });

  it('says in six languages what it says', async () => {
    const messages = await Promise.all(LANGUAGES.map(async (lang) => (await of(admin.userId, `?at=2999-01-01T00:00:00Z&lang=${lang}`)).body.error.details.errors[0].message));
    expect(new Set(messages).size).toBe(LANGUAGES.length);
  });
});

describe('?at=', () => {
  it('is what was held then, though groups, their names, mappings and permissions have changed or gone since', async () => {
    const [group, permission] = await Promise.all([
      api.sql<{ group_id: string }>(`INSERT INTO "group" (name, codename) VALUES ('Pilots', 'pilots') RETURNING group_id`),
      api.sql<{ permission_id: string }>(`INSERT INTO permission (name, codename, category, description) VALUES ('Land', 'land', 'air', 'gently') RETURNING permission_id`),
    ]);
    const [groupId, permissionId] = [group[0]!.group_id, permission[0]!.permission_id];
    const person = await member();
    await api.sql('INSERT INTO group_permission (group_id, permission_id) VALUES ($1, $2)', [groupId, permissionId]);
    await put(person, ['pilots']);
    const answers: { at: string; codenames: string[] }[] = [];
    const remember = async () => answers.push({ at: await clock(), codenames: names(await of(person.userId)) });
    await remember();
    for (const change of [
      `UPDATE "group" SET is_active = false WHERE group_id = '${groupId}'`,
      `UPDATE "group" SET is_active = true, name = 'Captains' WHERE group_id = '${groupId}'`,
      `UPDATE permission SET codename = 'touch_down' WHERE permission_id = '${permissionId}'`,
      `DELETE FROM group_permission WHERE group_id = '${groupId}'`,
      `INSERT INTO group_permission (group_id, permission_id) VALUES ('${groupId}', '${permissionId}')`,
      `DELETE FROM permission WHERE permission_id = '${permissionId}'`,
      `DELETE FROM "group" WHERE group_id = '${groupId}'`,
    ]) {
      await api.sql(change);
      await remember();
    }
    expect(answers.map(({ codenames }) => codenames)).toEqual([['land'], [], ['land'], ['touch_down'], [], ['touch_down'], [], []]);
    for (const { at, codenames } of answers) expect({ at, codenames: names(await of(person.userId, `?at=${at}`)) }).toEqual({ at, codenames });
    const { body } = await of(person.userId, `?explain=true&at=${answers[0]!.at}`);
    expect(body.data).toEqual({
      user_id: person.userId,
      permissions: [{ permission_id: permissionId, name: 'Land', codename: 'land', description: 'gently', category: 'air', groups: [{ group_id: groupId, codename: 'pilots', name: 'Pilots' }] }],
      pagination: { limit: 50, next_cursor: null, has_more: false },
      at: answers[0]!.at,
      recorded_since: expect.stringMatching(/^20.*Z$/),
    });
    expect(Object.keys(body.data)).toEqual(['user_id', 'permissions', 'pagination', 'at', 'recorded_since']);
    expect((await of(person.userId, `?explain=true&at=${answers[2]!.at}`)).body.data.permissions[0].groups[0].name).toBe('Captains');
  });

  it('a super administrator of then had all there were then', async () => {
    const person = await member('super_admin');
    await api.sql(`INSERT INTO permission (name, codename) VALUES ('Dive', 'dive')`);
    const during = await clock();
    await api.sql(`DELETE FROM permission WHERE codename = 'dive'`);
    await put(person, []);
    expect(names(await of(person.userId, `?at=${during}`)).toSorted()).toEqual([...PERMISSION_CODENAMES, 'dive'].toSorted());
    expect(names(await of(person.userId))).toEqual([]);
  });

  it('before the account there was nothing', async () => {
    const person = await signUp(api);
    for (const at of ['1970-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '2020-02-29T23:59:59.999999-11:30']) expect([at, names(await of(person.userId, `?at=${at}`))]).toEqual([at, []]);
  });

  it('takes any zone and any fineness up to microseconds, and says the moment in UTC', async () => {
    for (const [given, shown] of [
      ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000000Z'],
      ['2026-01-31T09:30:00.1Z', '2026-01-31T09:30:00.100000Z'],
      ['2026-01-31T09:30:00.123456Z', '2026-01-31T09:30:00.123456Z'],
      ['2026-01-31T00:30:00.000001%2B02:00', '2026-01-30T22:30:00.000001Z'],
      // Not encoded, a plus sign is a space.
      ['2026-01-31T00:30:00+02:00', '2026-01-30T22:30:00.000000Z'],
      ['2026-01-31T00:30:00-23:59', '2026-02-01T00:29:00.000000Z'],
    ]) {
      const answer = await of(admin.userId, `?at=${given}`);
      expect([given, answer.status, answer.body.data?.at]).toEqual([given, 200, shown]);
    }
  });

  it('E-09: anything else is 400, with the name of the parameter', async () => {
    const soon = new Date(Date.now() + 60_000).toISOString();
    for (const query of ['at=', 'at=now', 'at=2026-01-01', 'at=2026-01-01T00:00:00', 'at=2026-02-30T00:00:00Z', 'at=2026-01-01T00:00:00.1234567Z', 'at=0000-01-01T00:00:00Z', 'at=0001-01-01T00:00:00%2B01:00', 'at=infinity', 'at=1767225600', "at=2026-01-01T00:00:00Z'--", `at=${'9'.repeat(5_000)}`, 'at=%00', 'at[]=2026-01-01T00:00:00Z', 'at=2026-01-01T00:00:00Z&at=2026-01-01T00:00:00Z', `at=${soon}`, 'at=9999-12-31T23:59:59Z', 'at=9999-12-31T23:59:59-14:00', 'explain=1', 'explain=TRUE', 'explain=', 'explain=true&explain=true', 'explain[x]=true', 'limit=0', 'limit=101', 'cursor=x', 'cursor=WyJhIl0', 'search=', 'search=%00', 'search=a&search=b']) {
      const answer = await of(admin.userId, `?${query}`);
      expect({ query, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path.split('[')[0] }).toEqual({ query, status: 400, key: 'VALIDATION_ERROR', path: query.split(/[=[]/)[0] });
    }
  });
});

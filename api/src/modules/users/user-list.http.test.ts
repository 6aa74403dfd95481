import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { signUp } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { adminToken, createLister, storeUsers, type ListedUser } from '../../../test/listed-users.js';
import { userSchema } from '../../shared/user-view.js';

const UNKNOWN = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';
const KEYS = [...Object.keys(userSchema.shape), 'groups'];

let api: Api;
let token: string;
let lister: ReturnType<typeof createLister>;
beforeAll(async () => {
  api = await startApi();
  token = await adminToken(api);
  lister = createLister(api, token);
});
afterAll(() => api.close());

let named = 0;
/** A country that nobody else in the test has, to tell its people by. */
const someCountry = () => `Country ${(named += 1)}`;
const read = (userId: string, as = token) => api.client.get(`/users/${userId}`, { token: as });

describe('GET /users', () => {
  it('lists users newest first, each with the groups that are active', async () => {
    const person = await signUp(api);
    await api.sql(`INSERT INTO "group" (name, codename, is_active) VALUES ('Sleeping', 'sleeping', false), ('Awake', 'awake', true)`);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename IN ('sleeping', 'awake')`, [person.userId]);
    const answer = await lister.list();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body.message).toBe('Users retrieved successfully');
    expect(answer.body.data.pagination).toEqual({ limit: 50, next_cursor: null, has_more: false });
    const [first] = answer.body.data.users;
    expect(Object.keys(first)).toEqual(KEYS);
    expect(first).toMatchObject({ user_id: person.userId, email: person.email, status: 'ACTIVE', groups: ['awake', 'user'] });
    expect((await read(person.userId)).body.data.user).toEqual(first);
  });

  it('D-13: no column outside the contract is in an answer, whatever it holds', async () => {
    const secrets = { password: 'SECRET-hash', phone_e164: '+999000111', version: 1_987_654_321, password_changed_at: '1901-02-03T00:00:00Z', deactivated_at: '1902-02-03T00:00:00Z', erase_after: '1903-02-03T00:00:00Z', profile_picture_key: 'SECRET-key', closed_by_admin_at: '1904-02-03T00:00:00Z' };
    const columns = await api.sql<{ column_name: string }>(`SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'user'`);
    expect(columns.map(({ column_name }) => column_name).filter((column) => !KEYS.includes(column)).sort()).toEqual(Object.keys(secrets).sort());
    const [id] = await storeUsers(api, [{ ...secrets, user_name: 'keeps-secrets' }]);
    const answers = [await read(id!), await lister.list({ search: 'keeps-secrets' })];
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(text).toContain('keeps-secrets');
      // Whole ones: an id is random digits, which hold a few of them now and then.
      expect(text).not.toMatch(/SECRET|999000111|1987654321|190[1-4]-02|phone_e164|password|version|erase|_key/);
    }
  });

  it('takes rows as another server may have left them', async () => {
    const country = someCountry();
    await storeUsers(api, [{ country, status: null, phone_number: 'text' }, { country, status: 'Active', phone_number: { phone: 5 } }, { country, status: 'unheard of', phone_number: [1] }]);
    const users = await lister.all({ country });
    expect(users.map(({ status }) => status).sort()).toEqual(['ACTIVE', 'INACTIVE', 'INACTIVE']);
    expect(users.map(({ phone_number }) => phone_number)).toEqual([null, null, null]);
    expect(users.map(({ groups }) => groups)).toEqual([[], [], []]);
  });
});

describe('filters', () => {
  it('by status: as it is shown, whatever capitals are stored', async () => {
    const country = someCountry();
    const stored = ['ACTIVE', 'Active', 'active', 'SUSPENDED', 'Suspended', 'DELETED', 'INVITED', 'INACTIVE', 'Inactive', null, '', 'Aktiv', ' ACTIVE'];
    await storeUsers(api, stored.map((status) => ({ country, status })));
    const counts: Record<string, number> = { ACTIVE: 3, SUSPENDED: 2, DELETED: 1, INVITED: 1, INACTIVE: 6 };
    for (const [status, count] of Object.entries(counts)) {
      const users = await lister.all({ country, status });
      expect([status, users.length, new Set(users.map((user) => user.status))]).toEqual([status, count, new Set([status])]);
    }
  });

  it('by group, also one that is not active; of a group that there is not, nobody', async () => {
    const [one, two] = await storeUsers(api, [{ user_name: 'member-one' }, { user_name: 'member-two' }]);
    await api.sql(`INSERT INTO "group" (name, codename, is_active) VALUES ('Club', 'club', true), ('Closed club', 'closed_club', false)`);
    for (const [id, group] of [[one, 'club'], [one, 'closed_club'], [two, 'closed_club']]) await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = $2`, [id, group]);
    expect(await lister.ids({ group: 'club' })).toEqual([one]);
    expect((await lister.ids({ group: 'closed_club' })).sort()).toEqual([one, two].sort());
    expect(await lister.ids({ group: 'closed_club', search: 'member-two' })).toEqual([two]);
    for (const group of ['no_such_group', 'CLUB', '%', "' OR true --"]) expect((await lister.list({ group })).body.data).toEqual({ users: [], pagination: { limit: 50, next_cursor: null, has_more: false } });
  });

  it('by country and type, in any capitals, and all of them at once', async () => {
    const country = someCountry();
    const [a] = await storeUsers(api, [{ country, user_type: 'business', status: 'Active', user_name: 'all-at-once' }, { country: country.toUpperCase(), user_type: 'customer', status: 'ACTIVE' }, { country, user_type: null, status: 'SUSPENDED' }]);
    expect(await lister.ids({ country: country.toLowerCase() })).toHaveLength(3);
    expect(await lister.ids({ country, type: 'BUSINESS' })).toEqual([a]);
    expect(await lister.ids({ country, type: 'business', status: 'ACTIVE', search: 'once', created_from: '2020-01-01', created_to: '2999-01-01', sort: 'email' })).toEqual([a]);
    expect(await lister.ids({ country, type: 'business', status: 'SUSPENDED' })).toEqual([]);
    expect(await lister.ids({ country: `${country}%` })).toEqual([]);
  });

  it('by when accounts were made: from a moment on, and before another', async () => {
    const country = someCountry();
    const at = ['2024-01-31T23:59:59.999999Z', '2024-02-01T00:00:00Z', '2024-02-01T12:00:00Z', '2024-02-02T00:00:00Z'];
    const ids = await storeUsers(api, at.map((created_at) => ({ country, created_at: created_at.replace('Z', '') })));
    const asked = async (query: Record<string, string>) => (await lister.ids({ country, sort: 'created_at', ...query })).map((id) => ids.indexOf(id));
    expect(await asked({ created_from: '2024-02-01', created_to: '2024-02-02' })).toEqual([1, 2]);
    expect(await asked({ created_from: '2024-02-01T12:00:00Z' })).toEqual([2, 3]);
    expect(await asked({ created_from: '2024-02-01T13:00:00+01:00' })).toEqual([2, 3]);
    expect(await asked({ created_to: '2024-02-01' })).toEqual([0]);
    for (const day of ['0001-01-01', '2024-02-01', '9999-12-31']) expect(await asked({ created_from: day, created_to: day })).toEqual([]);
  });

  it('E-09, E-10, E-12: what they cannot be is 400 and named', async () => {
    const bad = ['status=active', 'status=', 'status=GONE', 'created_from=yesterday', 'created_from=2024-02-30', 'created_to=2024-13-01', 'created_to=1700000000', 'created_from=', 'created_from=0000-12-31', 'created_to=0000-01-01T00:00:00Z', 'created_from=-000001-01-01', 'created_to=275760-09-13', 'created_to=2024-02-01&created_from=2024-02-02', 'sort=password', 'sort=version', 'sort=--email', 'sort=', 'sort=created_at,email', 'group=', `group=${'x'.repeat(101)}`, 'country=', 'type=', 'limit=0', 'limit=101', 'status=ACTIVE&status=DELETED', 'search[]=x', 'search=%00', 'country=%00', 'cursor=x'];
    for (const query of bad) {
      const answer = await api.client.get(`/users?${query}`, { token });
      expect({ query, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path.split('[')[0] }).toEqual({ query, status: 400, key: 'VALIDATION_ERROR', path: query.split(/[=[]/)[0] });
    }
    expect((await api.client.get('/users?password=x&is_trashed=true', { token })).status).toBe(200);
  });
});

describe('sorts and pages', () => {
  const SORTS = ['created_at', '-created_at', 'user_name', '-user_name', 'email', '-email'];

  it('each sort, with those who lack the name or address last, ties and capitals, in pages of any size', async () => {
    const country = someCountry();
    const at = (index: number) => `2024-03-0${1 + (index % 3)}T00:00:00.00000${index % 2}`;
    const ids = await storeUsers(api, Array.from({ length: 40 }, (_, index) => ({
      country,
      created_at: at(index),
      // The first hundred characters decide; what differs after them is a tie.
      user_name: index % 4 === 0 ? null : index % 4 === 1 ? `${'n'.repeat(100)}${index}` : `${index % 2 ? 'NAME' : 'name'}-${index}`,
      email: index % 5 < 2 ? null : `${index % 2 ? 'Z' : 'a'}${index}-${country.replace(' ', '')}@example.com`,
    })));
    const key = (user: ListedUser, sort: string) => (sort.endsWith('created_at') ? at(ids.indexOf(user.user_id)) : (user[sort.replace('-', '')] as string | null)?.toLowerCase().slice(0, 100) ?? null);
    for (const sort of SORTS) {
      const whole = await lister.all({ country, sort });
      expect(whole.map(({ user_id }) => user_id).sort()).toEqual([...ids].sort());
      const sign = sort.startsWith('-') ? -1 : 1;
      for (const [index, user] of whole.slice(1).entries()) {
        const [before, after] = [key(whole[index]!, sort), key(user, sort)];
        const order = before === after ? sign * (whole[index]!.user_id < user.user_id ? -1 : 1) : before === null ? 1 : after === null ? -1 : sign * (before < after ? -1 : 1);
        expect({ sort, before, after, order }).toEqual({ sort, before, after, order: -1 });
      }
      for (const limit of [1, 7, 13, 39, 40]) expect(await lister.ids({ country, sort, limit })).toEqual(whole.map(({ user_id }) => user_id));
      for (const limit of [3, 11]) expect(await lister.ids({ country, sort, limit, search: 'country', ...{ created_to: '2999-01-01' } }).catch(() => [])).toEqual(whole.filter(({ email }) => email !== null).map(({ user_id }) => user_id));
    }
  }, 300_000);

  it('rows that come and go between pages neither repeat nor hide others', async () => {
    const country = someCountry();
    const ids = await storeUsers(api, Array.from({ length: 30 }, (_, index) => ({ country, user_name: `coming-${String(index).padStart(2, '0')}` })));
    const gone: string[] = [];
    const seen = await lister.all({ country, sort: 'user_name', limit: 5 }, async (page) => {
      // The last row of the page, to which the cursor points, and one that is yet to come.
      gone.push(ids[page * 5 - 1]!, ids[Math.min(29, page * 5 + 2)]!);
      await api.sql('DELETE FROM "user" WHERE user_id = ANY ($1)', [gone]);
      await storeUsers(api, [{ country, user_name: `coming-00-${page}` }]);
    });
    expect(new Set(seen.map(({ user_id }) => user_id)).size).toBe(seen.length);
    const stayed = ids.filter((id) => !gone.includes(id));
    expect(seen.map(({ user_id }) => user_id)).toEqual(expect.arrayContaining(stayed));
  });

  it('a cursor belongs to its sort', async () => {
    const country = someCountry();
    await storeUsers(api, [{ country, user_name: 'cursor-a' }, { country, user_name: 'cursor-b', email: 'cursor-b@example.com' }]);
    for (const sort of SORTS) {
      const { next_cursor: cursor } = (await lister.list({ country, sort, limit: 1 })).body.data.pagination;
      for (const other of SORTS) {
        const answer = await lister.list({ country, sort: other, limit: 1, cursor });
        expect({ sort, other, status: answer.status, path: answer.body.error?.details.errors[0].path }).toEqual({ sort, other, status: other === sort ? 200 : 400, path: other === sort ? undefined : 'cursor' });
      }
    }
  });

  it('E-10: a cursor that we have not given out is 400, or a place in the list', async () => {
    const cursorOf = (position: unknown) => Buffer.from(JSON.stringify(position)).toString('base64url');
    const bad = [[], null, {}, 'x', ['email'], ['email', 1, UNKNOWN], ['created_at', '2024-01-01', UNKNOWN], ['created_at', null, UNKNOWN], ['created_at', 1.5, UNKNOWN], ['created_at', 1e300, UNKNOWN], ['email', 'x', 'x'], ['email', 'a\0', UNKNOWN], ['email', '\ud800', UNKNOWN], ['password', 'x', UNKNOWN], ['email', 'x', UNKNOWN, 1]];
    for (const position of bad) expect({ position, status: (await lister.list({ sort: Array.isArray(position) && position[0] === 'email' ? 'email' : 'created_at', cursor: cursorOf(position) })).status }).toEqual({ position, status: 400 });
    const odd: [string, unknown][] = [['created_at', Number.MAX_SAFE_INTEGER], ['-created_at', Number.MIN_SAFE_INTEGER], ['email', ''], ['email', `'; --`], ['-email', '\u{10ffff}'.repeat(30)], ['user_name', null]];
    for (const [sort, key] of odd) expect({ sort, key, status: (await lister.list({ sort, cursor: cursorOf([sort, key, UNKNOWN]) })).status }).toEqual({ sort, key, status: 200 });
  });

  it('the longest names there can be still make a cursor that is taken', async () => {
    const country = someCountry();
    const ids = await storeUsers(api, Array.from({ length: 3 }, (_, index) => ({ country, user_name: `\u0001${'\u{1f642}'.repeat(400)}${index}` })));
    const control = await storeUsers(api, Array.from({ length: 3 }, (_, index) => ({ country, user_name: '\u0002'.repeat(400 + index) })));
    expect((await lister.ids({ country, sort: 'user_name', limit: 1 })).sort()).toEqual([...ids, ...control].sort());
  });
});

describe('GET /users/:user_id', () => {
  it('of nobody is 404, of no UUID 400; capitals in an id are none', async () => {
    const { userId } = await signUp(api);
    expect((await read(userId.toUpperCase())).body.data.user.user_id).toBe(userId);
    expect([(await read(UNKNOWN)).status, (await read(UNKNOWN)).body.error_key]).toEqual([404, 'USER_NOT_FOUND']);
    for (const id of ['me', '1', `${userId}x`, "'"]) expect({ id, status: (await read(encodeURIComponent(id))).status }).toEqual({ id, status: 400 });
  });
});

describe('who may', () => {
  it('needs view_user, from a group that is active (D-10), and obeys its loss at once (D-07)', async () => {
    const person = await signUp(api);
    const statuses = async () => [(await api.client.get('/users', { token: person.sessionToken })).status, (await read(person.userId, person.sessionToken)).status];
    expect(await statuses()).toEqual([403, 403]);
    expect((await api.client.get('/users', { token: person.sessionToken })).body.error.details).toMatchObject({ required_permissions: ['view_user'] });
    await api.sql(`INSERT INTO "group" (name, codename) VALUES ('Lookers', 'lookers')`);
    await api.sql(`INSERT INTO group_permission (group_id, permission_id) SELECT g.group_id, p.permission_id FROM "group" g, permission p WHERE g.codename = 'lookers' AND p.codename = 'view_user'`);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'lookers'`, [person.userId]);
    await api.context.changes.settled();
    expect(await statuses()).toEqual([200, 200]);
    await api.sql(`UPDATE "group" SET is_active = false WHERE codename = 'lookers'`);
    await api.context.changes.settled();
    expect(await statuses()).toEqual([403, 403]);
    expect((await api.client.get('/users')).status).toBe(401);
  });
});

it('F7: searches that do not come to an end leave connections to everybody else', async () => {
  const permissions = async () => (await api.client.get('/permissions', { token })).status;
  const outside = new pg.Client({ connectionString: api.context.config.database.url });
  await outside.connect();
  await api.context.changes.settled();
  // The worker then remembers the session, and needs no account to decide on it, unless it is so slow that it may have missed a change.
  expect(await permissions()).toBe(200);
  const current = jest.spyOn(api.context.changes, 'current').mockReturnValue(true);
  await outside.query('BEGIN; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
  try {
    const searches = Array.from({ length: 2 * api.context.db.pool.options.max }, () => lister.list({ search: 'nobody' }));
    for (let round = 0; round < 10; round += 1) expect(await permissions()).toBe(200);
    await outside.query('ROLLBACK');
    expect((await Promise.all(searches)).map(({ status }) => status)).toEqual(searches.map(() => 200));
  } finally {
    current.mockRestore();
    await outside.end();
  }
});

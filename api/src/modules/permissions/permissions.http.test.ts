import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess, HONEST_TEXTS, type Access } from '../../../test/access.js';
import type { Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { PERMISSIONS } from '../../shared/permission-catalogue.js';

const UUID = '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e';

let api: Api;
let access: Access;
let root: Account;
beforeAll(async () => {
  api = await startApi();
  access = createAccess(api);
  root = await access.root();
});
afterAll(() => api.close());

const send = (method: string, path: string, body?: unknown, who = root) => api.client.send(method, path, body, { token: who.sessionToken });
const list = (query = '', who = root) => send('GET', `/permissions${query}`, undefined, who);
const create = (body: unknown, who = root) => send('POST', '/permissions', body, who);
const put = (id: string, body: unknown, who = root) => send('PUT', `/permissions/${id}`, body, who);
const remove = (id: string, who = root) => send('DELETE', `/permissions/${id}`, undefined, who);
const permissionId = (codename: string) => access.idOf('permission', codename);
type Page = { permissions: { permission_id: string }[]; pagination: { next_cursor: string | null } };
const stored = async (id: string) => (await api.sql('SELECT * FROM permission WHERE permission_id = $1', [id]))[0];

describe('GET /permissions', () => {
  it('lists all of them by category and name, in the keys of the reference', async () => {
    const answer = await list();
    expect([answer.status, answer.body.message]).toEqual([200, 'Permissions retrieved successfully']);
    expect(Object.keys(answer.body.data.permissions[0])).toEqual(['permission_id', 'name', 'codename', 'description', 'category', 'created_at', 'last_updated']);
    expect(answer.body.data.permissions.map(({ codename }: { codename: string }) => codename).sort()).toEqual(Object.keys(PERMISSIONS).sort());
    const inOrder = await api.sql<{ codename: string }>('SELECT codename FROM permission ORDER BY category, name');
    expect(answer.body.data.permissions.map(({ codename }: { codename: string }) => codename)).toEqual(inOrder.map(({ codename }) => codename));
    expect(answer.body.data.pagination).toEqual({ limit: 50, next_cursor: null, has_more: false });
  });

  it('pages through all of them once, with and without a category, in equal names of any length and script, while some come and go', async () => {
    for (const [index, name] of HONEST_TEXTS.entries()) await access.makePermission({ name: `page ${name}`, category: [null, '', '权'.repeat(50), 'page'][index % 4] });
    for (const name of ['权', '😀', '\u0001']) await access.makePermission({ name: name.repeat(99), category: null });
    for (const limit of [1, 7]) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { permissions, pagination }: Page = (await list(`?limit=${limit}${cursor && `&cursor=${cursor}`}`)).body.data;
        seen.push(...permissions.map(({ permission_id }) => permission_id));
        // One that was shown is gone, and one that comes first has come.
        if (seen.length === 7) {
          await api.sql(`DELETE FROM permission WHERE codename LIKE 'early.%'`);
          await access.makePermission({ codename: `early.${limit}`, category: '' });
        }
        cursor = pagination.next_cursor;
      }
      const inOrder = await api.sql<{ permission_id: string }>(`SELECT permission_id FROM permission WHERE codename NOT LIKE 'early.%' ORDER BY category NULLS LAST, name, permission_id`);
      expect(seen.filter((id) => inOrder.some(({ permission_id }) => permission_id === id))).toEqual(inOrder.map(({ permission_id }) => permission_id));
      expect(new Set(seen).size).toBe(seen.length);
    }
    await api.sql('DELETE FROM permission WHERE codename <> ALL($1)', [Object.keys(PERMISSIONS)]);
  });

  it('asks the database as often for a hundred as for one', async () => {
    await list();
    for (const query of ['?limit=1', '?limit=100']) expect(await access.statementsOf(() => list(query))).toEqual(['permission_list']);
  });

  it('finds a part of a name, codename, description or category, whatever its capitals', async () => {
    const one = await access.makePermission({ name: 'Count the Stars', codename: 'astro.count', description: 'Looks up at NIGHT', category: 'Heavens' });
    for (const search of ['the stars', 'ASTRO.', 'at night', 'heaVENs', 'ount the St']) expect((await list(`?search=${encodeURIComponent(search)}`)).body.data.permissions.map(({ permission_id }: { permission_id: string }) => permission_id)).toEqual([one.id]);
    expect((await list('?search=no%20such%20thing')).body.data.permissions).toEqual([]);
    expect((await list('?category=Heavens')).body.data.permissions).toHaveLength(1);
    expect((await list('?category=heavens')).body.data.permissions).toEqual([]);
    expect((await list('?category=user&search=edit')).body.data.permissions.map(({ codename }: { codename: string }) => codename)).toEqual(['edit_user']);
  });

  it('E-15: what is searched for is text and no pattern', async () => {
    for (const search of ['%', '\\', 'view%user', 'v_ew', `' OR 1=1 --`, '%%', '\\%']) expect({ search, found: (await list(`?search=${encodeURIComponent(search)}`)).body.data.permissions }).toEqual({ search, found: [] });
    for (const text of HONEST_TEXTS) {
      const one = await access.makePermission({ description: `before ${text} after` });
      expect((await list(`?search=${encodeURIComponent(text)}&limit=100`)).body.data.permissions.map(({ permission_id }: { permission_id: string }) => permission_id)).toContain(one.id);
    }
  });

  it('E-02, E-09, E-10: hostile parameters are 400 with the name of the parameter', async () => {
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const queries = ['limit=0', 'limit=101', 'limit=x', 'cursor=x', `cursor=${cursor([null, 'x'])}`, `cursor=${cursor(['a\0', 'x', UUID])}`, `cursor=${cursor([null, 'a\0', UUID])}`, `cursor=${cursor([1, 'x', UUID])}`, `cursor=${cursor([null, 'x', "'"])}`];
    for (const query of [...queries, 'search=', `search=${'x'.repeat(101)}`, 'search=%00', 'search=a&search=b', 'search[]=a', 'search[$ne]=a', 'category=', `category=${'x'.repeat(51)}`, 'category=a&category=b']) {
      const answer = await list(`?${query}`);
      expect({ query, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path.split(/[.[]/)[0] }).toEqual({ query, status: 400, key: 'VALIDATION_ERROR', path: query.split(/[=[]/)[0] });
    }
    expect((await list('?unknown=1&search=user')).status).toBe(200);
  });

  it('needs view_permission', async () => {
    expect((await list('', await access.holder('view_permission'))).status).toBe(200);
    const refused = await list('', await access.holder('view_group', 'edit_permission'));
    expect([refused.status, refused.body.error.details.required_permissions]).toEqual([403, ['view_permission']]);
  });
});

describe('GET /permissions/:permission_id', () => {
  it('shows one; its id is read in capitals too', async () => {
    const id = await permissionId('view_user');
    for (const spelling of [id, id.toUpperCase()]) expect((await send('GET', `/permissions/${spelling}`)).body.data.permission).toMatchObject({ permission_id: id, codename: 'view_user', name: 'View User', category: 'user' });
    expect((await send('GET', `/permissions/${UUID}`)).body).toMatchObject({ error_key: 'PERMISSION_NOT_FOUND', error: { code: 1901 } });
  });
});

describe('POST /permissions', () => {
  it('makes one, answers it and leaves an entry of it', async () => {
    const body = { name: 'Water the plants', codename: 'plants:water', description: 'Every day.', category: 'garden' };
    const answer = await create(body);
    expect([answer.status, answer.body.message]).toEqual([201, 'Permission created successfully']);
    const { permission } = answer.body.data;
    expect(permission).toEqual({ ...body, permission_id: expect.any(String), created_at: expect.stringMatching(/Z$/), last_updated: expect.stringMatching(/Z$/) });
    expect((await send('GET', `/permissions/${permission.permission_id}`)).body.data.permission).toEqual(permission);
    expect(await access.entriesOf(permission.permission_id)).toEqual([
      { action: 'permission_created', user_id: root.userId, level: 'audit', module: 'permissions', status_code: 201, metadata: { permission_id: permission.permission_id, after: body } },
    ]);
  });

  it('takes null or nothing for what is optional, and lets pass what it does not know without writing it (D-03)', async () => {
    const body = { ...access.names(), description: null, permission_id: UUID, created_at: '2001-01-01T00:00:00Z', last_updated: '2001-01-01T00:00:00Z', groups: ['super_admin'], group_permissions: { create: [] } };
    const { permission } = (await create(body)).body.data;
    expect(permission).toMatchObject({ name: body.name, codename: body.codename, description: null, category: null });
    expect(permission.permission_id).not.toBe(UUID);
    expect(permission.created_at > '2020').toBe(true);
    expect(await api.sql('SELECT FROM group_permission WHERE permission_id = $1', [permission.permission_id])).toEqual([]);
  });

  it('E-17: keeps honest text byte for byte', async () => {
    for (const text of HONEST_TEXTS) {
      const fields = { name: `${text} ${access.names().name}`, codename: access.names().codename, description: text, category: text };
      const { permission } = (await create(fields)).body.data;
      expect(permission).toMatchObject(fields);
      expect(await stored(permission.permission_id)).toMatchObject(fields);
    }
  });

  it('E-13: refuses what is malformed, with every field that is', async () => {
    const good = access.names();
    const bad: [string, unknown][] = [
      ['name', ''], ['name', '   '], ['name', '\t\n'], ['name', 'x'.repeat(101)], ['name', null], ['name', undefined], ['name', 1], ['name', 'a\0'], ['name', '\ud800'],
      ['codename', ''], ['codename', ' x'], ['codename', 'a b'], ['codename', '.x'], ['codename', '-x'], ['codename', 'é'], ['codename', 'x\n'], ['codename', 'x'.repeat(101)], ['codename', null], ['codename', undefined], ['codename', ['x']], ['codename', `x'--`],
      ['description', 'x'.repeat(1_001)], ['description', 1], ['description', {}], ['category', 'x'.repeat(51)], ['category', false],
    ];
    for (const [field, value] of bad) {
      const answer = await create({ ...good, [field]: value });
      expect({ field, value, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path }).toEqual({ field, value, status: 400, key: 'AUTH_INVALID_PAYLOAD', path: field });
    }
    const all = await create({ name: '', codename: '', description: 1, category: 1 });
    expect(new Set(all.body.error.details.errors.map(({ path }: { path: string }) => path))).toEqual(new Set(['name', 'codename', 'description', 'category']));
    expect(await api.sql('SELECT FROM permission WHERE codename = $1', [good.codename])).toEqual([]);
  });

  it('a name or codename that is taken is 409 with the fields', async () => {
    const [one, two] = [access.names(), access.names()];
    await create(one);
    await create(two);
    for (const [body, fields] of [[{ ...access.names(), name: one.name }, ['name']], [{ ...access.names(), codename: one.codename }, ['codename']], [one, ['name', 'codename']], [{ name: one.name, codename: two.codename }, ['name', 'codename']]] as const) {
      const answer = await create(body);
      expect([answer.status, answer.body.error_key, answer.body.error.code, answer.body.error.details]).toEqual([409, 'DUPLICATE_ENTRY', 1018, { fields }]);
    }
  });

  it('F17: of fifty at once one makes it, and there is one entry', async () => {
    const body = access.names();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(49).fill(409)]);
    const made = await api.sql<{ permission_id: string }>('SELECT permission_id FROM permission WHERE codename = $1', [body.codename]);
    expect(made).toHaveLength(1);
    expect(await access.entriesOf(made[0]!.permission_id)).toHaveLength(1);
  });

  it.each(['name', 'codename'] as const)('a %s that another program is writing at the same moment is 409 too', async (field) => {
    const [body, theirs] = [access.names(), access.names()];
    const { commit } = await access.outsider('INSERT INTO permission (name, codename) VALUES ($1, $2)', Object.values({ ...theirs, [field]: body[field] }));
    const answer = create(body);
    await access.untilWaiting('INSERT INTO permission');
    await commit();
    expect([(await answer).status, (await answer).body.error.details]).toEqual([409, { fields: [field] }]);
  });

  it('D-06: a built-in codename cannot be taken, not even while its row is missing, nor one that only its capitals tell apart', async () => {
    const row = await stored(await permissionId('delete_upload'));
    await access.byHand(`DELETE FROM permission WHERE codename = 'delete_upload'`);
    for (const codename of ['delete_upload', 'Delete_Upload', 'view_user', 'VIEW_USER']) {
      const answer = await create({ ...access.names(), codename });
      expect([codename, answer.status, answer.body.error.details]).toEqual([codename, 409, { fields: ['codename'] }]);
    }
    const mine = await access.makePermission();
    expect((await put(mine.id, { codename: 'delete_upload' })).status).toBe(409);
    await access.byHand('INSERT INTO permission (permission_id, name, codename, category) VALUES ($1, $2, $3, $4)', [row!['permission_id'], row!['name'], row!['codename'], row!['category']]);
  });

  it('needs add_permission, and whoever makes one does not hold it by that', async () => {
    expect((await create(access.names(), await access.holder('edit_permission', 'view_permission'))).status).toBe(403);
    const maker = await access.holder('add_permission', 'edit_permission');
    const { permission } = (await create(access.names(), maker)).body.data;
    const refused = await put(permission.permission_id, { description: 'x' }, maker);
    expect([refused.status, refused.body.error_key, refused.body.error.details.required_permissions]).toEqual([403, 'PERMISSION_DENIED', [permission.codename]]);
  });
});

describe('PUT /permissions/:permission_id', () => {
  it('writes what it is given, null clears, and the entry has what changed, before and after', async () => {
    const one = await access.makePermission({ description: 'old', category: 'old' });
    const before = await stored(one.id);
    const codename = access.names().codename;
    const answer = await put(one.id, { codename, description: null, category: 'old' });
    expect([answer.status, answer.body.message]).toEqual([200, 'Permission updated successfully']);
    expect(answer.body.data.permission).toMatchObject({ permission_id: one.id, name: one.name, codename, description: null, category: 'old' });
    expect(await stored(one.id)).toEqual({ ...before, codename, description: null, last_updated: expect.any(Date) });
    expect(await access.entriesOf(one.id)).toEqual([
      { action: 'permission_updated', user_id: root.userId, level: 'audit', module: 'permissions', status_code: 200, metadata: { permission_id: one.id, codename: one.codename, before: { codename: one.codename, description: 'old' }, after: { codename, description: null } } },
    ]);
  });

  it('leaves no entry and no later date where nothing changes', async () => {
    const one = await access.makePermission({ description: 'same' });
    const before = await stored(one.id);
    for (const body of [{}, { name: one.name, codename: one.codename, description: 'same', category: null }, { is_system: true, permission_id: UUID }]) expect((await put(one.id, body)).status).toBe(200);
    expect(await stored(one.id)).toEqual(before);
    expect(await access.entriesOf(one.id)).toEqual([]);
  });

  it('D-06: a built-in one keeps its name and codename; its description and category may change, and sending back what is there is fine', async () => {
    const id = await permissionId('view_user');
    for (const body of [{ name: 'Else' }, { codename: 'else' }, { name: 'View User ', description: 'x' }]) {
      const answer = await put(id, body);
      expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([400, 'PERMISSION_UPDATE_FAILED', 1903]);
    }
    expect(await access.entriesOf(id)).toEqual([]);
    const answer = await put(id, { name: 'View User', codename: 'view_user', description: 'Sees people.', category: 'people' });
    expect(answer.body.data.permission).toMatchObject({ name: 'View User', codename: 'view_user', description: 'Sees people.', category: 'people' });
    await put(id, { description: null, category: 'user' });
  });

  it('a codename of a shape that is refused today stays where it was taken over; a new one is looked at', async () => {
    const { name } = access.names();
    for (const codename of ['can refund', 'Verkäufer', '.hidden']) {
      const [row] = await api.sql<{ permission_id: string }>('INSERT INTO permission (name, codename) VALUES ($1, $2) RETURNING permission_id', [`${name} ${codename}`, codename]);
      const id = row!.permission_id;
      const kept = await put(id, { name: `${name} ${codename}`, codename, description: 'Taken over.' });
      expect([kept.status, kept.body.data?.permission.codename]).toEqual([200, codename]);
      const refused = await put(id, { codename: `${codename} !` });
      expect([refused.status, refused.body.error_key, refused.body.error.details.errors]).toEqual([400, 'AUTH_INVALID_PAYLOAD', [{ path: 'codename', code: 'invalid_format', message: expect.stringContaining('letters, digits') }]]);
      expect(await stored(id)).toMatchObject({ codename, description: 'Taken over.' });
    }
  });

  it('a name or codename that is taken is 409, also when fifty take it at once', async () => {
    const [one, two] = [await access.makePermission(), await access.makePermission()];
    expect((await put(one.id, { name: two.name, codename: two.codename })).body.error.details).toEqual({ fields: ['name', 'codename'] });
    const many = await Promise.all(Array.from({ length: 50 }, () => access.makePermission()));
    const { name } = access.names();
    const answers = await Promise.all(many.map(({ id }) => put(id, { name })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(409)]);
  });

  it('a name that another program is writing at the same moment is 409 too', async () => {
    const [one, { name, codename }] = [await access.makePermission(), access.names()];
    const { commit } = await access.outsider('INSERT INTO permission (name, codename) VALUES ($1, $2)', [name, codename]);
    const answer = put(one.id, { name });
    await access.untilWaiting('UPDATE permission');
    await commit();
    expect([(await answer).status, (await answer).body.error.details]).toEqual([409, { fields: ['name'] }]);
  });

  it('fifty different changes at once end in one of them, and each entry begins where the one before it ended', async () => {
    const one = await access.makePermission({ description: 'start' });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => put(one.id, { description: `change ${index}` })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const entries = (await access.entriesOf(one.id)).map(({ metadata }) => metadata as { before: { description: string }; after: { description: string } });
    expect(entries).toHaveLength(50);
    const next = new Map(entries.map(({ before, after }) => [before.description, after.description]));
    let at = 'start';
    for (let step = 0; step < 50; step += 1) at = next.get(at)!;
    expect(at).toBe((await stored(one.id))!['description']);
  });

  it('D-04: is for who holds it, and its codename for super administrators, since the new one is given to all who have the old', async () => {
    const one = await access.makePermission();
    const [holder, stranger] = [await access.holder('edit_permission', one.codename), await access.holder('edit_permission')];
    expect((await put(one.id, { description: 'mine' }, holder)).status).toBe(200);
    const renamed = await put(one.id, { codename: access.names().codename }, holder);
    expect([renamed.status, renamed.body.error_key, renamed.body.error.code, renamed.body.error.details.required_groups]).toEqual([403, 'GROUP_DENIED', 1921, ['super_admin']]);
    expect((await put(one.id, { codename: one.codename, name: access.names().name }, holder)).status).toBe(200);
    for (const body of [{}, { description: 'theirs' }, { codename: 'super' }]) {
      const answer = await put(one.id, body, stranger);
      expect([answer.status, answer.body.error_key, answer.body.error.code, answer.body.error.details]).toEqual([403, 'PERMISSION_DENIED', 1920, { message: `Missing permissions: ${one.codename}`, required_permissions: [one.codename] }]);
    }
    expect(await stored(one.id)).toMatchObject({ codename: one.codename, description: 'mine' });
  });

  it('an unknown one is 404', async () => {
    expect((await put(UUID, { name: 'x' })).body.error_key).toBe('PERMISSION_NOT_FOUND');
  });
});

describe('DELETE /permissions/:permission_id', () => {
  it('takes it from every group, and the entry says what it was and who had it', async () => {
    const one = await access.makePermission({ description: 'd', category: 'c' });
    const groups = [await access.makeGroup([one.codename, 'view_user']), await access.makeGroup([one.codename])];
    const answer = await remove(one.id);
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'Permission deleted successfully', { permission_id: one.id }]);
    expect(await api.sql('SELECT p.codename FROM group_permission JOIN permission p USING (permission_id) WHERE group_id = ANY($1)', [groups.map(({ id }) => id)])).toEqual([{ codename: 'view_user' }]);
    const [entry] = await access.entriesOf(one.id);
    expect(entry).toEqual({
      ...{ action: 'permission_deleted', user_id: root.userId, level: 'audit', module: 'permissions', status_code: 200 },
      metadata: { permission_id: one.id, before: { name: one.name, codename: one.codename, description: 'd', category: 'c', groups: groups.map(({ codename }) => codename).sort() } },
    });
    expect((await remove(one.id)).body.error_key).toBe('PERMISSION_NOT_FOUND');
  });

  it('D-06: no built-in one, whoever asks', async () => {
    for (const codename of Object.keys(PERMISSIONS)) {
      const answer = await remove(await permissionId(codename));
      expect([codename, answer.status, answer.body.error_key, answer.body.error.code]).toEqual([codename, 400, 'PERMISSION_DELETE_FAILED', 1904]);
    }
  });

  it('D-04: is for who holds it', async () => {
    const one = await access.makePermission();
    expect((await remove(one.id, await access.holder('delete_permission'))).body.error_key).toBe('PERMISSION_DENIED');
    expect((await remove(one.id, await access.holder(one.codename))).body.error_key).toBe('FORBIDDEN');
    expect(await stored(one.id)).toBeDefined();
    expect((await remove(one.id, await access.holder('delete_permission', one.codename))).status).toBe(200);
  });

  it('F17: of fifty at once one does it, and there is one entry', async () => {
    const one = await access.makePermission();
    const answers = await Promise.all(Array.from({ length: 50 }, () => remove(one.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(404)]);
    expect(await access.entriesOf(one.id)).toHaveLength(1);
  });
});

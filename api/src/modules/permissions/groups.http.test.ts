import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess, HONEST_TEXTS, type Access } from '../../../test/access.js';
import type { Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { GROUPS, PERMISSIONS } from '../../shared/permission-catalogue.js';

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

type Ref = { codename: string; category: string | null; name: string };
type Group = { group_id: string; codename: string; name: string; permissions: Ref[] };
type Page = { groups: Group[]; pagination: { next_cursor: string | null } };

const send = (method: string, path: string, body?: unknown, who = root) => api.client.send(method, path, body, { token: who.sessionToken });
const list = (query = '', who = root) => send('GET', `/groups${query}`, undefined, who);
const create = (body: unknown, who = root) => send('POST', '/groups', body, who);
const put = (id: string, body: unknown, who = root) => send('PUT', `/groups/${id}`, body, who);
const remove = (id: string, who = root) => send('DELETE', `/groups/${id}`, undefined, who);
const groupId = (codename: string) => access.idOf('group', codename);
const stored = async (id: string) => (await api.sql('SELECT * FROM "group" WHERE group_id = $1', [id]))[0];
const codenames = (groups: readonly { codename: string }[]) => groups.map(({ codename }) => codename);

describe('GET /groups', () => {
  it('lists the built-in ones by name, with what they grant by category and name, in the keys of the reference', async () => {
    const answer = await list();
    expect([answer.status, answer.body.message]).toEqual([200, 'Groups retrieved successfully']);
    const { groups } = answer.body.data as Page;
    expect(Object.keys(groups[0]!)).toEqual(['group_id', 'name', 'codename', 'description', 'is_system', 'is_active', 'permissions', 'created_at', 'last_updated']);
    expect(Object.keys(groups[0]!.permissions[0]!)).toEqual(['permission_id', 'name', 'codename', 'description', 'category']);
    expect(groups.map(({ name }) => name)).toEqual(['Accountant', 'Admin', 'Business', 'Developer', 'Super Admin', 'User']);
    for (const { codename, permissions } of groups) {
      expect(codenames(permissions).sort()).toEqual([...GROUPS[codename as keyof typeof GROUPS].permissions].sort());
      const inOrder = await api.sql<Ref>('SELECT codename FROM permission WHERE codename = ANY($1) ORDER BY category, name', [codenames(permissions)]);
      expect(codenames(permissions)).toEqual(codenames(inOrder));
    }
  });

  it('shows active ones, the others, or both', async () => {
    const [active, idle] = [await access.makeGroup([], { name: 'Shown: active' }), await access.makeGroup(['view_user'], { name: 'Shown: idle', is_active: false })];
    const shown = async (query: string) => codenames((await list(`?search=Shown:${query}`)).body.data.groups);
    expect(await shown('')).toEqual([active.codename]);
    expect(await shown('&is_active=true')).toEqual([active.codename]);
    expect(await shown('&is_active=false')).toEqual([idle.codename]);
    expect(await shown('&is_active=all')).toEqual([active.codename, idle.codename]);
    expect((await send('GET', `/groups/${idle.id}`)).body.data.group).toMatchObject({ is_active: false, permissions: [{ codename: 'view_user' }] });
  });

  it('pages through all of them once, in names of any length and script, while some come and go', async () => {
    for (const name of [...HONEST_TEXTS.map((text) => `page ${text}`), '权'.repeat(99), '😀'.repeat(99), '\u0001'.repeat(99)]) await access.makeGroup(['view_user'], { name });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { groups, pagination }: Page = (await list(`?limit=4&is_active=all${cursor && `&cursor=${cursor}`}`)).body.data;
      seen.push(...groups.map(({ group_id }) => group_id));
      if (seen.length === 4) await access.makeGroup([], { name: ' early' });
      cursor = pagination.next_cursor;
    }
    const inOrder = await api.sql<{ group_id: string }>(`SELECT group_id FROM "group" WHERE name <> ' early' ORDER BY name, group_id`);
    expect(seen).toEqual(inOrder.map(({ group_id }) => group_id));
  });

  it('is one question to the database, for one group as for a hundred', async () => {
    for (let count = 0; count < 100; count += 1) await access.makeGroup(['view_user', 'edit_user']);
    await list();
    for (const query of ['?limit=1', '?limit=100']) expect(await access.statementsOf(() => list(query))).toEqual(['group_list']);
  });

  it('E-15: finds a part of a name, codename or description as text, whatever its capitals', async () => {
    const one = await access.makeGroup([], { name: 'Night Watch', codename: 'nw.Watch' });
    await access.byHand(`UPDATE "group" SET description = 'Awake at 100% _always_' WHERE group_id = $1`, [one.id]);
    const found = async (search: string) => codenames((await list(`?search=${encodeURIComponent(search)}`)).body.data.groups);
    for (const search of ['night w', 'NW.', '00% _ALW', 'always_']) expect(await found(search)).toEqual([one.codename]);
    for (const search of ['night%watch', 'night_watch', `' OR 1=1 --`, 'nw\\.']) expect(await found(search)).toEqual([]);
  });

  it('E-02, E-09, E-10: hostile parameters are 400 with the name of the parameter', async () => {
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const query of ['limit=0', 'limit=101', 'cursor=x', `cursor=${cursor(['a\0', UUID])}`, `cursor=${cursor(['x'])}`, 'search=', 'search=%00', `search=${'x'.repeat(101)}`, 'is_active=', 'is_active=1', 'is_active=TRUE', 'is_active=true&is_active=all', 'is_active[]=all']) {
      const answer = await list(`?${query}`);
      expect({ query, status: answer.status, path: answer.body.error?.details.errors[0].path.split(/[.[]/)[0] }).toEqual({ query, status: 400, path: query.split(/[=[]/)[0] });
    }
  });

  it('super_admin shows every permission there is, also one that was made a moment ago', async () => {
    const made = (await send('POST', '/permissions', access.names())).body.data.permission;
    const { group } = (await send('GET', `/groups/${await groupId('super_admin')}`)).body.data;
    expect(codenames(group.permissions)).toEqual(expect.arrayContaining([...Object.keys(PERMISSIONS), made.codename]));
    await send('DELETE', `/permissions/${made.permission_id}`);
  });

  it('needs view_group; an unknown one is 404', async () => {
    expect((await list('', await access.holder('view_group'))).status).toBe(200);
    expect((await list('', await access.holder('view_permission', 'edit_group'))).status).toBe(403);
    expect((await send('GET', `/groups/${UUID}`)).body).toMatchObject({ error_key: 'GROUP_NOT_FOUND', error: { code: 1911 } });
  });
});

describe('POST /groups', () => {
  it('makes one that grants nothing, answers it and leaves an entry of it', async () => {
    const body = { ...access.names(), description: 'They water.', is_active: false };
    const answer = await create(body);
    expect([answer.status, answer.body.message]).toEqual([201, 'Group created successfully']);
    const { group } = answer.body.data;
    expect(group).toEqual({ ...body, group_id: expect.any(String), is_system: false, permissions: [], created_at: expect.stringMatching(/Z$/), last_updated: expect.stringMatching(/Z$/) });
    expect((await send('GET', `/groups/${group.group_id}`)).body.data.group).toEqual(group);
    expect(await access.entriesOf(group.group_id)).toEqual([{ action: 'group_created', user_id: root.userId, level: 'audit', module: 'permissions', status_code: 201, metadata: { group_id: group.group_id, after: { ...body, is_system: false } } }]);
  });

  it('writes nothing but what it knows (D-03): no members, permissions, ids or dates', async () => {
    const body = { ...access.names(), group_id: UUID, permissions: ['view_user'], permission_ids: [await access.idOf('permission', 'view_user')], user_groups: [root.userId], created_at: '2001-01-01T00:00:00Z' };
    const { group } = (await create(body)).body.data;
    expect(group).toMatchObject({ description: null, is_active: true, is_system: false, permissions: [] });
    expect(group.group_id).not.toBe(UUID);
    expect(group.created_at > '2020').toBe(true);
    expect(await api.sql('SELECT FROM user_group WHERE group_id = $1', [group.group_id])).toEqual([]);
  });

  it('E-17: keeps honest text byte for byte', async () => {
    for (const text of HONEST_TEXTS) {
      const fields = { name: `${text} ${access.names().name}`, codename: access.names().codename, description: text };
      const { group } = (await create(fields)).body.data;
      expect(group).toMatchObject(fields);
      expect(await stored(group.group_id)).toMatchObject(fields);
    }
  });

  it('E-13: refuses what is malformed, with the field', async () => {
    const good = access.names();
    const bad: [string, unknown][] = [['name', ' '], ['name', 'x'.repeat(101)], ['name', undefined], ['codename', 'a b'], ['codename', 'x'.repeat(101)], ['codename', null], ['description', 'x'.repeat(1_001)], ['is_active', 'true'], ['is_active', null], ['is_system', 1], ['is_system', null]];
    for (const [field, value] of bad) {
      const answer = await create({ ...good, [field]: value });
      expect({ field, value, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path }).toEqual({ field, value, status: 400, key: 'AUTH_INVALID_PAYLOAD', path: field });
    }
  });

  it('F17: a name or codename that is taken is 409 with the fields; of fifty at once one makes it', async () => {
    const body = access.names();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(49).fill(409)]);
    const refused = await create({ ...access.names(), name: body.name });
    expect([refused.body.error_key, refused.body.error.details]).toEqual(['DUPLICATE_ENTRY', { fields: ['name'] }]);
  });

  it('one that another program is writing at the same moment is 409 too', async () => {
    const body = access.names();
    const { commit } = await access.outsider('INSERT INTO "group" (name, codename) VALUES ($1, $2)', [access.names().name, body.codename]);
    const answer = create(body);
    await access.untilWaiting('INSERT INTO "group"');
    await commit();
    expect([(await answer).status, (await answer).body.error.details]).toEqual([409, { fields: ['codename'] }]);
  });

  it('D-04, D-06: a built-in codename cannot be taken, not even while its row is missing: its members would be taken for the built-in ones', async () => {
    const row = await stored(await groupId('accountant'));
    await access.byHand(`DELETE FROM "group" WHERE codename = 'accountant'`);
    for (const codename of ['accountant', 'super_admin', 'Super_Admin']) {
      const answer = await create({ ...access.names(), codename });
      expect([codename, answer.status, answer.body.error.details]).toEqual([codename, 409, { fields: ['codename'] }]);
    }
    const mine = await access.makeGroup();
    for (const codename of ['accountant', 'SUPER_ADMIN']) expect((await put(mine.id, { codename })).status).toBe(409);
    await access.byHand('INSERT INTO "group" (group_id, name, codename, is_system) VALUES ($1, $2, $3, true)', [row!['group_id'], row!['name'], row!['codename']]);
  });

  it('D-04: needs add_group, and a system group is for super administrators to make', async () => {
    const maker = await access.holder('add_group');
    expect((await create(access.names(), await access.holder('edit_group'))).status).toBe(403);
    expect((await create(access.names(), maker)).status).toBe(201);
    const refused = await create({ ...access.names(), is_system: true }, maker);
    expect([refused.status, refused.body.error_key, refused.body.error.details.required_groups]).toEqual([403, 'GROUP_DENIED', ['super_admin']]);
    expect((await create({ ...access.names(), is_system: true })).body.data.group.is_system).toBe(true);
  });
});

describe('PUT /groups/:group_id', () => {
  it('writes what it is given, null clears, and the entry has what changed, before and after', async () => {
    const one = await access.makeGroup(['view_user']);
    await access.byHand(`UPDATE "group" SET description = 'old' WHERE group_id = $1`, [one.id]);
    const before = await stored(one.id);
    const { name } = access.names();
    const answer = await put(one.id, { name, codename: one.codename, description: null, is_active: false });
    expect([answer.status, answer.body.message]).toEqual([200, 'Group updated successfully']);
    expect(answer.body.data.group).toMatchObject({ name, description: null, is_active: false, permissions: [{ codename: 'view_user' }] });
    expect(await stored(one.id)).toEqual({ ...before, name, description: null, is_active: false, last_updated: expect.any(Date) });
    expect((await access.entriesOf(one.id)).map(({ action, metadata }) => ({ action, metadata }))).toEqual([
      { action: 'group_updated', metadata: { group_id: one.id, codename: one.codename, before: { name: one.name, description: 'old', is_active: true }, after: { name, description: null, is_active: false } } },
    ]);
  });

  it('leaves no entry and no later date where nothing changes; is_system never does (D-03)', async () => {
    const one = await access.makeGroup();
    const before = await stored(one.id);
    for (const body of [{}, { name: one.name, codename: one.codename, is_active: true, description: null }, { is_system: true }]) expect((await put(one.id, body)).status).toBe(200);
    expect([await stored(one.id), await access.entriesOf(one.id)]).toEqual([before, []]);
  });

  it('a codename of a shape that is refused today stays where it was taken over; a new one is looked at', async () => {
    const { name } = access.names();
    const [row] = await api.sql<{ group_id: string }>(`INSERT INTO "group" (name, codename) VALUES ($1, 'shop staff') RETURNING group_id`, [name]);
    const kept = await put(row!.group_id, { name: `${name}!`, codename: 'shop staff' });
    expect([kept.status, kept.body.data?.group]).toEqual([200, expect.objectContaining({ name: `${name}!`, codename: 'shop staff' })]);
    const refused = await put(row!.group_id, { codename: 'shop-staff!' });
    expect([refused.status, refused.body.error_key, refused.body.error.details.errors[0].path]).toEqual([400, 'AUTH_INVALID_PAYLOAD', 'codename']);
  });

  it('D-06: a system group keeps its name and codename, whoever asks; sending back what is there is fine', async () => {
    const made = (await create({ ...access.names(), is_system: true })).body.data.group;
    for (const { group_id, name, codename } of [made, (await send('GET', `/groups/${await groupId('developer')}`)).body.data.group]) {
      for (const body of [{ name: access.names().name }, { codename: access.names().codename }]) {
        const answer = await put(group_id, body);
        expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([400, 'GROUP_UPDATE_FAILED', 1913]);
      }
      expect((await put(group_id, { name, codename, description: 'New.' })).body.data.group.description).toBe('New.');
    }
  });

  it('D-06: what the code knows is a system group, whatever its row says', async () => {
    const id = await groupId('business');
    await access.byHand('UPDATE "group" SET is_system = false WHERE group_id = $1', [id]);
    expect([(await put(id, { codename: 'else' })).body.error_key, (await remove(id)).body.error_key]).toEqual(['GROUP_UPDATE_FAILED', 'GROUP_DELETE_FAILED']);
    await access.byHand('UPDATE "group" SET is_system = true WHERE group_id = $1', [id]);
  });

  it('D-06: super_admin cannot be made inactive, by anybody', async () => {
    const id = await groupId('super_admin');
    expect((await put(id, { is_active: false })).body.error_key).toBe('GROUP_UPDATE_FAILED');
    expect((await put(id, { is_active: true, description: 'They may do everything.' })).status).toBe(200);
    expect((await put(id, { is_active: false }, await access.holder(...Object.keys(PERMISSIONS)))).body.error_key).toBe('GROUP_DENIED');
    expect((await stored(id))!['is_active']).toBe(true);
  });

  it('D-04: is for who holds all that it grants, active or not', async () => {
    const one = await access.makeGroup(['view_user', 'delete_user'], { is_active: false });
    const below = await access.holder('edit_group', 'view_user');
    for (const body of [{ is_active: true }, { name: 'x' }, {}]) {
      const answer = await put(one.id, body, below);
      expect([answer.status, answer.body.error_key, answer.body.error.details.required_permissions]).toEqual([403, 'PERMISSION_DENIED', ['delete_user']]);
    }
    expect((await stored(one.id))!['is_active']).toBe(false);
    expect((await put(one.id, { is_active: true }, await access.holder('edit_group', 'view_user', 'delete_user'))).status).toBe(200);
    expect((await put(one.id, {}, await access.holder('view_user', 'delete_user'))).body.error_key).toBe('FORBIDDEN');
  });

  it('a taken name is 409; an unknown group is 404', async () => {
    const one = await access.makeGroup();
    expect((await put(one.id, { name: 'Admin', codename: 'admin' })).body.error.details).toEqual({ fields: ['name', 'codename'] });
    expect((await put(UUID, {})).body.error_key).toBe('GROUP_NOT_FOUND');
  });
});

describe('DELETE /groups/:group_id', () => {
  it('takes it from its members, and the entry says what it was', async () => {
    const one = await access.makeGroup(['view_user', 'edit_user']);
    const member = await access.member(one.id);
    const answer = await remove(one.id);
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'Group deleted successfully', { group_id: one.id }]);
    expect(await api.sql('SELECT FROM user_group WHERE user_id = $1', [member.userId])).toEqual([]);
    expect((await access.entriesOf(one.id)).map(({ action, metadata }) => ({ action, metadata }))).toEqual([
      { action: 'group_deleted', metadata: { group_id: one.id, before: { name: one.name, codename: one.codename, description: null, is_active: true, is_system: false, permissions: ['edit_user', 'view_user'], members: 1 } } },
    ]);
    expect((await remove(one.id)).body.error_key).toBe('GROUP_NOT_FOUND');
  });

  it('D-10: one with more members than one statement can let go is inactive first, and is gone when it is answered', async () => {
    const [one, kept] = [await access.makeGroup(['view_group']), await access.makeGroup(['view_user'])];
    const member = await access.member(one.id, kept.id);
    await api.sql(`INSERT INTO "user" (user_name, password, is_active) SELECT 'many' || n, 'x', true FROM generate_series(1, 11000) n`);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT user_id, $1 FROM "user" WHERE user_name LIKE 'many%'`, [one.id]);
    expect((await remove(one.id)).status).toBe(200);
    expect((await list('', member)).status).toBe(403);
    expect(await api.sql('SELECT group_id FROM user_group WHERE user_id = $1 OR group_id = $2', [member.userId, one.id])).toEqual([{ group_id: kept.id }]);
    expect((await access.entriesOf(one.id)).map(({ action, metadata }) => ({ action, ...metadata }))).toEqual([
      { action: 'group_updated', group_id: one.id, codename: one.codename, before: { is_active: true }, after: { is_active: false } },
      { action: 'group_deleted', group_id: one.id, before: expect.objectContaining({ is_active: false, permissions: ['view_group'], members: 11_001 }) },
    ]);
  });

  it('D-06: no system group, whoever asks', async () => {
    const made = (await create({ ...access.names(), is_system: true })).body.data.group;
    for (const id of [made.group_id, ...(await Promise.all(Object.keys(GROUPS).map(groupId)))]) {
      const answer = await remove(id);
      expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([400, 'GROUP_DELETE_FAILED', 1914]);
    }
  });

  it('D-04: is for who holds all that it grants', async () => {
    const one = await access.makeGroup(['view_user']);
    expect((await remove(one.id, await access.holder('delete_group'))).body.error_key).toBe('PERMISSION_DENIED');
    expect((await remove(await groupId('super_admin'), await access.holder(...Object.keys(PERMISSIONS)))).body.error_key).toBe('GROUP_DENIED');
    expect(await stored(one.id)).toBeDefined();
    expect((await remove(one.id, await access.holder('delete_group', 'view_user'))).status).toBe(200);
  });

  it('F17: of fifty at once one does it, and there is one entry', async () => {
    const one = await access.makeGroup();
    const answers = await Promise.all(Array.from({ length: 50 }, () => remove(one.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(49).fill(404)]);
    expect(await access.entriesOf(one.id)).toHaveLength(1);
  });
});

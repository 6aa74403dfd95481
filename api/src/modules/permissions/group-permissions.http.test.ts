import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess, type Access } from '../../../test/access.js';
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

type Group = { permissions: { codename: string }[] };

const replace = (id: string, permissionIds: unknown, who = root) => api.client.post(`/groups/${id}/permissions`, { permission_ids: permissionIds }, { token: who.sessionToken });
const idsOf = (...codenames: string[]) => Promise.all(codenames.map((codename) => access.idOf('permission', codename)));
const codenames = ({ permissions }: Group) => permissions.map(({ codename }) => codename);
const granted = async (id: string) => (await api.sql<{ codename: string }>('SELECT codename FROM group_permission JOIN permission USING (permission_id) WHERE group_id = $1 ORDER BY 1', [id])).map(({ codename }) => codename);
const mappings = (id: string) => api.sql<{ codename: string }>('SELECT gp.*, codename FROM group_permission gp JOIN permission USING (permission_id) WHERE group_id = $1 ORDER BY codename', [id]);

describe('POST /groups/:group_id/permissions', () => {
  it('makes these the permissions of a group; what stays keeps its row and its date; the entry has both sets', async () => {
    const one = await access.makeGroup(['view_user', 'edit_user']);
    const [, viewUser] = await mappings(one.id);
    const answer = await replace(one.id, await idsOf('view_user', 'add_upload', 'view_group'));
    expect([answer.status, answer.body.message]).toEqual([200, 'Permissions assigned successfully']);
    expect(answer.body.data.group).toMatchObject({ group_id: one.id, codename: one.codename });
    expect(codenames(answer.body.data.group)).toEqual(['view_group', 'add_upload', 'view_user']);
    expect((await mappings(one.id)).filter(({ codename }) => codename === 'view_user')).toEqual([viewUser]);
    expect(await access.entriesOf(one.id)).toEqual([
      {
        ...{ action: 'group_permissions_changed', user_id: root.userId, level: 'audit', module: 'permissions', status_code: 200 },
        metadata: { group_id: one.id, codename: one.codename, before: { permissions: ['edit_user', 'view_user'] }, after: { permissions: ['add_upload', 'view_group', 'view_user'] } },
      },
    ]);
  });

  it('an empty list takes all of them; the same list again changes and records nothing', async () => {
    const one = await access.makeGroup(['view_user']);
    const before = await mappings(one.id);
    const ids = await idsOf('view_user');
    expect((await replace(one.id, [ids[0]!.toUpperCase()])).status).toBe(200);
    expect([await mappings(one.id), await access.entriesOf(one.id)]).toEqual([before, []]);
    expect((await replace(one.id, [])).body.data.group.permissions).toEqual([]);
    expect((await replace(one.id, [])).status).toBe(200);
    expect(await access.entriesOf(one.id)).toHaveLength(1);
  });

  it('takes codenames in place of ids, and one of the two', async () => {
    const one = await access.makeGroup(['view_user']);
    const send = (body: object) => api.client.post(`/groups/${one.id}/permissions`, body, { token: root.sessionToken });
    expect((await send({ permission_codenames: ['view_group', 'add_upload'], permission_ids: null })).status).toBe(200);
    expect(await granted(one.id)).toEqual(['add_upload', 'view_group']);
    const wrong = await send({ permission_codenames: ['view_group', 'nobody_made_this', 'view_group', "x'--"] });
    expect([wrong.status, wrong.body.error_key, wrong.body.error.details]).toEqual([400, 'GROUP_ASSIGN_PERMISSIONS_FAILED', { permission_codenames: ['nobody_made_this', "x'--", 'view_group'] }]);
    for (const body of [{}, { permission_ids: null, permission_codenames: null }, { permission_ids: [], permission_codenames: [] }, { permission_codenames: 'view_user' }, { permission_codenames: [''] }, { permission_codenames: [1] }]) {
      expect([body, (await send(body)).body.error_key]).toEqual([body, 'AUTH_INVALID_PAYLOAD']);
    }
    expect(await granted(one.id)).toEqual(['add_upload', 'view_group']);
    expect((await send({ permission_codenames: [] })).body.data.group.permissions).toEqual([]);
  });

  it('D-05: nobody gives by codename what he does not hold', async () => {
    const [one, holder] = [await access.makeGroup([]), await access.holder('edit_group', 'view_user')];
    const refused = await api.client.post(`/groups/${one.id}/permissions`, { permission_codenames: ['view_user', 'delete_user'] }, { token: holder.sessionToken });
    expect([refused.status, refused.body.error.details.required_permissions]).toEqual([403, ['delete_user']]);
    expect(await granted(one.id)).toEqual([]);
  });

  it('unknown and repeated ids are 400 with all of them, and nothing changes', async () => {
    const one = await access.makeGroup(['view_user']);
    const [viewUser, editUser] = await idsOf('view_user', 'edit_user') as [string, string];
    for (const [ids, wrong] of [[[editUser, UUID], [UUID]], [[editUser, editUser.toUpperCase()], [editUser]], [[viewUser, UUID, viewUser, UUID], [UUID, viewUser]]] as const) {
      const answer = await replace(one.id, ids);
      expect([answer.status, answer.body.error_key, answer.body.error.code, answer.body.error.details]).toEqual([400, 'GROUP_ASSIGN_PERMISSIONS_FAILED', 1915, { permission_ids: wrong }]);
    }
    expect([await granted(one.id), await access.entriesOf(one.id)]).toEqual([['view_user'], []]);
  });

  it('what is no list of at most 2,000 ids is 400', async () => {
    const one = await access.makeGroup();
    for (const ids of [undefined, null, 'x', {}, [null], ['x'], [1], [`${UUID}\0`], [[UUID]], { 0: UUID, length: 1 }, Array.from({ length: 2_001 }, () => UUID)]) expect((await replace(one.id, ids)).body.error_key).toBe('AUTH_INVALID_PAYLOAD');
    const unknown = await replace(one.id, Array.from({ length: 2_000 }, () => randomUUID()));
    expect([unknown.body.error_key, unknown.body.error.details.permission_ids.length]).toEqual(['GROUP_ASSIGN_PERMISSIONS_FAILED', 2_000]);
  });

  it('an unknown group is 404, also with an empty list', async () => {
    expect((await replace(UUID, [])).body.error_key).toBe('GROUP_NOT_FOUND');
  });

  it('D-06: what super_admin holds is not for anybody to say', async () => {
    const id = await access.idOf('group', 'super_admin');
    const before = await granted(id);
    for (const ids of [[], await idsOf('view_user')]) expect((await replace(id, ids)).body.error_key).toBe('GROUP_ASSIGN_PERMISSIONS_FAILED');
    expect((await replace(id, [], await access.holder(...Object.keys(PERMISSIONS)))).body.error_key).toBe('GROUP_DENIED');
    expect(await granted(id)).toEqual(before);
  });

  it('D-05: nobody gives a group what he does not hold, not even his own group', async () => {
    const editor = await access.holder('edit_group', 'view_user');
    const own = (await api.sql<{ group_id: string }>('SELECT group_id FROM user_group WHERE user_id = $1', [editor.userId]))[0]!.group_id;
    for (const id of [own, (await access.makeGroup()).id, (await access.makeGroup([], { is_active: false })).id]) {
      const before = await granted(id);
      const refused = await replace(id, await idsOf('edit_group', 'view_user', 'delete_user', 'add_user'), editor);
      expect([refused.status, refused.body.error_key, refused.body.error.details.required_permissions]).toEqual([403, 'PERMISSION_DENIED', ['add_user', 'delete_user']]);
      expect(await granted(id)).toEqual(before);
    }
    const one = await access.makeGroup();
    expect(codenames((await replace(one.id, await idsOf('view_user'), editor)).body.data.group)).toEqual(['view_user']);
  });

  it('D-04: nobody takes away what he does not hold, nor touches a group that grants it', async () => {
    const one = await access.makeGroup(['view_user', 'delete_user']);
    const editor = await access.holder('edit_group', 'view_user');
    for (const ids of [[], await idsOf('view_user'), await idsOf('view_user', 'delete_user')]) {
      const answer = await replace(one.id, ids, editor);
      expect([answer.body.error_key, answer.body.error.details.required_permissions]).toEqual(['PERMISSION_DENIED', ['delete_user']]);
    }
    expect(await granted(one.id)).toEqual(['delete_user', 'view_user']);
  });

  it('D-05: an admin of the default groups cannot make himself more', async () => {
    const adminGroup = await access.idOf('group', 'admin');
    const admin = await access.member(adminGroup);
    expect((await replace(adminGroup, await idsOf('delete_user'), admin)).body.error_key).toBe('PERMISSION_DENIED');
    expect((await replace(adminGroup, Object.values(await idsOf(...Object.keys(PERMISSIONS))), admin)).body.error_key).toBe('PERMISSION_DENIED');
  });

  it('fifty different sets at once end in one of them, and each entry begins where the one before it ended', async () => {
    const one = await access.makeGroup();
    const all = await api.sql<{ permission_id: string; codename: string }>('SELECT permission_id, codename FROM permission ORDER BY codename');
    const sets = Array.from({ length: 50 }, (_, index) => all.filter((__, bit) => (((index + 1) * 2_654_435_761) >>> bit) & 1));
    const answers = await Promise.all(sets.map((set) => replace(one.id, set.map(({ permission_id }) => permission_id))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const entries = (await access.entriesOf(one.id)).map(({ metadata }) => metadata as { before: { permissions: string[] }; after: { permissions: string[] } });
    expect(entries).toHaveLength(50);
    const next = new Map(entries.map(({ before, after }) => [before.permissions.join(), after.permissions]));
    let at: string[] = [];
    for (let step = 0; step < 50; step += 1) at = next.get(at.join())!;
    expect(at).toEqual(await granted(one.id));
    expect(sets.map((set) => set.map(({ codename }) => codename).join())).toContain(at.join());
  });

  it('a permission that another program deletes at the same moment is unknown, and no failure of ours', async () => {
    const [one, gone] = [await access.makeGroup(), await access.makePermission()];
    const { commit } = await access.outsider('DELETE FROM permission WHERE permission_id = $1', [gone.id]);
    const answer = replace(one.id, [gone.id]);
    await access.untilWaiting('SELECT permission_id, codename FROM permission');
    await commit();
    expect([(await answer).status, (await answer).body.error.details]).toEqual([400, { permission_ids: [gone.id] }]);
  });

  it('a group and a permission that are deleted while fifty give one to the other leave nothing behind', async () => {
    const [one, permission] = [await access.makeGroup(), await access.makePermission()];
    const giving = Array.from({ length: 50 }, (_, index) => replace(one.id, index % 2 ? [permission.id] : []));
    const deleting = [api.client.send('DELETE', `/permissions/${permission.id}`, undefined, { token: root.sessionToken }), api.client.send('DELETE', `/groups/${one.id}`, undefined, { token: root.sessionToken })];
    const statuses = new Set((await Promise.all(giving)).map(({ status }) => status));
    expect((await Promise.all(deleting)).map(({ status }) => status)).toEqual([200, 200]);
    expect([200, 400, 404]).toEqual(expect.arrayContaining([...statuses]));
    expect(await api.sql('SELECT FROM group_permission WHERE group_id = $1 OR permission_id = $2', [one.id, permission.id])).toEqual([]);
  });
});

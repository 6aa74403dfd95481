import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAccess, type Access } from '../../../test/access.js';
import type { Account } from '../../../test/accounts.js';
import { startTwo, type Api } from '../../../test/harness.js';

/** Two workers on one record. */
let api: Api;
let other: Api;
let access: Access;
let root: Account;
beforeAll(async () => {
  [api, other] = await startTwo();
  access = createAccess(api);
  root = await access.root();
});
afterAll(() => api.close());

const send = (method: string, path: string, body?: unknown, who = root, worker = api) => worker.client.send(method, path, body, { token: who.sessionToken });
/** What a member of the group may do, asked of both workers by a request sent after the change was answered. */
const onBoth = (who: Account) => Promise.all([api, other].map(async (worker) => (await send('GET', '/permissions?limit=1', undefined, who, worker)).status));
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { permissions: { codenames?: string[] } };

describe('D-07: an answered change is obeyed by the next request on every worker', () => {
  it('when what a group grants is replaced', async () => {
    const group = await access.makeGroup();
    const member = await access.member(group.id);
    const ids = [await access.idOf('permission', 'view_permission')];
    for (let round = 0; round < 10; round += 1) {
      for (const [set, statuses] of [[ids, [200, 200]], [[], [403, 403]]] as const) {
        expect((await send('POST', `/groups/${group.id}/permissions`, { permission_ids: set }, root, round % 2 ? api : other)).status).toBe(200);
        expect(await onBoth(member)).toEqual(statuses);
      }
    }
  });

  it('D-10: when a group is made inactive, and active again', async () => {
    const group = await access.makeGroup(['view_permission']);
    const member = await access.member(group.id);
    for (let round = 0; round < 10; round += 1) {
      for (const [is_active, statuses] of [[false, [403, 403]], [true, [200, 200]]] as const) {
        expect((await send('PUT', `/groups/${group.id}`, { is_active }, root, round % 2 ? api : other)).status).toBe(200);
        expect(await onBoth(member)).toEqual(statuses);
      }
    }
  });

  it('when a group is deleted', async () => {
    for (let round = 0; round < 5; round += 1) {
      const group = await access.makeGroup(['view_permission']);
      const member = await access.member(group.id);
      expect(await onBoth(member)).toEqual([200, 200]);
      await send('DELETE', `/groups/${group.id}`);
      expect(await onBoth(member)).toEqual([403, 403]);
    }
  });

  it('when a permission is deleted or gets another codename: a codename gone is a right gone', async () => {
    const [renamed, deleted] = [await access.makePermission(), await access.makePermission()];
    const editor = await access.holder('edit_permission', renamed.codename, deleted.codename);
    const edit = (id: string, worker: Api) => send('PUT', `/permissions/${id}`, { description: String(Math.random()) }, editor, worker);
    for (const worker of [api, other]) expect((await edit(renamed.id, worker)).status).toBe(200);
    const codename = access.names().codename;
    await send('PUT', `/permissions/${renamed.id}`, { codename });
    for (const worker of [api, other]) {
      const { body, headers } = await send('GET', '/groups', undefined, editor, worker);
      expect(body.error_key).toBe('FORBIDDEN');
      expect(claimsOf(headers.get('x-session-token')!).permissions.codenames).toEqual([deleted.codename, codename, 'edit_permission'].sort());
    }
    await send('DELETE', `/permissions/${deleted.id}`);
    for (const worker of [api, other]) expect(claimsOf((await send('GET', '/groups', undefined, editor, worker)).headers.get('x-session-token')!).permissions.codenames).toEqual([codename, 'edit_permission'].sort());
  });
});

describe('a caller who was demoted since his request was let in', () => {
  it('D-07: changes nothing: he is looked at again where the change is made', async () => {
    const line = 'SELECT pg_advisory_xact_lock(72707371)';
    const one = await access.makeGroup();
    const editor = await access.holder('edit_group');
    // His request has passed the guard and stands in line behind a transaction that takes his group away.
    const { commit } = await access.outsider(`WITH line AS MATERIALIZED (${line}) DELETE FROM user_group USING line WHERE user_id = $1`, [editor.userId]);
    const answer = send('PUT', `/groups/${one.id}`, { description: 'mine' }, editor);
    await access.untilWaiting('SELECT pg_advisory_xact_lock(');
    await commit();
    expect([(await answer).status, (await answer).body.error_key]).toEqual([403, 'FORBIDDEN']);
    expect(await api.sql('SELECT description FROM "group" WHERE group_id = $1', [one.id])).toEqual([{ description: null }]);
    expect(await access.entriesOf(one.id)).toEqual([]);
  });
});

describe('B-17: a super administrator holds a permission from the moment it is made', () => {
  it('on every worker, and in the session token that the next answer brings', async () => {
    const admin = await access.root();
    for (const worker of [api, other]) await send('GET', '/groups', undefined, admin, worker);
    const { codename } = (await send('POST', '/permissions', access.names(), admin)).body.data.permission;
    expect(claimsOf(admin.sessionToken).permissions.codenames).not.toContain(codename);
    for (const worker of [api, other]) {
      const renewed = (await send('GET', '/groups?limit=1', undefined, admin, worker)).headers.get('x-session-token');
      expect(claimsOf(renewed!).permissions.codenames).toContain(codename);
      expect((await worker.client.get('/groups', { token: renewed! })).headers.get('x-session-token')).toBeNull();
    }
    // And may give it on, as whoever holds it may.
    const group = await access.makeGroup();
    const given = await send('POST', `/groups/${group.id}/permissions`, { permission_ids: [await access.idOf('permission', codename)] }, admin);
    expect(given.body.data.group.permissions).toMatchObject([{ codename }]);
  });
});

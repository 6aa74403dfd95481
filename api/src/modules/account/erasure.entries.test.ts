import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signUp, type Account } from '../../../test/accounts.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { memberOf } from '../../../test/holders.js';
import { createInviting } from '../../../test/invitations.js';
import { dump } from '../../../test/personal-values.js';
import { until } from '../../../test/until.js';
import { forgetOldChanges } from '../../infra/changes.queries.js';
import { maskIdentity } from '../../shared/identity.js';
import { createErasureRepo } from './erasure.repo.js';
import { KEPT_METADATA } from './kept-metadata.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { ACCOUNT_DELETION_GRACE_DAYS: '0' } });
});
afterAll(() => api.close());
beforeEach(() => api.sql('DELETE FROM activity_log'));

type Entry = { action: string; user_id: string | null; target_user_id: string | null; endpoint: string; metadata: unknown };

const entries = (modules = ['permissions', 'users']) =>
  api.sql<Entry>('SELECT action, user_id, target_user_id, endpoint, metadata FROM activity_log WHERE module = ANY ($1) ORDER BY created_at, log_id', [modules]);
/** A word that is nowhere else. */
const mark = () => `Wilhelmina ${randomBytes(8).toString('hex')}`;

async function ask(who: Account, method: string, path: string, body?: unknown) {
  const answer = await api.client.send(method, path, body, { token: who.sessionToken });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.body.data;
}

/** As its owner: deletes an account whose erasure begins at once. */
async function erase(who: Account): Promise<void> {
  await ask(who, 'POST', '/settings/delete-account', { confirm: true });
  await until(async () => (await api.sql('SELECT FROM "user" WHERE user_id = $1', [who.userId])).length === 0, 15_000);
  // What tells the servers whose rights to read again lives for ten minutes.
  await forgetOldChanges(api.context.db, 0);
}

/** Erases what entries hold about an account, and leaves the account. */
async function eraseEntries(userId: string): Promise<void> {
  for (const { run } of createErasureRepo().steps) while ((await run(api.context.db, userId)) > 0);
}

describe('the entries of an administrator who is erased', () => {
  it('D-12, H-03: say what was done to which group, permission and account, before and after; of him and of whom he invited, nothing is left', async () => {
    const [admin, target] = [await memberOf(api, 'super_admin'), await signUp(api)];
    const [invited, hisName, hisWords, invitedName] = [`zoë.${someone()}`.replace('ë', 'e').replace('example.com', 'invited.example'), mark(), mark(), mark()];
    const inviting = createInviting(api);
    await api.sql('UPDATE "user" SET first_name = $1, last_name = $1 WHERE user_id = $2', [hisName, admin.userId]);
    await api.sql('DELETE FROM activity_log');
    const [codename, renamed, groupCodename] = ['reports.read', 'reports.see', 'reporters'];

    const { permission_id: permission } = (await ask(admin, 'POST', '/permissions', { name: `${hisWords} a`, codename, description: hisWords, category: hisWords })).permission;
    await ask(admin, 'PUT', `/permissions/${permission}`, { codename: renamed, description: `${hisWords}!` });
    const { group_id: group } = (await ask(admin, 'POST', '/groups', { name: `${hisWords} b`, codename: groupCodename, description: hisWords })).group;
    await ask(admin, 'POST', `/groups/${group}/permissions`, { permission_ids: [permission] });
    await ask(admin, 'POST', `/users/${target.userId}/groups`, { group_codenames: ['user', groupCodename] });
    await ask(admin, 'PUT', `/groups/${group}`, { is_active: false, name: `${hisWords} c` });
    await ask(admin, 'PUT', `/groups/${group}`, { description: null });
    await ask(admin, 'DELETE', `/groups/${group}`);
    await ask(admin, 'DELETE', `/permissions/${permission}`);
    await ask(admin, 'DELETE', `/users/${target.userId}/sessions`);
    await ask(admin, 'PUT', `/users/${target.userId}/status`, { status: 'SUSPENDED', reason: `as ${hisName} says` });
    await ask(admin, 'PUT', `/users/${target.userId}/status`, { status: 'ACTIVE' });
    const invitation = await inviting.invited({ email: invited, first_name: invitedName, group_codenames: ['business'] }, admin);
    await ask(admin, 'DELETE', `/invitations/${invitation.invitation_id}`);
    const another = someone();
    const { invitation_id: accepted } = await inviting.invited({ email: another }, admin);
    const { userId: accepter } = await inviting.accept(another);
    const written = await entries();
    expect(written).toHaveLength(16);
    await erase(admin);

    const active = { status: 'ACTIVE', is_active: true };
    const suspended = { status: 'SUSPENDED', is_active: false };
    const groupIs = { codename: groupCodename, is_system: false };
    const by = { user_id: null, target_user_id: null };
    const about = { user_id: null, target_user_id: target.userId };
    const at = (path: string) => `${api.prefix}${path}`;
    expect(await entries()).toEqual([
      { ...by, action: 'permission_created', endpoint: at('/permissions'), metadata: { permission_id: permission, after: { codename } } },
      { ...by, action: 'permission_updated', endpoint: at(`/permissions/${permission}`), metadata: { permission_id: permission, codename, before: { codename }, after: { codename: renamed } } },
      { ...by, action: 'group_created', endpoint: at('/groups'), metadata: { group_id: group, after: { ...groupIs, is_active: true } } },
      { ...by, action: 'group_permissions_changed', endpoint: at(`/groups/${group}/permissions`), metadata: { group_id: group, codename: groupCodename, before: { permissions: [] }, after: { permissions: [renamed] } } },
      { ...about, action: 'user_groups_changed', endpoint: at('/users/:id/groups'), metadata: { before: ['user'], after: [groupCodename, 'user'] } },
      { ...by, action: 'group_updated', endpoint: at(`/groups/${group}`), metadata: { group_id: group, codename: groupCodename, before: { is_active: true }, after: { is_active: false } } },
      // Nothing but words was changed.
      { ...by, action: 'group_updated', endpoint: at(`/groups/${group}`), metadata: { group_id: group, codename: groupCodename } },
      { ...by, action: 'group_deleted', endpoint: at(`/groups/${group}`), metadata: { group_id: group, before: { ...groupIs, is_active: false, permissions: [renamed], members: 1 } } },
      { ...by, action: 'permission_deleted', endpoint: at(`/permissions/${permission}`), metadata: { permission_id: permission, before: { codename: renamed, groups: [] } } },
      { ...about, action: 'user_sessions_ended', endpoint: at('/users/:id/sessions'), metadata: { sessions: 1, before: { sessions: 1 }, after: { sessions: 0 } } },
      { ...about, action: 'user_suspended', endpoint: at('/users/:id/status'), metadata: { sessions: 0, before: active, after: suspended } },
      { ...about, action: 'user_reactivated', endpoint: at('/users/:id/status'), metadata: { sessions: 0, before: suspended, after: active } },
      { ...by, action: 'user_invited', endpoint: at('/users'), metadata: { kind: 'email', channel: 'email', before: null, after: { groups: ['business'] } } },
      { ...by, action: 'invitation_withdrawn', endpoint: at('/invitations/:id'), metadata: { kind: 'email', before: { groups: ['business'] }, after: null } },
      { ...by, action: 'user_invited', endpoint: at('/users'), metadata: { kind: 'email', channel: 'email', before: null, after: { groups: ['user'] } } },
      { ...by, user_id: accepter, action: 'invitation_accepted', endpoint: at('/auth/verify'), metadata: { before: { groups: [] }, after: { groups: ['user'] } } },
    ]);

    const everything = await dump(api);
    const personal = { id: admin.userId, session: admin.sessionId, address: admin.email, name: hisName, invited: invited, masked: maskIdentity(invited), invitedName, invitation: invitation.invitation_id, accepted };
    expect(Object.entries(personal).filter(([, value]) => everything.includes(value)).map(([name]) => name)).toEqual([]);
    // What he called things is in the history of those things, where nobody is said to have written it.
    expect((await api.sql<{ row: string }>('SELECT l::text AS row FROM activity_log l')).filter(({ row }) => row.includes(hisWords))).toEqual([]);
    expect(await api.sql('SELECT DISTINCT codename FROM group_history WHERE group_id = $1 AND name LIKE $2', [group, `${hisWords}%`])).toEqual([{ codename: groupCodename }]);
  });
});

describe('the entries about somebody who is erased', () => {
  it('still say who gave and took which groups, and closed the account how; a path that hides his id loses it', async () => {
    const [admin, target] = [await memberOf(api, 'super_admin'), await signUp(api)];
    const encoded = target.userId.replace(/./, (first) => `%${first.charCodeAt(0).toString(16)}`);
    await api.sql('DELETE FROM activity_log');
    await ask(admin, 'POST', `/users/${target.userId}/groups`, { group_codenames: ['business'] });
    await ask(admin, 'POST', `/users/${encoded}/groups`, { group_codenames: ['user', 'accountant'] });
    await ask(admin, 'PUT', `/users/${target.userId.toUpperCase()}/status`, { status: 'SUSPENDED', reason: mark() });
    await ask(admin, 'DELETE', `/users/${target.userId}`);
    await until(async () => (await api.sql('SELECT FROM "user" WHERE user_id = $1', [target.userId])).length === 0, 15_000);
    const by = { user_id: admin.userId, target_user_id: null };
    const closed = (status: string) => ({ status, is_active: false });
    const expected = [
      { ...by, action: 'user_groups_changed', endpoint: `${api.prefix}/users/:id/groups`, metadata: { before: ['user'], after: ['business'] } },
      { ...by, action: 'user_groups_changed', endpoint: `${api.prefix}/users/:id/groups`, metadata: { before: ['business'], after: ['accountant', 'user'] } },
      { ...by, action: 'user_suspended', endpoint: `${api.prefix}/users/:id/status`, metadata: { before: { status: 'ACTIVE', is_active: true }, after: closed('SUSPENDED'), sessions: 1 } },
      { ...by, action: 'user_deleted', endpoint: `${api.prefix}/users/:id`, metadata: { before: closed('SUSPENDED'), after: closed('DELETED'), sessions: 0 } },
    ];
    expect(await entries()).toEqual(expected);
    // Nor does anything more go with whoever did it.
    await erase(admin);
    expect(await entries()).toEqual(expected.map((entry) => ({ ...entry, user_id: null })));
  });
});

describe('what stays of an entry', () => {
  const add = (userId: string, entry: Partial<Entry> & { source?: string }) =>
    api.sql(`INSERT INTO activity_log (user_id, message, action, endpoint, metadata, source) VALUES ($1, 'Did it', $2, $3, $4, $5)`, [userId, entry.action ?? null, entry.endpoint ?? null, entry.metadata === undefined ? null : JSON.stringify(entry.metadata), entry.source ?? 'server']);
  const left = async (entry: Partial<Entry> & { source?: string }) => {
    const { userId } = await signUp(api);
    await api.sql('DELETE FROM activity_log');
    await add(userId, entry);
    await eraseEntries(userId);
    return (await api.sql<Entry>('SELECT endpoint, metadata FROM activity_log'))[0]!;
  };

  it.each([
    ['what is not listed', 'group_updated', { group_id: 'g', by: 'a@b.example', before: { codename: 'c', name: 'Ann' } }, { group_id: 'g', before: { codename: 'c' } }],
    ['what is listed of another action', 'profile_updated', { codename: 'Ann', before: ['Ann'], reason: 'Ann' }, null],
    ['what is of another kind', 'group_deleted', { group_id: { of: 'Ann' }, codename: ['Ann'], before: { permissions: ['a', { of: 'Ann' }, 7], members: 'Ann', is_active: 'Ann' }, after: 'Ann' }, { before: { permissions: ['a'] } }],
    ['what is no list of words', 'user_groups_changed', { before: 'Ann', after: { of: 'Ann' } }, null],
    ['what is no object', 'user_groups_changed', ['Ann'], null],
    ['what belongs to an action that nobody knows', 'renamed', { group_id: 'Ann' }, null],
    ['what belongs to no action', undefined, { group_id: 'Ann' }, null],
  ])('goes: %s', async (_what, action, metadata, kept) => {
    expect((await left({ ...(action && { action }), metadata })).metadata).toEqual(kept);
  });

  it('goes: what a client wrote, whatever it looks like', async () => {
    expect(await left({ source: 'client', action: 'group_updated', endpoint: '/groups', metadata: { codename: 'Ann' } })).toEqual({ endpoint: null, metadata: null });
  });

  it('is a group’s or permission’s id in a path, and no other, nor what is spelt unlike any server spells it', async () => {
    const [id, other] = [randomUUID(), randomUUID().toUpperCase()];
    for (const [endpoint, kept] of [
      [`/api/v1/groups/${id}`, `/api/v1/groups/${id}`],
      [`/api/v1/groups/${id}/permissions`, `/api/v1/groups/${id}/permissions`],
      [`/api/v1/permissions/${other}/`, `/api/v1/permissions/${other}/`],
      [`/api/v1/users/${id}/groups`, '/api/v1/users/:id/groups'],
      [`/api/v1/users/${id}/groups/${other}`, `/api/v1/users/:id/groups/${other}`],
      [`/api/v1/users/${other}/permissions`, '/api/v1/users/:id/permissions'],
      [`/api/v1/subgroups/${id}`, '/api/v1/subgroups/:id'],
      [`/api/v1/groups/0${id}`, '/api/v1/groups/0:id'],
      [`/api/v1/groups/%3${id}/permissions`, '/api/v1/groups/:id/permissions'],
      [`/api/v1/users/${id.slice(0, 8)}%2D${id.slice(9)}/status`, '/api/v1/users/:id/status'],
      [`http://ann.example/api/v1/groups/${id}`, null],
    ] as const) expect([endpoint, (await left({ action: 'group_updated', endpoint })).endpoint]).toEqual([endpoint, kept]);
  });

  it('is of no entry a name, an address, an id of a person or what somebody wrote', () => {
    const keys = (kept: object): string[] => Object.entries(kept).flatMap(([key, value]) => [key, ...(typeof value === 'object' ? keys(value as object) : [])]);
    expect([...new Set(Object.values(KEPT_METADATA).flatMap(keys))].sort()).toEqual([
      'after', 'before', 'channel', 'codename', 'dropped_groups', 'group_id', 'groups', 'is_active', 'is_system', 'kind', 'members', 'permission_id', 'permissions', 'purpose', 'reason', 'scope', 'sessions', 'status',
    ]);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAccess } from '../../../test/access.js';
import { account, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { GROUPS, type GroupCodename } from '../../shared/permission-catalogue.js';

let api: Api;
let other: Api;
let root: Account;
beforeAll(async () => {
  [api, other] = await startTwo();
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
});
afterAll(() => api.close());

const settled = () => api.context.changes.settled();
const groupsOf = (who: Account, userId: string, query = '', worker = api) => worker.client.get(`/users/${userId}/groups${query}`, { token: who.sessionToken });
const give = (who: Account, userId: string, group_codenames: unknown, worker = api) => worker.client.post(`/users/${userId}/groups`, { group_codenames }, { token: who.sessionToken });
const giveIds = (who: Account, userId: string, group_ids: unknown) => api.client.post(`/users/${userId}/groups`, { group_ids }, { token: who.sessionToken });
const named = ({ body }: Answer) => (body.data.groups as { codename: string }[]).map(({ codename }) => codename);
const fault = ({ status, body }: Answer) => [status, body.error_key];
const rows = (userId: string) => api.sql<{ codename: string; assigned_at: Date; assigned_by_user_id: string | null }>('SELECT g.codename, m.* FROM user_group m JOIN "group" g USING (group_id) WHERE m.user_id = $1 ORDER BY 1', [userId]);
const codenames = async (userId: string) => (await rows(userId)).map(({ codename }) => codename);
const entries = (userId: string) => api.sql<{ user_id: string; status_code: number; metadata: { before: string[]; after: string[] } }>(`SELECT user_id, status_code, metadata FROM activity_log WHERE action = 'user_groups_changed' AND target_user_id = $1 ORDER BY created_at`, [userId]);
const idOf = async (codename: string) => (await api.sql<{ group_id: string }>('SELECT group_id FROM "group" WHERE codename = $1', [codename]))[0]!.group_id;

/** Somebody who is in these groups and no other. */
async function member(...groups: string[]): Promise<Account> {
  const person = await signUp(api);
  await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
  await api.sql('INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = ANY($2)', [person.userId, groups]);
  await settled();
  return person;
}

/** A group of somebody's own. @returns its codename */
async function group(permissions: readonly string[], { active = true } = {}): Promise<string> {
  const codename = `g_${randomUUID().slice(0, 8)}`;
  await api.sql(
    `WITH made AS (INSERT INTO "group" (name, codename, is_active) VALUES ($1, $2, $3) RETURNING group_id)
     INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM made JOIN permission p ON p.codename = ANY($4)`,
    [`Group ${codename}`, codename, active, permissions],
  );
  await settled();
  return codename;
}

describe('POST /users/:user_id/groups', () => {
  it('makes these the groups of a user, all of them and no other, and says so in the shape of REFERENCE §8.4', async () => {
    const person = await member('user', 'business');
    const answer = await give(root, person.userId, ['developer', 'accountant']);
    expect([answer.status, answer.body.message]).toEqual([200, 'Groups assigned successfully (user role flags updated)']);
    expect(Object.keys(answer.body.data)).toEqual(['user_id', 'groups']);
    expect(answer.body.data).toEqual({
      user_id: person.userId,
      groups: ['accountant', 'developer'].map((codename) => ({
        group_id: expect.any(String), name: GROUPS[codename as GroupCodename].name, codename, description: null, is_system: true, is_active: true,
        assigned_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), assigned_by_user_id: root.userId,
      })),
    });
    expect(Object.keys(answer.body.data.groups[0])).toEqual(['group_id', 'name', 'codename', 'description', 'is_system', 'is_active', 'assigned_at', 'assigned_by_user_id']);
    expect(await codenames(person.userId)).toEqual(['accountant', 'developer']);
  });

  it('is taken by the id of a group as well, in whatever capitals, custom groups too', async () => {
    const [person, custom] = [await member('user'), await group(['view_profile'])];
    const ids = [await idOf('business'), (await idOf(custom)).toUpperCase()];
    expect(named(await giveIds(root, person.userId.toUpperCase(), ids)).sort()).toEqual(['business', custom]);
    expect(await codenames(person.userId)).toEqual(['business', custom]);
  });

  it('keeps the row, the date and the giver of a membership that stays', async () => {
    const [person, admin] = [await member('user', 'business'), await member('admin')];
    await api.sql(`UPDATE user_group SET assigned_at = '2020-02-03 04:05:06' WHERE user_id = $1`, [person.userId]);
    const [before] = await rows(person.userId);
    expect((await give(admin, person.userId, ['business', 'accountant'])).status).toBe(200);
    const [accountant, business] = await rows(person.userId);
    expect(business).toEqual(before);
    expect(accountant).toMatchObject({ codename: 'accountant', assigned_by_user_id: admin.userId });
  });

  it('H-02: leaves one entry with who, whom, before and after; and none where nothing changes', async () => {
    const [person, inactive] = [await member('user'), await group(['view_profile'], { active: false })];
    await api.sql('INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', [person.userId, await idOf(inactive)]);
    await give(root, person.userId, ['developer', 'business']);
    expect(await entries(person.userId)).toEqual([{ user_id: root.userId, status_code: 200, metadata: { before: [inactive, 'user'], after: ['business', 'developer'] } }]);
    expect((await give(root, person.userId, ['business', 'developer'])).status).toBe(200);
    expect(await entries(person.userId)).toHaveLength(1);
    await give(root, person.userId, ['admin', 'no such group']);
    expect(await entries(person.userId)).toHaveLength(1);
  });

  it('H-02: what fails leaves nothing: no entry, no membership', async () => {
    const person = await member('user');
    await api.sql(`ALTER TABLE activity_log ADD CONSTRAINT no_entry CHECK (action <> 'user_groups_changed') NOT VALID`);
    try {
      expect((await give(root, person.userId, ['business'])).status).toBe(500);
    } finally {
      await api.sql('ALTER TABLE activity_log DROP CONSTRAINT no_entry');
    }
    expect(await codenames(person.userId)).toEqual(['user']);
  });

  it('refuses what is unknown, not active or repeated, names each of them, and changes nothing', async () => {
    const [person, inactive] = [await member('user'), await group(['view_profile'], { active: false })];
    const answer = await give(root, person.userId, ['user', 'nobody', inactive, 'user', "'; DROP TABLE \"group\"; --", 'USER', ' user']);
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([400, 'GROUP_ASSIGN_USERS_FAILED', 1916]);
    expect(answer.body.error.details).toEqual({ unknown: ['nobody', "'; DROP TABLE \"group\"; --", 'USER', ' user'], inactive: [inactive], repeated: ['user'] });
    const [id, stranger] = [await idOf('business'), randomUUID()];
    expect((await giveIds(root, person.userId, [id, id.toUpperCase(), stranger])).body.error.details).toEqual({ unknown: [stranger], repeated: [id] });
    expect(await codenames(person.userId)).toEqual(['user']);
  });

  it('lets a user keep a group that is not active any more, and nobody get it', async () => {
    const [person, custom] = [await member('user'), await group(['view_profile'])];
    await give(root, person.userId, ['user', custom]);
    await api.sql('UPDATE "group" SET is_active = false WHERE codename = $1', [custom]);
    await settled();
    const answer = await give(root, person.userId, ['business', custom]);
    expect([answer.status, named(answer)]).toEqual([200, ['business']]);
    expect(await codenames(person.userId)).toEqual(['business', custom]);
    await give(root, person.userId, ['business']);
    expect(fault(await give(root, person.userId, ['business', custom]))).toEqual([400, 'GROUP_ASSIGN_USERS_FAILED']);
  });

  it.each([
    [{}], [{ group_codenames: ['user'], group_ids: ['3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e'] }], [{ group_codenames: null, group_ids: null }], [{ groups: ['user'] }],
  ])('wants exactly one of the two lists: %j', async (body) => {
    const person = await member('user');
    const answer = await api.client.post(`/users/${person.userId}/groups`, body, { token: root.sessionToken });
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([400, 'AUTH_INVALID_PAYLOAD', 1212]);
    expect(answer.body.error.details.errors).toEqual([{ path: '', message: 'Give either group_codenames or group_ids', code: 'one_of_two' }]);
  });

  it.each([
    [[]], ['user'], [{ 0: 'user' }], [['']], [[null]], [[1]], [[['user']]], [[{ $ne: 'x' }]], [['a\0']], [['\ud800']], [['x'.repeat(101)]], [Array.from({ length: 101 }, (_, index) => `g${index}`)],
  ])('refuses the list of codenames %j', async (list) => {
    const person = await member('user');
    expect(fault(await give(root, person.userId, list))).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
    expect(fault(await giveIds(root, person.userId, list))).toEqual([400, 'AUTH_INVALID_PAYLOAD']);
    expect(await codenames(person.userId)).toEqual(['user']);
  });

  it('leaves fields out of account that it does not know, as the reference did, and takes null for a list that is not given', async () => {
    const person = await member('user');
    const answer = await api.client.post(`/users/${person.userId}/groups`, { group_codenames: ['business'], group_ids: null, is_protected: true, assigned_by_user_id: person.userId }, { token: root.sessionToken });
    expect(answer.status).toBe(200);
    expect(await rows(person.userId)).toMatchObject([{ codename: 'business', assigned_by_user_id: root.userId }]);
  });

  it('a user nobody knows is 404, what is no id 400, and `me` is no id here', async () => {
    expect(fault(await give(root, randomUUID(), ['user']))).toEqual([404, 'USER_NOT_FOUND']);
    for (const id of ['1', 'me', "'", `${root.userId}%00`, '%ff']) expect((await give(root, id, ['user'])).status).toBe(400);
  });

  it('is for those with assign_groups alone, before any look at the input', async () => {
    const person = await member('user');
    expect((await api.client.post(`/users/${person.userId}/groups`, { group_codenames: 1 })).status).toBe(401);
    for (const codename of ['developer', 'business', 'user', 'accountant']) {
      const answer = await give(await member(codename), person.userId, 1);
      expect([...fault(answer), answer.body.error.details.required_permissions]).toEqual([403, 'FORBIDDEN', ['assign_groups']]);
    }
  });

  it('B-17, D-07: decides the very next request on every worker, and the answer to an older session token carries a new one', async () => {
    const [person, pale] = [await member('user'), await group(['view_profile'])];
    for (const worker of [api, other]) expect((await groupsOf(person, person.userId, '', worker)).status).toBe(403);
    for (const [codename, status] of [['developer', 200], [pale, 403], ['business', 200]] as const) {
      await give(root, person.userId, [codename], other);
      for (const worker of [api, other]) {
        const answer = await groupsOf(person, person.userId, '', worker);
        expect(answer.status).toBe(status);
        const claims = JSON.parse(Buffer.from(answer.headers.get('x-session-token')!.split('.')[1]!, 'base64url').toString()) as { permissions: { groups: string[] } };
        expect(claims.permissions.groups).toEqual([codename]);
      }
    }
  });

  it('changes memberships and nothing else of the account, also when super_admin is given and taken', async () => {
    const person = await member('user');
    const account = async () => (await api.sql('SELECT * FROM "user" WHERE user_id = $1', [person.userId]))[0];
    const before = await account();
    await give(root, person.userId, ['super_admin']);
    expect(await account()).toEqual(before);
    await give(root, person.userId, ['user']);
    expect(await account()).toEqual(before);
  });
});

describe('D-04: rank', () => {
  let admin: Account;
  beforeAll(async () => {
    admin = await member('admin');
  });

  it('nobody promotes himself, not with a group of more than he holds and not to super_admin', async () => {
    const above = await group(['view_profile', 'delete_user']);
    expect(fault(await give(admin, admin.userId, ['admin', 'super_admin']))).toEqual([403, 'GROUP_DENIED']);
    const answer = await give(admin, admin.userId, ['admin', above]);
    expect([...fault(answer), answer.body.error.details.required_permissions]).toEqual([403, 'PERMISSION_DENIED', ['delete_user']]);
    expect(await codenames(admin.userId)).toEqual(['admin']);
  });

  it('nobody gives to another what he does not hold', async () => {
    const [person, above] = [await member('user'), await group(['delete_activity_log', 'delete_user', 'view_profile'])];
    expect(fault(await give(admin, person.userId, ['super_admin']))).toEqual([403, 'GROUP_DENIED']);
    expect((await give(admin, person.userId, [above])).body.error.details.required_permissions).toEqual(['delete_activity_log', 'delete_user']);
    expect((await give(admin, person.userId, ['admin'])).status).toBe(200);
    expect(await entries(person.userId)).toHaveLength(1);
  });

  it('super_admin is above everybody, also as an empty group', async () => {
    const person = await member('user');
    const kept = await api.sql<{ permission_id: string }>(`DELETE FROM group_permission WHERE group_id = (SELECT group_id FROM "group" WHERE codename = 'super_admin') RETURNING permission_id`);
    await settled();
    try {
      expect(fault(await give(admin, person.userId, ['super_admin']))).toEqual([403, 'GROUP_DENIED']);
    } finally {
      await api.sql(`INSERT INTO group_permission (group_id, permission_id) SELECT g.group_id, unnest($1::uuid[]) FROM "group" g WHERE codename = 'super_admin'`, [kept.map(({ permission_id }) => permission_id)]);
      await settled();
    }
  });

  it('nobody takes from whom he does not rank: super administrators, protected accounts, and those who hold or would hold more', async () => {
    const [sleeping, above] = [await group(['delete_user'], { active: false }), await group(['delete_user'])];
    const shielded = await member('user');
    await api.sql('UPDATE "user" SET is_protected = true WHERE user_id = $1', [shielded.userId]);
    for (const [person, key] of [[await member('super_admin'), 'GROUP_DENIED'], [shielded, 'GROUP_DENIED'], [await member('user', above), 'PERMISSION_DENIED'], [await member('user', sleeping), 'PERMISSION_DENIED']] as const) {
      const before = await codenames(person.userId);
      expect(fault(await give(admin, person.userId, ['business']))).toEqual([403, key]);
      expect(await codenames(person.userId)).toEqual(before);
      expect((await give(root, person.userId, ['business'])).status).toBe(200);
    }
  });

  it('equals may act on each other, and everybody on himself downwards', async () => {
    const [peer, leaver] = [await member('admin'), await member('admin')];
    expect((await give(admin, peer.userId, ['user'])).status).toBe(200);
    expect((await give(leaver, leaver.userId, ['user'])).status).toBe(200);
    expect(fault(await give(leaver, leaver.userId, ['admin']))).toEqual([403, 'FORBIDDEN']);
  });

  it('a caller who was demoted while he stood in line is refused', async () => {
    const [caller, person] = [await member('admin'), await member('user')];
    const answers = await Promise.all([give(root, caller.userId, ['user']), ...Array.from({ length: 10 }, (_, index) => give(caller, person.userId, [index % 2 ? 'business' : 'developer'], index % 2 ? api : other))]);
    expect(answers[0].status).toBe(200);
    for (const answer of answers.slice(1)) expect([[200, undefined], [403, 'FORBIDDEN']]).toContainEqual(fault(answer));
    expect(await entries(caller.userId)).toHaveLength(1);
    expect(fault(await give(caller, person.userId, ['accountant']))).toEqual([403, 'FORBIDDEN']);
  });

  it('D-10: a group that is not active gives its members nothing, neither the right to assign nor rank', async () => {
    const assigners = await group(['assign_groups', 'view_user', 'view_profile', 'edit_profile', 'add_upload']);
    const [caller, person] = [await member(assigners), await member('user')];
    expect((await groupsOf(caller, person.userId)).status).toBe(200);
    expect((await give(caller, person.userId, ['user', assigners])).status).toBe(200);
    await api.sql('UPDATE "group" SET is_active = false WHERE codename = $1', [assigners]);
    await settled();
    for (const worker of [api, other]) expect([(await give(caller, person.userId, ['user'], worker)).status, (await groupsOf(caller, person.userId, '', worker)).status]).toEqual([403, 403]);
    // With the right from elsewhere, what the sleeping group would give still counts for nothing.
    const pale = await group(['assign_groups', 'view_profile']);
    await api.sql('INSERT INTO user_group (user_id, group_id) VALUES ($1, $2)', [caller.userId, await idOf(pale)]);
    await settled();
    const answer = await give(caller, (await member(pale)).userId, ['user']);
    expect([...fault(answer), answer.body.error.details.required_permissions]).toEqual([403, 'PERMISSION_DENIED', ['add_upload', 'edit_profile']]);
  });
});

describe('D-06: the last super administrator', () => {
  let last: Account;
  beforeEach(async () => {
    await api.sql(`DELETE FROM user_group WHERE group_id = (SELECT group_id FROM "group" WHERE codename = 'super_admin') AND user_id <> $1`, [root.userId]);
    await settled();
    last = root;
  });

  it('cannot be demoted, not by himself either', async () => {
    const answer = await give(last, last.userId, ['admin', 'user']);
    expect(fault(answer)).toEqual([409, 'LAST_SUPER_ADMIN']);
    expect(await codenames(last.userId)).toEqual(expect.arrayContaining(['super_admin']));
    expect((await give(last, last.userId, ['super_admin', 'admin'])).status).toBe(200);
  });

  it('is whoever may use his account: others that are closed do not count, and may be demoted', async () => {
    const closed = await member('super_admin');
    await api.sql(`UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, [closed.userId]);
    await settled();
    expect(fault(await give(last, last.userId, ['user']))).toEqual([409, 'LAST_SUPER_ADMIN']);
    expect((await give(last, closed.userId, ['user'])).status).toBe(200);
    expect(await codenames(closed.userId)).toEqual(['user']);
  });
});

describe('50 at once', () => {
  it('F17: replaces of one user’s groups end in one of the wanted sets, and each entry begins where another ended', async () => {
    const person = await member('user');
    // Distinct sets, so that there is one way through the entries.
    const all = ['accountant', 'admin', 'business', 'developer', 'user', await group(['view_profile'])].sort();
    const sets = Array.from({ length: 63 }, (_, bits) => all.filter((_codename, index) => ((bits + 1) >> index) & 1)).filter((set) => set.join() !== 'user').slice(0, 50);
    const answers = await Promise.all(sets.map((set, index) => give(root, person.userId, set, index % 2 ? api : other)));
    expect(answers.map(({ status }) => status)).toEqual(sets.map(() => 200));
    for (const [index, answer] of answers.entries()) expect(named(answer).sort()).toEqual(sets[index]);
    const recorded = new Map((await entries(person.userId)).map(({ metadata }) => [metadata.before.join(), metadata.after.join()]));
    expect(recorded.size).toBe(50);
    let at = 'user';
    for (let step = 0; step < 50; step += 1) at = recorded.get(at)!;
    expect(at).toBe((await codenames(person.userId)).join());
    expect(sets.map((set) => set.join())).toContain(at);
  });

  it('F17: the same set is given once, with one entry', async () => {
    const person = await member('user');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => give(root, person.userId, ['business', 'developer'], index % 2 ? api : other)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await entries(person.userId)).toHaveLength(1);
  });

  it('an account whose erasure ends in this moment is 404 and never a failure', async () => {
    const person = await member('user');
    // From outside: a transaction of the server's own that rests for long is ended.
    const { commit } = await createAccess(api).outsider('DELETE FROM "user" WHERE user_id = $1', [person.userId]);
    const answer = give(root, person.userId, ['business']);
    // It has found the account, and waits for what becomes of it.
    await until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length > 0, 30_000);
    await commit();
    expect(fault(await answer)).toEqual([404, 'USER_NOT_FOUND']);
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';

let api: Api;
let root: Account;
let person: Account;
beforeAll(async () => {
  api = await startApi();
  root = account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  person = await signUp(api);
});
afterAll(() => api.close());

const mine = (query = '', who = person) => api.client.get(`/users/me/groups${query}`, { token: who.sessionToken });
const theirs = (query = '', userId = person.userId) => api.client.get(`/users/${userId}/groups${query}`, { token: root.sessionToken });
const named = ({ body }: Answer) => (body.data.groups as { name: string }[]).map(({ name }) => name);

/** Puts a user into groups of these names. */
async function join(userId: string, names: readonly string[], isActive = true): Promise<void> {
  await api.sql(
    `WITH made AS (INSERT INTO "group" (name, codename, description, is_active) SELECT name, 'c_' || gen_random_uuid(), 'About ' || name, $3 FROM unnest($2::text[]) AS name RETURNING group_id)
     INSERT INTO user_group (user_id, group_id, assigned_by_user_id) SELECT $1, group_id, $4 FROM made`,
    [userId, names, isActive, root.userId],
  );
  await api.context.changes.settled();
}

describe('GET /users/me/groups', () => {
  it('D-09: is about whoever asks, and every user may', async () => {
    const answer = await mine();
    expect([answer.status, answer.body.message]).toEqual([200, 'User groups retrieved successfully']);
    expect(answer.body.data).toEqual({
      user_id: person.userId,
      groups: [{ group_id: expect.any(String), name: 'User', codename: 'user', description: null, is_system: true, is_active: true, assigned_at: expect.stringMatching(/Z$/), assigned_by_user_id: null }],
      pagination: { limit: 50, next_cursor: null, has_more: false },
    });
  });

  it('D-09, D-14: in every spelling, with HEAD too, never taken for somebody’s id', async () => {
    for (const path of ['/users/ME/groups', '/Users/me/Groups', '/users/me/groups/']) {
      const answer = await api.client.get(path, { token: person.sessionToken });
      expect({ path, status: answer.status, user: answer.body.data?.user_id }).toEqual({ path, status: 200, user: person.userId });
    }
    expect((await api.client.send('HEAD', '/users/me/groups', undefined, { token: person.sessionToken })).status).toBe(200);
    // An escaped one is somebody's id, and no good one.
    expect([(await api.client.get('/users/%6de/groups', { token: person.sessionToken })).status, (await theirs('', '%6de')).status]).toEqual([403, 400]);
  });

  it('without a token is 401, without view_profile 403', async () => {
    expect((await api.client.get('/users/me/groups?limit=0')).status).toBe(401);
    const nobody = await signUp(api);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [nobody.userId]);
    await api.context.changes.settled();
    expect((await mine('?limit=0', nobody)).status).toBe(403);
  });
});

describe('GET /users/:user_id/groups', () => {
  it('D-02: is for those with view_user alone, also about oneself, and looks the same for known and unknown users', async () => {
    for (const id of [root.userId, person.userId, randomUUID()]) {
      const answer = await api.client.get(`/users/${id}/groups`, { token: person.sessionToken });
      expect([answer.status, answer.body.error_key, answer.body.error.details.required_permissions]).toEqual([403, 'FORBIDDEN', ['view_user']]);
    }
  });

  it('of a user nobody knows is 404, of what is no id 400', async () => {
    const answer = await theirs('', randomUUID());
    expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([404, 'USER_NOT_FOUND', 2101]);
    for (const id of ['1', "'", 'null', `${person.userId}x`, '%00']) expect((await theirs('', id)).status).toBe(400);
  });

  it('of somebody without groups is an empty list', async () => {
    const { userId } = await signUp(api);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [userId]);
    expect((await theirs('', userId)).body.data).toEqual({ user_id: userId, groups: [], pagination: { limit: 50, next_cursor: null, has_more: false } });
  });

  it('D-10: lists active groups alone, by name', async () => {
    const { userId } = await signUp(api);
    await join(userId, ['Zebra', 'Ant']);
    await join(userId, ['Moth'], false);
    expect(named(await theirs('', userId))).toEqual(['Ant', 'User', 'Zebra']);
  });

  it('pages through all of them once, in order, also with names as long and strange as can be', async () => {
    const { userId } = await signUp(api);
    const names = [...Array.from({ length: 20 }, (_, index) => `Page ${index}`), '😀'.repeat(100), '\u0001'.repeat(100), `'"\\%_; --`, 'اسم'];
    await join(userId, names);
    const seen: string[] = [];
    let cursor: string | null = '';
    do {
      const page: Answer = await theirs(`?limit=1${cursor && `&cursor=${cursor}`}`, userId);
      expect(page.status).toBe(200);
      seen.push(...named(page));
      cursor = page.body.data.pagination.next_cursor;
    } while (cursor !== null);
    expect([...seen].sort()).toEqual([...names, 'User'].sort());
    expect(named(await theirs('?limit=100', userId))).toEqual(seen);
  });

  it('searches names, codenames and descriptions for a part, taken as it is written', async () => {
    const { userId } = await signUp(api);
    await join(userId, ['100% Sure', 'Under_score', 'Back\\slash', 'ÉTÉ 😀', 'كتب']);
    const found = async (search: string) => named(await theirs(`?search=${encodeURIComponent(search)}`, userId));
    expect(await found('%')).toEqual(['100% Sure']);
    expect(await found('_score')).toEqual(['Under_score']);
    expect(await found('\\')).toEqual(['Back\\slash']);
    expect(await found('été')).toEqual(['ÉTÉ 😀']);
    expect(await found('😀')).toEqual(['ÉTÉ 😀']);
    expect(await found('كتب')).toEqual(['كتب']);
    expect(await found('ABOUT UNDER')).toEqual(['Under_score']);
    expect(await found('c_')).toHaveLength(5);
    expect(await found("' OR 1=1 --")).toEqual([]);
    expect(await found('x'.repeat(100))).toEqual([]);
  });

  it('E-09, E-10: hostile questions are 400, with the name of the parameter', async () => {
    const bad = Buffer.from(JSON.stringify('a\0b')).toString('base64url');
    const lone = Buffer.from('"\\ud800"').toString('base64url');
    for (const query of ['limit=0', 'limit=101', 'limit=', 'limit[]=1', 'cursor=x', 'cursor=', `cursor=${bad}`, `cursor=${lone}`, `cursor=${Buffer.from('[1]').toString('base64url')}`, `cursor=${'A'.repeat(5_000)}`, 'search=', 'search=%00', `search=${'x'.repeat(101)}`, 'search=a&search=b', 'search[$ne]=1']) {
      for (const answer of [await theirs(`?${query}`), await mine(`?${query}`)]) {
        expect({ query, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path.split('[')[0] }).toEqual({ query, status: 400, key: 'VALIDATION_ERROR', path: query.split(/[=[]/)[0] });
      }
    }
  });
});

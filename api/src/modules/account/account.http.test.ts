import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { LANGUAGES } from '../../i18n/language.js';
import { createSuperAdminsRepo } from './super-admins.repo.js';

let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo();
});
afterAll(() => api.close());

type Way = 'deactivate' | 'delete';
const WAYS: Way[] = ['deactivate', 'delete'];
const STATES = {
  deactivate: { status: 'INACTIVE', entry: 'account_deactivated', data: { is_active: false, status: 'INACTIVE' } },
  delete: { status: 'DELETED', entry: 'account_deleted', data: { is_active: false } },
} as const;

const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const close = (way: Way, person: Pick<Account, 'sessionToken'>, worker = api, headers = {}) =>
  worker.client.post(`/settings/${way}-account`, way === 'delete' ? { confirm: true } : undefined, { token: person.sessionToken, headers });
const rowOf = async (userId: string) => (await api.sql<Record<string, unknown>>('SELECT status, is_active, deactivated_at, erase_after FROM "user" WHERE user_id = $1', [userId]))[0]!;
const entries = (userId: string, action: string) => api.sql<{ session_id: string; status_code: number; metadata: unknown }>('SELECT session_id, status_code, metadata FROM activity_log WHERE user_id = $1 AND action = $2', [userId, action]);
const jobs = async () => (await api.sql<{ count: number }>(`SELECT count(*)::int FROM graphile_worker.jobs WHERE task_identifier = 'erase_account'`))[0]!.count;
const signInAdmin = async (email: string = ADMIN.email) => account(email, (await api.client.post('/auth/login-with-password', { username: email, password: ADMIN.password })).body.data);

/** How often a token opens anything, tried on both workers. */
async function opened(person: Account): Promise<number> {
  const answers = await Promise.all([api, other].flatMap((worker) => [
    ...[person.accessToken, person.sessionToken].map((token) => profile(token, worker)),
    worker.client.post('/auth/refresh-token', { refresh_token: person.refreshToken }),
  ]));
  expect(answers.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);
  return answers.filter(({ status }) => status === 200).length;
}

describe.each(WAYS)('POST /settings/%s-account', (way) => {
  const { status, entry, data } = STATES[way];

  it('B-07: kills every token of every session, on every worker, before it answers', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person);
    for (const device of [person, phone]) for (const worker of [api, other]) expect((await profile(device.sessionToken, worker)).status).toBe(200);
    const answer = await close(way, phone);
    expect([answer.status, answer.body.message, answer.body.data]).toEqual([200, 'Account deactivated successfully', { user_id: person.userId, ...data }]);
    expect([await opened(person), await opened(phone)]).toEqual([0, 0]);
    expect((await api.sql('SELECT DISTINCT revoke_reason FROM session WHERE user_id = $1 AND revoked_at IS NOT NULL', [person.userId]))).toEqual([{ revoke_reason: entry }]);
    expect(await rowOf(person.userId)).toMatchObject({ status, is_active: false, ...(way === 'deactivate' ? { deactivated_at: expect.any(Date), erase_after: null } : { deactivated_at: null, erase_after: expect.any(Date) }) });
  });

  it('H-02: leaves one entry, which survives, and tells the owner', async () => {
    const person = await signUp(api);
    await close(way, person);
    expect(await entries(person.userId, entry)).toEqual([expect.objectContaining({ session_id: person.sessionId, status_code: 200 })]);
    const mail = async () => (await api.context.mailbox!.list()).find(({ to, text }) => to === person.email && /deactivated|deleted/.test(text));
    await until(async () => (await mail()) !== undefined, 30_000);
    expect((await mail())!.subject).toContain(way === 'delete' ? 'will be deleted' : 'was deactivated');
  });

  it('does not touch anybody else', async () => {
    const [person, stranger] = [await signUp(api), await signUp(api)];
    await close(way, person);
    expect(await opened(stranger)).toBe(6);
    expect(await rowOf(stranger.userId)).toMatchObject({ status: 'ACTIVE', is_active: true });
  });

  it('F17: fifty at once over two workers have one effect and one entry', async () => {
    const person = await signUp(api);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => close(way, person, index % 2 ? api : other)));
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 49 }, () => 401)]);
    expect(await entries(person.userId, entry)).toHaveLength(1);
    expect(await opened(person)).toBe(0);
  });

  it('a sign-in at the same moment leaves no session that works', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $2) WHERE user_id = $1`, [person.userId, ADMIN.email]);
    const [answer, ...signIns] = await Promise.all([close(way, person), ...Array.from({ length: 10 }, (_, index) => (index % 2 ? api : other).client.post('/auth/login-with-password', { username: person.email, password: ADMIN.password }))]);
    expect(answer.status).toBe(200);
    const devices = signIns.filter((signedIn) => signedIn.status === 200).map((signedIn) => account(person.email, signedIn.body.data));
    // Whoever came back after the end may be in; nobody is in an account that is closed.
    if ((await rowOf(person.userId))['is_active'] === false) expect(await Promise.all(devices.map(opened))).toEqual(devices.map(() => 0));
  });

  it('is said in the six languages', async () => {
    const messages = new Set<string>();
    for (const lang of LANGUAGES) messages.add((await close(way, await signUp(api), api, { 'X-Lang': lang })).body.message);
    expect(messages.size).toBe(LANGUAGES.length);
  });

  it('is taken back by a sign-in, which opens a session and revives none', async () => {
    const person = await signUp(api);
    await close(way, person);
    const again = await signIn(api, person);
    expect([await opened(again), await opened(person)]).toEqual([6, 0]);
    expect(await rowOf(person.userId)).toEqual({ status: 'ACTIVE', is_active: true, deactivated_at: null, erase_after: null });
  });

  it('without a token is 401, without the permission 403, and nothing changes', async () => {
    const person = await signUp(api);
    expect((await api.client.post(`/settings/${way}-account`, { confirm: 'nonsense' })).status).toBe(401);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [person.userId]);
    expect((await close(way, person)).status).toBe(403);
    expect(await rowOf(person.userId)).toMatchObject({ status: 'ACTIVE', is_active: true });
  });
});

describe('POST /settings/delete-account', () => {
  it.each([
    [undefined], [{}], [[]], ['true'], [{ confirm: false }], [{ confirm: 'true' }], [{ confirm: 1 }], [{ confirm: null }], [{ confirm: [true] }], [{ confirm: { $ne: false } }], [{ confirm: "true'; DROP TABLE \"user\"; --" }], [{ confirm: true, user_id: 'x' }], [{ confirm: true, 'a\0': 1 }],
  ])('refuses %j, and deletes nothing', async (body) => {
    const person = await signUp(api);
    const answer = await api.client.post('/settings/delete-account', body, { token: person.sessionToken });
    expect(answer.status).toBe(400);
    expect(answer.body.error_key).toMatch(/^PROFILE_INVALID_PAYLOAD$|^INVALID_REQUEST$/);
    expect(await rowOf(person.userId)).toMatchObject({ status: 'ACTIVE', is_active: true, erase_after: null });
  });

  it('names the error of REFERENCE §10.10, also to a form that says anything but true', async () => {
    const { sessionToken: token } = await signUp(api);
    expect((await api.client.post('/settings/delete-account', {}, { token })).body.error.code).toBe(1409);
    for (const confirm of ['false', 'yes', '1', 'TRUE', '']) {
      const form = await api.client.send('POST', '/settings/delete-account', undefined, { token, raw: `confirm=${confirm}`, headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
      expect([confirm, form.status, form.body.error_key]).toEqual([confirm, 400, 'PROFILE_INVALID_PAYLOAD']);
    }
  });

  it('is erased after thirty days: the job waits, one for each account', async () => {
    const [before, person] = [await jobs(), await signUp(api)];
    await close('delete', person);
    const days = (await api.sql<{ days: number }>(`SELECT extract(epoch FROM erase_after - now()) / 86400 AS days FROM "user" WHERE user_id = $1`, [person.userId]))[0]!.days;
    expect(Number(days)).toBeGreaterThan(29.9);
    expect(Number(days)).toBeLessThanOrEqual(30);
    expect(await jobs()).toBe(before + 1);
    expect(await api.sql(`SELECT 1 FROM "user" u JOIN graphile_worker.jobs j ON j.run_at = u.erase_after WHERE u.user_id = $1 AND j.task_identifier = 'erase_account'`, [person.userId])).toHaveLength(1);
    const { metadata } = (await entries(person.userId, 'account_deleted'))[0]!;
    expect(metadata).toEqual({ erase_after: ((await rowOf(person.userId))['erase_after'] as Date).toISOString() });
  });

  it('what fails leaves nothing: no entry, no job, no session ended (H-02)', async () => {
    const [before, person] = [await jobs(), await signUp(api)];
    await api.sql(`ALTER TABLE activity_log ADD CONSTRAINT no_entry CHECK (action <> 'account_deleted') NOT VALID`);
    try {
      expect((await close('delete', person)).status).toBe(500);
    } finally {
      await api.sql('ALTER TABLE activity_log DROP CONSTRAINT no_entry');
    }
    expect([await rowOf(person.userId), await jobs()]).toEqual([{ status: 'ACTIVE', is_active: true, deactivated_at: null, erase_after: null }, before]);
    expect(await opened(person)).toBe(6);
  });
});

describe('the last super administrator', () => {
  const members = () => api.sql<{ user_id: string; is_active: boolean }>(`SELECT u.user_id, u.is_active FROM user_group JOIN "group" g USING (group_id) JOIN "user" u USING (user_id) WHERE g.codename = 'super_admin' ORDER BY 1`);
  /** As at the beginning. */
  const oneAdmin = async () => {
    await api.sql(`UPDATE "user" SET is_active = true, status = 'ACTIVE', deactivated_at = NULL, erase_after = NULL WHERE email = $1`, [ADMIN.email]);
    await api.sql(`DELETE FROM user_group USING "user" u WHERE u.user_id = user_group.user_id AND u.email <> $1 AND group_id = (SELECT group_id FROM "group" WHERE codename = 'super_admin')`, [ADMIN.email]);
  };
  beforeEach(oneAdmin);
  const promote = async () => {
    const person = await signUp(api);
    await api.sql(`INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = 'super_admin'`, [person.userId]);
    return person;
  };

  it.each(WAYS)('D-06: cannot %s its account, in any language', async (way) => {
    const admin = await signInAdmin();
    const messages = new Set<string>();
    for (const lang of LANGUAGES) {
      const answer = await close(way, admin, api, { 'X-Lang': lang });
      expect([answer.status, answer.body.error_key, answer.body.error.code]).toEqual([409, 'LAST_SUPER_ADMIN', 1922]);
      messages.add(`${answer.body.message}${answer.body.error.reason}${answer.body.error.hint}`);
    }
    expect(messages.size).toBe(LANGUAGES.length);
    expect((await profile(admin.sessionToken)).status).toBe(200);
  });

  it('D-06: those who may not sign in do not count as another one', async () => {
    const admin = await signInAdmin();
    const second = await promote();
    for (const state of [`is_active = false`, `is_trashed = true`, `status = 'SUSPENDED'`, `is_verified = false`]) {
      await api.sql(`UPDATE "user" SET is_active = true, is_trashed = false, is_verified = true, status = 'ACTIVE' WHERE user_id = $1`, [second.userId]);
      await api.sql(`UPDATE "user" SET ${state} WHERE user_id = $1`, [second.userId]);
      expect((await close('deactivate', admin)).status).toBe(409);
    }
  });

  it('D-06: of the last of many who leave at once, over two workers, one stays', async () => {
    for (let round = 0; round < 5; round += 1) {
      const admins = [await signInAdmin(), await promote(), await promote()];
      const answers = await Promise.all(admins.map((admin, index) => close(index === 1 ? 'delete' : 'deactivate', admin, index % 2 ? api : other)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409]);
      expect((await members()).filter(({ is_active }) => is_active)).toHaveLength(1);
      await oneAdmin();
    }
  });

  it('one who is taken out of the group at this moment is waited for, and does not count', async () => {
    const admin = await signInAdmin();
    const second = await promote();
    const { db } = api.context;
    const repo = createSuperAdminsRepo();
    let answer: ReturnType<typeof close> | undefined;
    await db.transaction(async (tx) => {
      expect(await repo.lockIfMember(tx, second.userId)).toEqual([admin.userId, second.userId].sort());
      answer = close('deactivate', admin, other);
      await until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF m%'`)).length > 0, 30_000);
      await tx.query({ text: `DELETE FROM user_group WHERE user_id = $1 AND group_id = (SELECT group_id FROM "group" WHERE codename = 'super_admin')`, values: [second.userId] });
    });
    expect((await answer!).status).toBe(409);
  });

  it('one that is closed already is locked with the others, so that closing it again never waits for them in a circle', async () => {
    await signInAdmin();
    const second = await promote();
    expect((await close('deactivate', second)).status).toBe(200);
    await api.context.db.transaction(async (tx) => {
      const others = await createSuperAdminsRepo().lockIfMember(tx, second.userId);
      expect(others).toHaveLength(1);
      expect(others).not.toContain(second.userId);
      await expect(api.sql('SELECT FROM "user" WHERE user_id = $1 FOR NO KEY UPDATE NOWAIT', [second.userId])).rejects.toMatchObject({ code: '55P03' });
    });
  });

  it('nobody else waits for them', async () => {
    const person = await signUp(api);
    const admin = await signInAdmin();
    await api.context.db.transaction(async (tx) => {
      await createSuperAdminsRepo().lockIfMember(tx, admin.userId);
      expect((await close('deactivate', person, other)).status).toBe(200);
    });
  });
});

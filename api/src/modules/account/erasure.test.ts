import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signUp, type Account } from '../../../test/accounts.js';
import { someone, startApi, type Api } from '../../../test/harness.js';
import { dump, insertMarked, type Marks } from '../../../test/personal-values.js';
import { until } from '../../../test/until.js';
import { forgetOldChanges } from '../../infra/changes.queries.js';
import { MAY_COME_BACK_SQL } from '../../shared/account-state.js';
import { hashIdentity } from '../../shared/identity.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createErasureRepo, type ErasureRepo } from './erasure.repo.js';
import { BATCH } from './erasure.steps.repo.js';
import { createErasures, type PictureEraser } from './erasure.service.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { ACCOUNT_DELETION_GRACE_DAYS: '0' } });
  // The look of the start must not find what a test erases by itself.
  await sweptOnce();
});
afterAll(() => api.close());
beforeEach(() => api.sql('DELETE FROM activity_log'));

type Handler = (payload: { userId: string }) => Promise<void>;

/** An erasure whose jobs are done when the test says so. */
function erasures({ repo = {}, erasePicture = async () => undefined }: { repo?: Partial<ErasureRepo>; erasePicture?: PictureEraser } = {}) {
  const handlers = new Map<string, Handler>();
  const added: { name: string; payload: object; options: unknown }[] = [];
  const activity = createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) });
  createErasures({
    db: api.context.db,
    repo: { ...createErasureRepo(), ...repo },
    activity,
    erasePicture,
    jobs: {
      handle: (name, handler) => void handlers.set(name, handler as Handler),
      add: async (_tx, name, payload, options) => void added.push({ name, payload, options }),
    },
  });
  return { erase: (userId: string) => handlers.get('erase_account')!({ userId }), sweep: () => handlers.get('erase_overdue_accounts')!({ userId: '' }), added };
}

const DUE = `status = 'DELETED', is_active = false, erase_after = now() - interval '1 second'`;
async function deletedPerson(state = DUE): Promise<Account> {
  const person = await signUp(api);
  await api.sql(`UPDATE "user" SET ${state} WHERE user_id = $1`, [person.userId]);
  return person;
}
const exists = async (userId: string) => (await api.sql('SELECT FROM "user" WHERE user_id = $1', [userId])).length === 1;
const erasedEntries = () => api.sql<Record<string, unknown>>(`SELECT * FROM activity_log WHERE action = 'account_erased'`);
const addEntries = (userId: string, count: number, column = 'user_id') => api.sql(`INSERT INTO activity_log (${column}, message, ip_address) SELECT $1, 'Signed in', '203.0.113.77' FROM generate_series(1, $2::int)`, [userId, count]);
/** Until a statement with these words waits for somebody's lock. */
async function waitsFor(words: string): Promise<void> {
  await until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`, [`%${words}%`])).length > 0, 30_000);
}
const gone = (userId: string) => until(async () => !(await exists(userId)), 30_000);
/** Until the look for overdue accounts is over and the next one stands in the line, a day from now. */
const sweptOnce = () =>
  until(async () => {
    const jobs = await api.sql<{ hours: number }>(`SELECT round(extract(epoch FROM run_at - now()) / 3600)::int AS hours FROM graphile_worker.jobs WHERE task_identifier = 'erase_overdue_accounts'`);
    return jobs.length === 1 && jobs[0]!.hours === 24;
  }, 30_000);

describe('an erasure', () => {
  it('leaves none of a person’s values anywhere in the database (H-03)', async () => {
    const [userId, stranger, email, phone] = [randomUUID(), (await signUp(api)).userId, someone(), '+4915112345678'];
    const [sessionId, oldEmail] = [randomUUID(), someone()];
    const [invited, reason, words] = [`z***${someone()}`, `reason ${randomUUID()}`, `words ${randomUUID()}`];
    const ofClient = { user_id: userId, source: 'client', target_user_id: null };
    const ofServer = { user_id: userId, source: 'server', level: 'audit', message: 'Signed out', action: 'signed_out', module: 'sessions', platform: 'web', method: 'POST' };
    const inserted: Marks[] = [
      await insertMarked(api, 'user', { user_id: userId, email, phone_e164: phone, status: 'DELETED', erase_after: new Date(Date.now() - 1_000), is_active: false, profile_picture_key: null, invited_by_user_id: stranger, version: 7 }),
      await insertMarked(api, 'session', { user_id: userId, session_id: sessionId, generation: 1, confirmed_generation: 0, revoked_at: null, expires_at: '2100-01-02T03:04:05Z' }),
      await insertMarked(api, 'password_history', { user_id: userId }),
      await insertMarked(api, 'user_group_history', { user_id: userId }),
      await insertMarked(api, 'contact_change', { user_id: userId, old_value: oldEmail, new_value: email }),
      await insertMarked(api, 'activity_log', ofClient),
      await insertMarked(api, 'activity_log', { ...ofServer, target_user_id: null, endpoint: `/api/v1/auth/sessions/${sessionId}`, metadata: JSON.stringify({ scope: 'all', sessions: 2, identity: 'a***@example.com', session_id: sessionId, name: { first: email } }) }),
      await insertMarked(api, 'activity_log', { ...ofServer, target_user_id: null, action: 'user_invited', endpoint: '/api/v1/users', metadata: JSON.stringify({ identity: invited, kind: 'email', after: { groups: ['user'], identity: invited } }) }),
      await insertMarked(api, 'activity_log', { ...ofServer, target_user_id: null, action: 'user_suspended', endpoint: `/api/v1/users/${userId}/status`, metadata: JSON.stringify({ given_reason: reason, before: { status: 'ACTIVE', closed_by: userId } }) }),
      await insertMarked(api, 'activity_log', { ...ofServer, target_user_id: null, action: 'group_updated', endpoint: '/api/v1/groups', metadata: JSON.stringify({ name: words, before: { name: words }, after: { name: words, description: words } }) }),
      await insertMarked(api, 'activity_log', { user_id: null, target_user_id: userId, source: 'server', level: 'warn', message: 'Failed to sign in', action: 'sign_in_failed', module: 'auth', platform: 'web', method: 'POST', endpoint: '/api/v1/token' }),
      await insertMarked(api, 'one_time_code', { identity_hash: hashIdentity({ key: email }), purpose: 'any', channel: 'email', attempts: 0 }),
      await insertMarked(api, 'one_time_code', { identity_hash: hashIdentity({ key: oldEmail }), purpose: 'any', channel: 'email', attempts: 0 }),
      await insertMarked(api, 'invitation', { kind: 'email', identity_key: oldEmail, group_ids: null, invited_by_user_id: stranger }),
      await insertMarked(api, 'throttle', { bucket: 'otp_send', subject: hashIdentity({ key: phone }), hits: 1 }),
    ];
    await api.sql(`INSERT INTO user_group (user_id, group_id, assigned_by_user_id) SELECT $1, group_id, $1 FROM "group" WHERE codename = 'user'`, [userId]);
    await api.sql('UPDATE user_group SET assigned_by_user_id = $1 WHERE user_id = $2', [userId, stranger]);
    await api.sql('UPDATE "user" SET invited_by_user_id = $1 WHERE user_id = $2', [userId, stranger]);
    await api.sql(`INSERT INTO activity_log (user_id, target_user_id, message, action, endpoint, ip_address, metadata) VALUES ($1, $2, 'Ended a session', 'session_ended', $3, '198.51.100.9', $4)`,
      [stranger, userId, `/api/v1/users/${userId}/sessions/${sessionId}`, JSON.stringify({ session_id: sessionId, reason: 'ended', email })]);
    const values = new Map([...inserted.flatMap((marks) => [...marks]), ['his id', userId], ['his address', email], ['his old address', oldEmail], ['his number', phone], ['his session', sessionId], ['whom he invited', invited], ['his reason', reason], ['his words', words]]);
    const found = async () => {
      const text = await dump(api);
      return [...values].filter(([, value]) => text.includes(value)).map(([name]) => name).sort();
    };
    await api.sql(`INSERT INTO invitation (kind, identity_key, address, language, invited_by_user_id, expires_at) VALUES ('phone', $1, $1, 'en', $2, now()), ('email', 'kept@example.com', 'kept@example.com', 'en', $2, now())`, [phone, userId]);
    expect(values.size).toBeGreaterThan(60);
    expect(await found()).toEqual([...values.keys()].sort());

    await erasures().erase(userId);
    // What tells the servers whose rights to read again lives for ten minutes.
    await forgetOldChanges(api.context.db, 0);
    expect(await found()).toEqual([]);
    expect(await exists(stranger)).toBe(true);
    expect(await api.sql('SELECT invited_by_user_id FROM "user" WHERE user_id = $1', [stranger])).toEqual([{ invited_by_user_id: null }]);
    expect(await api.sql('SELECT identity_key, invited_by_user_id FROM invitation')).toEqual([{ identity_key: 'kept@example.com', invited_by_user_id: null }]);
  });

  it('keeps the entries without the person: what was done, when and how it ended', async () => {
    const { userId, sessionId } = await deletedPerson();
    const stranger = await signUp(api);
    await api.sql('DELETE FROM activity_log');
    const metadata = { scope: 'all', sessions: 2, identity: 'a***@example.com', reason: { nested: 'a@b.example' } };
    await api.sql(
      `INSERT INTO activity_log (user_id, target_user_id, level, message, action, module, endpoint, method, status_code, session_id, metadata, source, created_at) VALUES
         ($1, $2, 'audit', 'Signed out', 'signed_out', 'auth', '/api/v1/x/' || $3, 'POST', 200, $3, $4, 'server', '2026-01-01'),
         ($1, NULL, 'ann@x.example', 'I am Ann', 'ann clicks', 'ann', '/ann', 'ANN', 201, $3, '["ann"]', 'client', '2026-01-02'),
         ($2, $1, 'audit', 'Ended a session', 'session_ended', 'auth', '/api/v1/sessions/' || $3, 'DELETE', 200, 'own', $4, 'server', '2026-01-03'),
         (NULL, $1, 'warn', 'Failed to sign in', 'sign_in_failed', 'auth', '/api/v1/token', 'POST', 401, 'own', $4, 'server', '2026-01-04')`,
      [userId, stranger.userId, sessionId, JSON.stringify(metadata)]);
    await erasures().erase(userId);
    const rows = await api.sql(`SELECT user_id, target_user_id, level, message, action, module, endpoint, method, status_code, session_id, metadata FROM activity_log WHERE action IS DISTINCT FROM 'account_erased' ORDER BY created_at`);
    const kept = { scope: 'all', sessions: 2 };
    expect(rows).toEqual([
      { user_id: null, target_user_id: stranger.userId, level: 'audit', message: 'Signed out', action: 'signed_out', module: 'auth', endpoint: '/api/v1/x/:id', method: 'POST', status_code: 200, session_id: null, metadata: kept },
      { user_id: null, target_user_id: null, level: 'info', message: '', action: null, module: null, endpoint: null, method: null, status_code: 201, session_id: null, metadata: null },
      { user_id: stranger.userId, target_user_id: null, level: 'audit', message: 'Ended a session', action: 'session_ended', module: 'auth', endpoint: '/api/v1/sessions/:id', method: 'DELETE', status_code: 200, session_id: 'own', metadata: null },
      { user_id: null, target_user_id: null, level: 'warn', message: 'Failed to sign in', action: 'sign_in_failed', module: 'auth', endpoint: '/api/v1/token', method: 'POST', status_code: 401, session_id: null, metadata: null },
    ]);
  });

  it('leaves one entry, of nobody, with nothing but counts', async () => {
    const { userId } = await deletedPerson();
    await addEntries(userId, 3);
    await erasures().erase(userId);
    const [entry, ...others] = await erasedEntries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ user_id: null, target_user_id: null, session_id: null, ip_address: null, user_agent: null, level: 'audit', source: 'server', metadata: { rows: { session: 1, activity_log: expect.any(Number) } } });
    expect(JSON.stringify(entry)).not.toContain(userId);
  });

  it('takes batches of a thousand, each committed by itself, and goes on after being killed between any two of them', async () => {
    const { userId } = await deletedPerson();
    await addEntries(userId, 2 * BATCH + 500);
    await addEntries(userId, BATCH + 1, 'target_user_id');
    const left = async () => (await api.sql<{ left: number }>('SELECT count(*)::int AS left FROM activity_log WHERE $1 IN (user_id, target_user_id)', [userId]))[0]!.left;
    const all = await left();
    const sizes: number[] = [];
    let kills = 0;
    /** Lets so many batches through, then dies. */
    const dying = (batches: number): Partial<ErasureRepo> => {
      let done = 0;
      const steps = createErasureRepo().steps.map(({ table, run }) => ({
        table,
        run: async (...call: Parameters<typeof run>) => {
          if (done === batches) throw new Error('killed');
          done += 1;
          const rows = await run(...call);
          sizes.push(rows);
          return rows;
        },
      }));
      return { steps };
    };
    while (await exists(userId)) {
      const before = await left();
      await erasures({ repo: dying(kills + 1) }).erase(userId).catch((error: Error) => {
        expect(error.message).toBe('killed');
        kills += 1;
      });
      expect(await left()).toBeLessThanOrEqual(before);
    }
    expect(kills).toBeGreaterThan(4);
    expect(Math.max(...sizes)).toBe(BATCH);
    expect([await left(), await erasedEntries()]).toEqual([0, [expect.anything()]]);
    expect(await api.sql(`SELECT count(*)::int FROM activity_log WHERE message = 'Signed in' AND user_id IS NULL AND target_user_id IS NULL`)).toEqual([{ count: 3 * BATCH + 501 }]);
    expect(all).toBeGreaterThan(3 * BATCH);
  });

  it('dies before its end: nothing of the end has happened', async () => {
    const { userId, email } = await deletedPerson();
    await insertMarked(api, 'one_time_code', { identity_hash: hashIdentity({ key: email }), purpose: 'login', channel: 'email', attempts: 0 });
    const codes = () => api.sql('SELECT FROM one_time_code WHERE identity_hash = $1', [hashIdentity({ key: email })]);
    const before = (await codes()).length;
    const deleteUser = async () => {
      throw new Error('killed');
    };
    await expect(erasures({ repo: { deleteUser } }).erase(userId)).rejects.toThrow('killed');
    expect([await exists(userId), (await codes()).length, await erasedEntries()]).toEqual([true, before, []]);
    await erasures().erase(userId);
    expect([await exists(userId), await codes(), await erasedEntries()]).toEqual([false, [], [expect.anything()]]);
  });

  it('done by several workers at once is done once, and again is nothing', async () => {
    const { userId } = await deletedPerson();
    await addEntries(userId, 3_000);
    await Promise.all(Array.from({ length: 4 }, () => erasures().erase(userId)));
    await erasures().erase(userId);
    expect([await exists(userId), (await erasedEntries()).length]).toEqual([false, 1]);
  });

  it('whoever comes to the end second waits for the first, and leaves no entry', async () => {
    const { userId } = await deletedPerson();
    const repo = createErasureRepo();
    let second: Promise<void> | undefined;
    await api.context.db.transaction(async (tx) => {
      // As a worker that has come to its end when the other, which found the account a moment before, begins its own.
      let claimed: () => void = () => undefined;
      let deleted: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => (claimed = resolve));
      const ended = new Promise<void>((resolve) => (deleted = resolve));
      const claim: ErasureRepo['claim'] = async (...call) => {
        const account = await repo.claim(...call);
        claimed();
        await ended;
        return account;
      };
      second = erasures({ repo: { claim, steps: [] } }).erase(userId);
      await begun;
      await repo.deleteUser(tx, userId);
      deleted();
      await waitsFor('FOR UPDATE');
    });
    await second;
    expect([await exists(userId), await erasedEntries()]).toEqual([false, []]);
  });

  it('waits for the file: while it cannot be deleted, the account and its key stay, and nothing else is touched', async () => {
    const { userId } = await deletedPerson();
    await api.sql(`UPDATE "user" SET profile_picture_key = 'pictures/ann' WHERE user_id = $1`, [userId]);
    await addEntries(userId, 1);
    await expect(erasures({ erasePicture: () => Promise.reject(new Error('the bucket is away')) }).erase(userId)).rejects.toThrow('the bucket is away');
    expect(await api.sql('SELECT profile_picture_key FROM "user" WHERE user_id = $1', [userId])).toEqual([{ profile_picture_key: 'pictures/ann' }]);
    expect(await api.sql(`SELECT FROM activity_log WHERE user_id = $1 AND message = 'Signed in'`, [userId])).toHaveLength(1);
    const erased: string[] = [];
    await erasures({ erasePicture: async (key) => void erased.push(key) }).erase(userId);
    expect([erased, await exists(userId)]).toEqual([['pictures/ann'], false]);
  });

  it('forgets no code and no counter of an address that is somebody else’s by now', async () => {
    const [person, heir] = [await deletedPerson(), await signUp(api)];
    const subject = hashIdentity({ key: heir.email });
    await insertMarked(api, 'contact_change', { user_id: person.userId, kind: 'email', old_value: heir.email.toUpperCase(), new_value: person.email });
    const counters = () => api.sql('SELECT FROM throttle WHERE subject = $1', [subject]);
    const before = (await counters()).length;
    expect(before).toBeGreaterThan(0);
    await erasures().erase(person.userId);
    expect((await counters()).length).toBe(before);
  });

  it.each([
    ['that is active', `status = 'ACTIVE', is_active = true`],
    ['that was restored', `status = 'ACTIVE', is_active = true, erase_after = NULL`],
    ['that is deactivated', `status = 'INACTIVE', is_active = false, erase_after = now() - interval '1 day'`],
    ['that is suspended', `status = 'SUSPENDED', is_active = false, erase_after = now() - interval '1 day'`],
    ['whose grace is not over', `status = 'DELETED', is_active = false, erase_after = now() + interval '1 hour'`],
    ['that was deleted by an administrator', `status = 'DELETED', is_active = false, erase_after = NULL`],
  ])('does nothing to an account %s', async (_what, state) => {
    const { userId } = await deletedPerson(state);
    const row = async () => (await api.sql('SELECT * FROM "user" WHERE user_id = $1', [userId]))[0];
    const before = await row();
    const { erase, sweep, added } = erasures();
    await erase(userId);
    await sweep();
    expect(await row()).toEqual(before);
    expect(added.map(({ payload }) => payload)).not.toContainEqual({ userId });
    await api.sql('UPDATE "user" SET erase_after = NULL WHERE user_id = $1', [userId]);
  });
});

describe('an erasure and a sign-in that restores', () => {
  const restore = `UPDATE "user" u SET status = 'ACTIVE', is_active = true, erase_after = NULL WHERE u.user_id = $1 AND ${MAY_COME_BACK_SQL}`;

  it('the sign-in has the row first: it is waited for, and the account lives', async () => {
    const { userId } = await deletedPerson();
    let erasing: Promise<void> | undefined;
    await api.context.db.transaction(async (tx) => {
      await tx.query({ text: 'SELECT now(), pg_sleep(0.01)' });
      // The time runs out while the sign-in is at it, by more than the column's milliseconds.
      await api.sql(`UPDATE "user" SET erase_after = clock_timestamp() - interval '2 milliseconds' WHERE user_id = $1`, [userId]);
      expect((await tx.query({ text: restore, values: [userId] })).rowCount).toBe(1);
      erasing = erasures().erase(userId);
      await waitsFor('is_trashed = true');
    });
    await erasing;
    expect(await api.sql('SELECT status, is_active, is_trashed FROM "user" WHERE user_id = $1', [userId])).toEqual([{ status: 'ACTIVE', is_active: true, is_trashed: false }]);
  });

  it('the erasure has begun: a sign-in that began before the end of the grace finds nothing to restore', async () => {
    const { userId } = await deletedPerson();
    await api.context.db.transaction(async (tx) => {
      // The end of the grace lies between the two, by more than the column's milliseconds.
      await tx.query({ text: 'SELECT now(), pg_sleep(0.01)' });
      await api.sql(`UPDATE "user" SET erase_after = clock_timestamp() - interval '2 milliseconds' WHERE user_id = $1`, [userId]);
      expect(await createErasureRepo().claim(api.context.db, userId)).toEqual({ profile_picture_key: null });
      expect((await tx.query({ text: restore, values: [userId] })).rowCount).toBe(0);
    });
  });
});

describe('the jobs', () => {
  it('without days of grace an account is erased at once, and its address is free', async () => {
    const person = await signUp(api);
    expect((await api.client.post('/settings/delete-account', { confirm: true }, { token: person.sessionToken })).status).toBe(200);
    await gone(person.userId);
    expect((await signUp(api, person.email)).userId).not.toBe(person.userId);
    expect(await api.sql(`SELECT user_id, session_id, ip_address FROM activity_log WHERE action = 'account_deleted'`)).toEqual([{ user_id: null, session_id: null, ip_address: null }]);
  });

  it('an account whose job is lost is found at the next start, and once a day', async () => {
    const { userId } = await deletedPerson();
    await api.context.services.start();
    await gone(userId);
    await sweptOnce();
  });

  it('finds however many there are, each once', async () => {
    const ids = (await api.sql<{ user_id: string }>(`INSERT INTO "user" (password, status, erase_after) SELECT 'x', 'DELETED', now() FROM generate_series(1, 1200) RETURNING user_id`)).map(({ user_id }) => user_id);
    const { sweep, added } = erasures();
    await sweep();
    const found = added.flatMap(({ payload }) => ('userId' in payload ? [payload.userId as string] : []));
    expect(found.filter((id) => ids.includes(id)).sort()).toEqual(ids.sort());
    expect(new Set(found).size).toBe(found.length);
    expect(added.at(-1)).toMatchObject({ name: 'erase_overdue_accounts', options: { key: 'all', afterSeconds: 86_400 } });
    await api.sql('DELETE FROM "user" WHERE user_id = ANY ($1)', [ids]);
  });
});

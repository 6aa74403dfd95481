import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, startTwo, type Api } from '../../../test/harness.js';
import { memberOf } from '../../../test/holders.js';
import { until } from '../../../test/until.js';

/** Hundreds of requests on a machine that may do other things. */
jest.setTimeout(300_000);

let api: Api;
let other: Api;
let root: Account;
beforeAll(async () => {
  [api, other] = await startTwo();
  root = await signInRoot();
});
afterAll(() => api.close());

const signInRoot = async () => account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
const put = (status: string, userId: string, worker = api, by = root) => worker.client.send('PUT', `/users/${userId}/status`, { status }, { token: by.sessionToken });
const remove = (userId: string, worker = api) => worker.client.send('DELETE', `/users/${userId}`, undefined, { token: root.sessionToken });
const byPassword = ({ email }: Account, worker = api) => worker.client.post('/auth/login-with-password', { username: email, password: ADMIN.password });
const profile = (token: string, worker = api) => worker.client.get('/settings/profile', { token });
const refresh = (token: string, worker = api) => worker.client.post('/auth/refresh-token', { refresh_token: token });
/** Somebody with the administrator's password. */
const someoneWithPassword = async (): Promise<Account> => {
  const person = await signUp(api);
  await api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $1) WHERE user_id = $2`, [ADMIN.email, person.userId]);
  return person;
};
const codeTo = async (address: string, purpose?: string): Promise<string> => {
  await api.client.post('/auth/send-one-time-password', { user_id: address, channel: 'email', ...(purpose && { purpose }) });
  return api.codeFor(address);
};
const liveSessions = (userId: string) => api.sql('SELECT session_id FROM session WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()', [userId]);
const stateOf = async (userId: string) => {
  const [row] = await api.sql<{ status: string; is_active: boolean; closed_by_admin_at: Date | null }>('SELECT status, is_active, closed_by_admin_at FROM "user" WHERE user_id = $1', [userId]);
  return { label: labelOf(row!), isActive: row!.is_active };
};

/** A state as the entries tell them apart: whose deletion it is. */
const labelOf = ({ status, closed_by_admin_at: closed }: { status: string; closed_by_admin_at: unknown }) => `${status}${closed ? ' by an administrator' : ''}`;
/** What the owner does leads from one state to another, too. */
const STEPS_OF_OWNER: Record<string, readonly [string, string]> = { account_deactivated: ['ACTIVE', 'INACTIVE'], account_reactivated: ['INACTIVE', 'ACTIVE'], account_deleted: ['ACTIVE', 'DELETED'], account_restored: ['DELETED', 'ACTIVE'] };

/** The state that the entries lead to: each is a step, and whatever their order, only the last state is reached once more than it is left. */
async function stateByEntries(userId: string): Promise<string> {
  const entries = await api.sql<{ action: string; metadata: { before: Parameters<typeof labelOf>[0]; after: Parameters<typeof labelOf>[0] } }>(
    `SELECT action, metadata FROM activity_log WHERE (target_user_id = $1 AND module = 'users') OR (user_id = $1 AND action = ANY($2))`,
    [userId, Object.keys(STEPS_OF_OWNER)],
  );
  expect(entries.length).toBeGreaterThan(0);
  const surplus = new Map<string, number>([['ACTIVE', 1]]);
  const count = (state: string, by: number) => surplus.set(state, (surplus.get(state) ?? 0) + by);
  for (const { action, metadata } of entries) {
    const [from, to] = STEPS_OF_OWNER[action] ?? [labelOf(metadata.before), labelOf(metadata.after)];
    // A step that leads nowhere would be an entry of no change.
    expect([action, from === to]).toEqual([action, false]);
    count(from, -1);
    count(to, 1);
  }
  const reached = [...surplus].filter(([, times]) => times !== 0);
  expect(reached).toEqual([[expect.any(String), 1]]);
  return reached[0]![0];
}

describe('fifty at once', () => {
  const DOINGS: ((person: Account, worker: Api) => Promise<Answer>)[] = [
    ({ userId }, worker) => put('SUSPENDED', userId, worker),
    ({ userId }, worker) => put('ACTIVE', userId, worker),
    ({ userId }, worker) => remove(userId, worker),
    (person, worker) => byPassword(person, worker),
    (person, worker) => byPassword(person, worker),
    ({ sessionToken }, worker) => worker.client.post('/settings/deactivate-account', undefined, { token: sessionToken }),
    ({ sessionToken }, worker) => worker.client.post('/settings/delete-account', { confirm: true }, { token: sessionToken }),
  ];

  it.each([0, 1, 2, 3, 4, 5])('that suspend, activate, delete, sign in, come back and leave: the state is what the entries say, and no session outlives it (round %i)', async (round) => {
    const person = await someoneWithPassword();
    const devices = await Promise.all(Array.from({ length: 4 }, async () => account(person.email, (await byPassword(person)).body.data)));
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => DOINGS[(index * 3 + round) % DOINGS.length]!({ ...person, sessionToken: devices[index % 4]!.sessionToken }, index % 2 ? api : other)));
    expect(answers.filter(({ status }) => ![200, 401, 409, 429, 503].includes(status)).map(({ text }) => text)).toEqual([]);
    const { label, isActive } = await stateOf(person.userId);
    expect(await stateByEntries(person.userId)).toBe(label);
    expect(isActive).toBe(label === 'ACTIVE');
    const live = await liveSessions(person.userId);
    if (!isActive) expect(live).toEqual([]);
    const opened = answers.filter(({ status, body }) => status === 200 && body.data.session_token !== undefined).map(({ body }) => account(person.email, body.data));
    for (const device of [...devices, ...opened]) {
      const good = live.some(({ session_id }) => session_id === device.sessionId);
      for (const worker of [api, other]) expect([(await profile(device.sessionToken, worker)).status, device.sessionId]).toEqual([good ? 200 : 401, device.sessionId]);
    }
  });

  it.each([
    ['suspensions', (userId: string, worker: Api) => put('SUSPENDED', userId, worker), 'user_suspended'],
    ['deletions', (userId: string, worker: Api) => remove(userId, worker), 'user_deleted'],
  ] as const)('%s have one effect and one entry', async (_name, ask, action) => {
    const person = await signUp(api);
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(person.userId, index % 2 ? api : other)));
    expect(new Set(answers.filter(({ status }) => status !== 503).map(({ status, body }) => `${status} ${JSON.stringify(body.data)}`)).size).toBe(1);
    expect(await api.sql('SELECT FROM activity_log WHERE target_user_id = $1 AND action = $2', [person.userId, action])).toHaveLength(1);
  });
});

describe('B-07: at the same moment as a suspension', () => {
  // A new password and an undone change end sessions themselves: half of the rounds do without.
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('nobody gets in by password, code, refresh, a new password, or a change of address undone (round %i)', async (round) => {
    const person = await someoneWithPassword();
    const [phone, tablet] = [await signIn(api, person), await signIn(api, person)];
    const address = `new-${person.email}`;
    const changed = await api.client.post('/settings/change-email', { new_email: address, otp: await codeTo(address) }, { token: person.sessionToken });
    expect(changed.status).toBe(200);
    let undoToken: string | undefined;
    await until(async () => {
      undoToken = (await api.context.mailbox!.list()).map(({ to, text }) => (to === person.email ? /undo-contact-change\?token=([\w-]+)/.exec(text)?.[1] : undefined)).find(Boolean);
      return undoToken !== undefined;
    }, 30_000);
    const [login, reset] = [await codeTo(address, 'login'), await codeTo(address, 'reset')];
    const people = { ...person, email: address };
    const [suspended, ...answers] = await Promise.all([
      put('SUSPENDED', person.userId, other),
      ...Array.from({ length: 6 }, (_, index) => byPassword(people, index % 2 ? api : other)),
      api.client.post('/auth/login-with-otp', { user_id: address, channel: 'email', otp: login }),
      refresh(phone.refreshToken),
      refresh(tablet.refreshToken, other),
      ...(round % 2
        ? []
        : [
            api.client.post('/auth/forget-password', { user_id: address, otp: reset, password: 'Nine-Lives-9', confirm_password: 'Nine-Lives-9' }),
            api.client.post('/settings/undo-contact-change', { token: undoToken }),
          ]),
    ]);
    expect(suspended.status).toBe(200);
    expect(answers.filter(({ status }) => ![200, 400, 401, 429, 503].includes(status)).map(({ text }) => text)).toEqual([]);
    expect([await stateOf(person.userId), await liveSessions(person.userId)]).toEqual([{ label: 'SUSPENDED', isActive: false }, []]);
    const given = answers.filter(({ status, body }) => status === 200 && body.data.session_token !== undefined).map(({ body }) => account(address, body.data));
    for (const device of [person, phone, tablet, ...given]) {
      for (const worker of [api, other]) expect([(await profile(device.sessionToken, worker)).status, (await profile(device.accessToken, worker)).status]).toEqual([401, 401]);
      expect((await refresh(device.refreshToken)).status).toBe(401);
    }
  });
});

describe('D-06', () => {
  it('the last super administrator stays, also when the one who suspends him is closed meanwhile', async () => {
    const second = await memberOf(api, 'super_admin');
    const third = await memberOf(api, 'super_admin');
    await api.sql(`UPDATE "user" SET status = 'INACTIVE', is_active = false WHERE user_id = $1`, [root.userId]);
    const closer = new pg.Client({ connectionString: api.context.config.database.url });
    await closer.connect();
    try {
      await closer.query('BEGIN');
      await closer.query(`UPDATE "user" SET status = 'INACTIVE', is_active = false WHERE user_id = $1`, [third.userId]);
      const asked = put('SUSPENDED', second.userId, api, third);
      // It stands at the row of the one who is being closed; others may stand in line in other databases.
      await until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE OF m%'`)).length > 0, 30_000);
      await closer.query('COMMIT');
      expect([await asked].map(({ status, body }) => [status, body.error_key])).toEqual([[409, 'LAST_SUPER_ADMIN']]);
      expect([(await stateOf(second.userId)).label, (await profile(second.sessionToken)).status]).toEqual(['ACTIVE', 200]);
    } finally {
      await closer.end();
      await api.sql(`UPDATE "user" SET status = 'ACTIVE', is_active = true WHERE user_id = $1`, [root.userId]);
    }
  });

  it('two super administrators who suspend each other, round after round: one always remains', async () => {
    const pair = [await memberOf(api, 'super_admin'), await memberOf(api, 'super_admin')] as const;
    await api.sql(`UPDATE "user" SET status = 'INACTIVE', is_active = false WHERE user_id NOT IN ($1, $2)`, [pair[0].userId, pair[1].userId]);
    await api.context.changes.settled();
    for (let round = 0; round < 25; round += 1) {
      const answers = await Promise.all([put('SUSPENDED', pair[1].userId, api, pair[0]), put('SUSPENDED', pair[0].userId, other, pair[1])]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
      expect(await api.sql(`SELECT FROM "user" WHERE user_id IN ($1, $2) AND status = 'ACTIVE'`, [pair[0].userId, pair[1].userId])).toHaveLength(1);
      await api.sql(`UPDATE "user" SET status = 'ACTIVE', is_active = true WHERE user_id IN ($1, $2)`, [pair[0].userId, pair[1].userId]);
      await api.sql('UPDATE session SET revoked_at = NULL, revoke_reason = NULL WHERE session_id IN ($1, $2)', [pair[0].sessionId, pair[1].sessionId]);
      await api.context.changes.settled();
    }
  });
});

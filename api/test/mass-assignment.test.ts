import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createRoutes } from '../src/routes.js';
import type { Services } from '../src/context.js';
import { signUp, type Account } from './accounts.js';
import type { Answer } from './client.js';
import { startApi, type Api } from './harness.js';
import { memberOf } from './holders.js';
import { form, image } from './pictures.js';

jest.setTimeout(600_000);

/**
 * D-03 (ASVS 15.3.3): every column of `user`, and its relations, sent to every writing route of the table: beside a good request,
 * alone, nested and in the query string, by a member and by an administrator. The record of everybody is compared before and
 * after: nothing changes but what the route is documented to change, and nothing becomes what was sent.
 */
const writing = createRoutes({} as Services)
  .filter(({ method }) => method !== 'GET')
  .flatMap(({ method, path, aliases = [] }) => [path, ...aliases].map((each) => ({ method, path: each, name: `${method} ${each}` })));

type Row = Record<string, unknown> & { user_id: string };
type Person = Account & { code(): Promise<string> };

/** A route as it is documented: the body of a good request, and the columns of the account that it may then change. */
type Documented = {
  body?: (caller: Person, target: Account) => object | Promise<object>;
  ofCaller?: readonly string[];
  ofTarget?: readonly string[];
  adds?: true;
  /** Fields that it knows beside those of the good request, called as a column or relation is. */
  knows?: readonly string[];
};

/** Every change of a row is counted and dated. */
const COUNTED = ['version', 'last_updated'];
const CLOSED = ['status', 'is_active', ...COUNTED];
const PASSWORD = { password: 'Nine-Lives-9', confirm_password: 'Nine-Lives-9' };
const PROFILE = { body: () => ({ first_name: 'Ada' }), ofCaller: ['first_name', ...COUNTED], knows: ['last_name', 'user_name', 'bio', 'gender', 'dob'] };
const SIGNED_IN = ['last_sign_in_at', 'last_updated'];
const PICTURE = ['profile_picture_url', 'profile_picture_key', ...COUNTED];

/** Every other route changes no account, whatever it is sent. */
const DOCUMENTED: Record<string, Documented> = {
  'POST /auth/send-one-time-password': { body: ({ email }) => ({ user_id: email, channel: 'email' }) },
  'POST /auth/verify-one-time-password': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code() }) },
  'POST /auth/verify-email-and-phone': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code() }), ofCaller: ['email_verified_at', ...COUNTED] },
  'POST /auth/login-with-otp': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code() }), ofCaller: SIGNED_IN },
  'POST /auth/verify': { body: (_caller, { email }) => newcomer(`new-${email}`), adds: true },
  'POST /auth/set-password': { body: () => PASSWORD, ofCaller: ['password', 'password_changed_at', ...COUNTED] },
  'POST /auth/forget-password': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code(), ...PASSWORD }), ofCaller: ['password', 'password_changed_at', ...COUNTED] },
  'POST /auth/check-user-availability': { knows: ['user_id', 'email'] },
  'PUT /settings/profile': PROFILE,
  'POST /settings/update-profile': PROFILE,
  'POST /settings/profile-accessibility': { body: () => ({ profile_accessibility: 'private' }), ofCaller: ['profile_accessibility', ...COUNTED] },
  'POST /settings/profile-language': { body: () => ({ language: 'ar' }), ofCaller: ['language', ...COUNTED] },
  'POST /settings/update-theme': { body: () => ({ theme: 'dark' }), ofCaller: ['theme', ...COUNTED] },
  'POST /settings/update-timezone': { body: () => ({ timezone: 'Asia/Kuwait' }), ofCaller: ['timezone', ...COUNTED] },
  'POST /settings/change-email': {
    body: async (_caller, { email }) => ({ new_email: `moved-${email}`, otp: (await newcomer(`moved-${email}`)).otp }),
    ofCaller: ['email', 'email_verified_at', ...COUNTED],
    // The present one, for whoever has signed in long ago.
    knows: ['password'],
  },
  'POST /settings/deactivate-account': { body: () => ({}), ofCaller: [...CLOSED, 'deactivated_at'] },
  'POST /settings/delete-account': { body: () => ({ confirm: true }), ofCaller: [...CLOSED, 'erase_after'] },
  'POST /settings/profile-picture': { ofCaller: PICTURE },
  'POST /settings/update-profile-picture': { ofCaller: PICTURE },
  'DELETE /settings/profile-picture': { ofCaller: PICTURE },
  'PUT /users/:user_id/status': { body: () => ({ status: 'SUSPENDED' }), ofTarget: CLOSED },
  // The groups that he has.
  'POST /users/:user_id/groups': { body: () => ({ group_codenames: ['user'] }) },
  'POST /users': { body: (_caller, { email }) => ({ email: `invited-${email}` }), knows: ['first_name', 'last_name', 'group_codenames'] },
  'POST /permissions': { body: (_caller, { userId }) => ({ name: userId, codename: `p_${userId}` }) },
  'PUT /permissions/:permission_id': { body: () => ({ description: 'x' }) },
  'POST /groups': { body: (_caller, { userId }) => ({ name: userId, codename: `g_${userId}`, is_active: true }) },
  'PUT /groups/:group_id': { body: () => ({ description: 'x', is_active: true }) },
  'POST /groups/:group_id/permissions': { body: () => ({ permission_ids: [] }) },
  'DELETE /users/:user_id': { ofTarget: [...CLOSED, 'erase_after', 'closed_by_admin_at'] },
};

let api: Api;
let hostile: Record<string, unknown>;
let tinyImage: Buffer;
beforeAll(async () => {
  api = await startApi();
  tinyImage = await image();
  hostile = { ...(await hostileColumns()), ...RELATIONS };
});
afterAll(() => api.close());

/** What nobody has, so that it is recognised wherever it turns up. */
const MARK = 'mass-assigned';
const STOLEN_ID = 'b0bacafe-0000-4000-8000-00000000d003';
const LONG_AGO = '2001-02-03T04:05:06.000Z';

async function hostileColumns(): Promise<Record<string, unknown>> {
  const columns = await api.sql<{ column_name: string; data_type: string }>(`SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'user'`);
  expect(columns.length).toBeGreaterThan(35);
  return Object.fromEntries(columns.map(({ column_name: column, data_type: type }) => [column, valueFor(column, type)]));
}

/** A value that is never the one that is there: flags are turned by `inverted`. */
function valueFor(column: string, type: string): unknown {
  if (column === 'status') return 'SUSPENDED';
  if (column === 'email') return `${MARK}@example.com`;
  if (type === 'boolean') return true;
  if (type === 'uuid') return STOLEN_ID;
  if (type.startsWith('timestamp')) return LONG_AGO;
  if (type === 'integer') return 4_242;
  return type === 'jsonb' ? { phone: `+96550000${MARK.length}` } : MARK;
}

const GROUP = { group: { connect: { codename: 'super_admin' } } };
/** As the data mapper of the reference would have taken them, and as the tables are called. */
const RELATIONS = {
  user_groups: { create: [GROUP], connect: [{ user_group_id: STOLEN_ID }], set: [] },
  userGroups: { create: [GROUP] },
  activity_logs: { create: [{ message: MARK, action: MARK, level: 'audit' }], connect: [{ log_id: STOLEN_ID }], deleteMany: {} },
  activityLogs: { create: [{ message: MARK }] },
  sessions: { deleteMany: {} },
  groups: ['super_admin'],
  group_codenames: ['super_admin'],
  permissions: ['delete_user'],
  is_super_admin: true,
  role: 'super_admin',
  __proto: { is_protected: true },
};

/** The same with every flag the other way round. */
const inverted = (): Record<string, unknown> => ({ ...Object.fromEntries(Object.entries(hostile).map(([name, value]) => [name, value === true ? false : value])), status: 'ACTIVE', is_trashed: true });

async function newcomer(email: string): Promise<{ user_id: string; channel: string; otp: string }> {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
  return { user_id: email, channel: 'email', otp: await api.codeFor(email) };
}

async function personOf(group: 'user' | 'super_admin'): Promise<Person> {
  const person = await memberOf(api, group);
  return { ...person, code: async () => (await newcomer(person.email)).otp };
}

const everybody = () => api.sql<Row>('SELECT * FROM "user"');
const memberships = () => api.sql('SELECT * FROM user_group ORDER BY user_group_id');
/** What was sent, wherever it has been written. */
const marked = (rows: unknown) => JSON.stringify(rows).match(new RegExp(`${MARK}|${STOLEN_ID}|2001-02-03`))?.[0];

type Way = { name: string; send(path: string, method: string, good: object | undefined, token: string): Promise<Answer> };

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const asQuery = (values: Record<string, unknown>) => new URLSearchParams(Object.entries(values).map(([name, value]) => [name, textOf(value)] as [string, string])).toString();

/** How it is sent. A field that the route knows keeps its good value, so that the request goes as far as it can. */
const WAYS: Way[] = [
  { name: 'beside a good request', send: (path, method, good, token) => api.client.send(method, path, { ...hostile, ...good }, { token }) },
  { name: 'with the flags the other way round', send: (path, method, good, token) => api.client.send(method, path, { ...inverted(), ...good }, { token }) },
  { name: 'nested', send: (path, method, good, token) => api.client.send(method, path, { ...good, user: hostile, data: hostile, profile: inverted(), update: hostile, create: hostile }, { token }) },
  { name: 'in the query string of a good request', send: (path, method, good, token) => api.client.send(method, `${path}?${asQuery(hostile)}`, good, { token }) },
  { name: 'in parts of the query string', send: (path, method, good, token) => api.client.send(method, `${path}?${Object.keys(hostile).map((name) => `user[${name}]=true&data.${name}=true`).join('&')}`, good, { token }) },
];

function changesOf(before: Row[], after: Row[]): Map<string, string[]> {
  const known = new Map(before.map((row) => [row.user_id, row]));
  const changes = new Map<string, string[]>();
  for (const row of after) {
    const old = known.get(row.user_id);
    const changed = old ? Object.keys(row).filter((column) => JSON.stringify(row[column]) !== JSON.stringify(old[column])) : ['added'];
    if (changed.length > 0) changes.set(row.user_id, changed);
    known.delete(row.user_id);
  }
  for (const userId of known.keys()) changes.set(userId, ['removed']);
  return changes;
}

type Prepared = { path: string; good: object | undefined; caller: Person };

/**
 * A route that refuses a body with fields that it does not know would also refuse one that it should not know, for the sake of
 * the others. So each is sent alone beside a good request.
 * @returns the fields that were taken, or changed what they should not
 */
async function takenAlone(prepare: () => Promise<Prepared>, method: string, { ofCaller = [], knows = [] }: Documented): Promise<string[]> {
  const taken: string[] = [];
  let prepared = await prepare();
  let before = await everybody();
  for (const [field, value] of Object.entries(hostile)) {
    const { path, good, caller } = prepared;
    if (good && field in good) continue;
    const answer = await api.client.send(method, path, { ...good, [field]: value }, { token: caller.sessionToken });
    if (answer.status === 400) continue;
    const changed = [...changesOf(before, await everybody())].flatMap(([userId, columns]) => columns.filter((column) => userId !== caller.userId || ![field, ...ofCaller].includes(column)));
    if (!knows.includes(field) || changed.length > 0) taken.push(`${field}: ${answer.status} ${changed.join(', ')}`);
    // Its code is used up by now.
    prepared = await prepare();
    before = await everybody();
  }
  // What was refused has changed nothing.
  expect(changesOf(before, await everybody())).toEqual(new Map());
  return taken;
}

/** A path to somebody else's things; a group or permission is a new one, which nobody has. */
async function fill(path: string, target: Account): Promise<string> {
  const [group] = path.includes(':group_id') ? await api.sql<{ id: string }>('INSERT INTO "group" (name, codename) VALUES ($1, $1) RETURNING group_id AS id', [`at ${randomUUID()}`]) : [];
  const [permission] = path.includes(':permission_id') ? await api.sql<{ id: string }>('INSERT INTO permission (name, codename) VALUES ($1, $1) RETURNING permission_id AS id', [`at ${randomUUID()}`]) : [];
  const things: Record<string, string | undefined> = { user_id: target.userId, session_id: target.sessionId, group_id: group?.id, permission_id: permission?.id };
  return path.replace(/:(\w+)/g, (_parameter, name: string) => things[name] ?? STOLEN_ID);
}

describe.each(writing)('$name', ({ method, path, name }) => {
  const documented = DOCUMENTED[name] ?? {};
  const { body, ofCaller = [], ofTarget = [], adds = false } = documented;

  it.each(['user', 'super_admin'] as const)('D-03: sent by a member of %s, no column changes that it is not documented to change', async (group) => {
    let people: [Person, Account] | undefined;
    for (const way of WAYS) {
      people ??= [await personOf(group), await signUp(api)];
      const [caller, target] = people;
      const good = await body?.(caller, target);
      const [before, groups] = [await everybody(), await memberships()];
      const answer = await way.send(await fill(path, target), method, good, caller.sessionToken);
      expect({ name, way: way.name, fails: answer.status >= 500, text: answer.status >= 500 ? answer.text : '' }).toEqual({ name, way: way.name, fails: false, text: '' });
      // Whoever has been signed out, closed or changed is no caller for the next.
      if (answer.status < 400) people = undefined;
      const after = await everybody();
      const added = after.filter(({ user_id }) => !before.some((row) => row.user_id === user_id));
      const undocumented = [...changesOf(before, after)].flatMap(([userId, columns]) => {
        const allowed = userId === caller.userId ? ofCaller : userId === target.userId ? ofTarget : adds && added.some(({ user_id }) => user_id === userId) ? ['added'] : [];
        return columns.filter((column) => !allowed.includes(column)).map((column) => `${column} of ${userId === caller.userId ? 'the caller' : userId === target.userId ? 'somebody else' : 'a stranger'}`);
      });
      const changedRows = after.filter((row) => JSON.stringify(before.find(({ user_id }) => user_id === row.user_id)) !== JSON.stringify(row));
      expect({ name, way: way.name, undocumented, marked: marked(changedRows) }).toEqual({ name, way: way.name, undocumented: [], marked: undefined });
      // Whoever is new is what everybody new is.
      for (const row of added) expect(row).toMatchObject({ status: 'ACTIVE', is_active: true, is_verified: true, is_protected: false, is_trashed: false, is_phone_verified: false, user_type: 'customer', invited_by_user_id: null, closed_by_admin_at: null });
      const newOnes = added.map(({ user_id }) => user_id);
      expect((await memberships()).filter(({ user_id }) => !newOnes.includes(String(user_id)))).toEqual(groups);
      for (const userId of newOnes) expect(await api.sql('SELECT g.codename FROM user_group JOIN "group" g USING (group_id) WHERE user_id = $1', [userId])).toEqual([{ codename: 'user' }]);
    }
    const prepare = async (): Promise<Prepared> => {
      const [caller, target] = [await personOf(group), await signUp(api)];
      return { path: await fill(path, target), good: await body?.(caller, target), caller };
    };
    const { path: filled, good, caller } = await prepare();
    const { status } = await WAYS[0]!.send(filled, method, good, caller.sessionToken);
    if (status === 400) expect({ name, taken: await takenAlone(prepare, method, documented) }).toEqual({ name, taken: [] });
  });
});

describe('what was sent', () => {
  it('is in no other table, but for an invitation that says the names of whom it invites', async () => {
    for (const table of ['"group"', 'permission', 'session']) expect([table, marked(await api.sql(`SELECT * FROM ${table}`))]).toEqual([table, undefined]);
    expect(marked(await api.sql<Row>('SELECT * FROM invitation').then((rows) => rows.map(({ first_name: _first, last_name: _last, ...row }) => row)))).toBeUndefined();
    expect(await api.sql(`SELECT * FROM activity_log WHERE message LIKE '%${MARK}%' OR action LIKE '%${MARK}%' OR module LIKE '%${MARK}%'`)).toEqual([]);
  });
});

describe('the trial itself', () => {
  it.each(Object.entries(DOCUMENTED).filter(([, { ofCaller, ofTarget, adds }]) => ofCaller ?? ofTarget ?? adds))('%s: its good request changes what is documented, so that the others had something to change', async (name, { body, ofCaller, ofTarget, adds }) => {
    const [method, path] = name.split(' ') as [string, string];
    const [caller, target] = [await personOf(path.startsWith('/users') ? 'super_admin' : 'user'), await signUp(api)];
    if (path.includes('picture')) await api.client.post('/settings/profile-picture', undefined, { token: caller.sessionToken, raw: form(tinyImage) });
    const good = await body?.(caller, target);
    const before = await everybody();
    const options = { token: caller.sessionToken, ...(path.includes('picture') && method === 'POST' ? { raw: form(tinyImage) } : {}) };
    expect((await api.client.send(method, await fill(path, target), good, options)).status).toBe(200);
    const changes = changesOf(before, await everybody());
    const changed = changes.get(ofTarget ? target.userId : caller.userId) ?? [];
    const expected = ofTarget ?? ofCaller ?? [];
    expect(changed.filter((column) => !expected.includes(column))).toEqual([]);
    expect(adds ? [...changes.values()].flat() : changed).not.toEqual([]);
  });

  it('names routes that are there', () => {
    expect(Object.keys(DOCUMENTED).filter((name) => !writing.some((route) => route.name === name))).toEqual([]);
  });
});

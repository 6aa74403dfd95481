import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createRoutes } from '../src/routes.js';
import type { Services } from '../src/context.js';
import { signUp, type Account } from './accounts.js';
import type { Answer } from './client.js';
import { somebodysPhone } from './codes.js';
import { someone, startApi, type Api } from './harness.js';
import { memberOf } from './holders.js';
import { setPassword } from './passwords.js';
import { form, image } from './pictures.js';
import { plantCode } from './planted-codes.js';
import { until } from './until.js';
import { followUsers, type UserChange, type UserFollower } from './user-changes.js';

jest.setTimeout(600_000);

/**
 * D-03 (ASVS 15.3.3): every column of `user`, and its relations, sent to every writing route of the table: beside a good request,
 * alone, nested and in the query string, by a member and by an administrator. The record of everybody is compared before and
 * after: nothing changes but what the route is documented to change, and nothing becomes what was sent.
 */
const writing = createRoutes({} as Services)
  .filter(({ method }) => method !== 'GET')
  .flatMap(({ method, path, aliases = [] }) => [path, ...aliases].map((each) => ({ method, path: each, name: `${method} ${each}` })));

type Person = Account & { code(): Promise<string> };

/** A route as it is documented: the body of a good request, and the columns of the account that it may then change. */
type Documented = {
  body?: (caller: Person, target: Account) => object | Promise<object>;
  ofCaller?: readonly string[];
  ofTarget?: readonly string[];
  adds?: true;
  /** Takes a picture, and no JSON. */
  file?: true;
  /** Fields that it knows beside those of the good request, called as a column or relation is. */
  knows?: readonly string[];
};

/** Every change of a row is counted and dated. */
const COUNTED = ['version', 'last_updated'];
const CLOSED = ['status', 'is_active', ...COUNTED];
const PASSWORD = { password: 'Nine-Lives-9', confirm_password: 'Nine-Lives-9' };
const PROFILE = { body: () => ({ first_name: 'Ada' }), ofCaller: ['first_name', ...COUNTED], knows: ['last_name', 'user_name', 'bio', 'gender', 'dob'] };
const SIGNED_IN = ['last_sign_in_at', 'last_updated'];
const BY_PASSWORD = {
  body: async (caller: Person) => {
    await setPassword(api, caller, PASSWORD);
    return { username: caller.email, password: PASSWORD.password };
  },
  ofCaller: SIGNED_IN,
};
const PICTURE = ['profile_picture_url', 'profile_picture_key', ...COUNTED];
const UPLOAD = { file: true, ofCaller: PICTURE } as const;

/** A new address with the code that it was sent. */
const newEmail = async (email = someone()) => ({ new_email: email, otp: await plantCode(api, email, '123456', { channel: 'email' }) });

/** Every other route changes no account, whatever it is sent. */
const DOCUMENTED: Record<string, Documented> = {
  'POST /auth/send-one-time-password': { body: ({ email }) => ({ user_id: email, channel: 'email' }) },
  'POST /auth/verify-one-time-password': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code() }) },
  'POST /auth/verify-email-and-phone': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code() }), ofCaller: ['email_verified_at', ...COUNTED] },
  'POST /auth/login-with-otp': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code() }), ofCaller: SIGNED_IN },
  'POST /auth/login-with-password': BY_PASSWORD,
  'POST /token': BY_PASSWORD,
  'POST /auth/refresh-token': { body: ({ refreshToken }) => ({ refresh_token: refreshToken }) },
  'POST /auth/verify': { body: () => newcomer(someone()), adds: true },
  'POST /auth/set-password': { body: () => PASSWORD, ofCaller: ['password', 'password_changed_at', ...COUNTED] },
  'POST /auth/change-password': {
    body: async (caller) => {
      await setPassword(api, caller, PASSWORD);
      return { old_password: PASSWORD.password, password: 'Ten-Lives-10', confirm_password: 'Ten-Lives-10' };
    },
    ofCaller: ['password', 'password_changed_at', ...COUNTED],
  },
  'POST /auth/forget-password': { body: async ({ email, code }) => ({ user_id: email, channel: 'email', otp: await code(), ...PASSWORD }), ofCaller: ['password', 'password_changed_at', ...COUNTED] },
  'POST /auth/check-user-availability': { knows: ['user_id', 'email'] },
  'PUT /settings/profile': PROFILE,
  'POST /settings/update-profile': PROFILE,
  'POST /settings/profile-accessibility': { body: () => ({ profile_accessibility: 'private' }), ofCaller: ['profile_accessibility', ...COUNTED] },
  'POST /settings/profile-language': { body: () => ({ language: 'ar' }), ofCaller: ['language', ...COUNTED] },
  'POST /settings/update-theme': { body: () => ({ theme: 'dark' }), ofCaller: ['theme', ...COUNTED] },
  'POST /settings/update-timezone': { body: () => ({ timezone: 'Asia/Kuwait' }), ofCaller: ['timezone', ...COUNTED] },
  'POST /settings/change-email': {
    body: () => newEmail(),
    ofCaller: ['email', 'email_verified_at', ...COUNTED],
    // The present one, for whoever has signed in long ago.
    knows: ['password'],
  },
  'POST /settings/change-phone': {
    body: async () => {
      const phone = somebodysPhone();
      return { new_phone: phone, otp: await plantCode(api, phone, '123456') };
    },
    ofCaller: ['phone_number', 'phone_e164', 'is_phone_verified', 'phone_number_verified_at', ...COUNTED],
    knows: ['password'],
  },
  'POST /settings/send-phone-otp': { body: () => ({ phone: somebodysPhone(), channel: 'sms' }) },
  'POST /settings/undo-contact-change': {
    body: async ({ email, sessionToken }) => {
      await api.client.post('/settings/change-email', await newEmail(), { token: sessionToken });
      return { token: await undoTokenSentTo(email) };
    },
    ofCaller: ['email', 'email_verified_at', 'password', 'password_changed_at', ...COUNTED],
  },
  'POST /settings/deactivate-account': { body: () => ({}), ofCaller: [...CLOSED, 'deactivated_at'] },
  'POST /settings/delete-account': { body: () => ({ confirm: true }), ofCaller: [...CLOSED, 'erase_after'] },
  'POST /settings/profile-picture': UPLOAD,
  'POST /settings/update-profile-picture': UPLOAD,
  'DELETE /settings/profile-picture': {
    body: async ({ sessionToken }) => {
      await api.client.post('/settings/profile-picture', undefined, { token: sessionToken, raw: form(tinyImage) });
      return {};
    },
    ofCaller: PICTURE,
  },
  'PUT /users/:user_id/status': { body: () => ({ status: 'SUSPENDED' }), ofTarget: CLOSED },
  // The groups that he has.
  'POST /users/:user_id/groups': { body: () => ({ group_codenames: ['user'] }) },
  'POST /users': { body: () => ({ email: someone() }), knows: ['first_name', 'last_name', 'group_codenames'] },
  'POST /permissions': { body: () => named('p') },
  'PUT /permissions/:permission_id': { body: () => ({ description: 'x' }) },
  'POST /groups': { body: () => ({ ...named('g'), is_active: true }) },
  'PUT /groups/:group_id': { body: () => ({ description: 'x', is_active: true }) },
  'POST /groups/:group_id/permissions': { body: () => ({ permission_ids: [] }) },
  'DELETE /users/:user_id': { ofTarget: [...CLOSED, 'erase_after', 'closed_by_admin_at'] },
};

let api: Api;
let users: UserFollower;
let hostile: Record<string, unknown>;
let tinyImage: Buffer;
beforeAll(async () => {
  api = await startApi({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp' } });
  users = await followUsers(api);
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

const UNDO_LINK = /undo-contact-change\?token=([\w-]+)/;

/** The token of the notice that an address got, waited for. */
async function undoTokenSentTo(address: string): Promise<string> {
  let token: string | undefined;
  await until(async () => {
    token = (await api.context.mailbox!.list()).flatMap(({ to, text }) => (to === address && UNDO_LINK.exec(text)?.[1]) || [])[0];
    return token !== undefined;
  });
  return token!;
}

function named(kind: string): { name: string; codename: string } {
  const codename = `${kind}_${randomUUID()}`;
  return { name: codename, codename };
}

const memberships = () => api.sql('SELECT * FROM user_group ORDER BY user_group_id');
/** What was sent, wherever it has been written. */
const marked = (rows: unknown) => JSON.stringify(rows).match(new RegExp(`${MARK}|${STOLEN_ID}|2001-02-03`))?.[0];

type Sent = { method: string; path: string; good: object | undefined; token: string };
type Way = { name: string; send(sent: Sent): Promise<Answer> };

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const asQuery = (values: Record<string, unknown>) => new URLSearchParams(Object.entries(values).map(([name, value]) => [name, textOf(value)] as [string, string])).toString();

const inQuery = () => asQuery(hostile);
const inPartsOfQuery = () => Object.keys(hostile).map((name) => `user[${name}]=true&data.${name}=true`).join('&');

/** How it is sent. A field that the route knows keeps its good value, so that the request goes as far as it can. */
const WAYS: Way[] = [
  { name: 'beside a good request', send: ({ method, path, good, token }) => api.client.send(method, path, { ...hostile, ...good }, { token }) },
  { name: 'with the flags the other way round', send: ({ method, path, good, token }) => api.client.send(method, path, { ...inverted(), ...good }, { token }) },
  { name: 'nested', send: ({ method, path, good, token }) => api.client.send(method, path, { ...good, user: hostile, data: hostile, profile: inverted(), update: hostile, create: hostile }, { token }) },
  { name: 'in the query string of a good request', send: ({ method, path, good, token }) => api.client.send(method, `${path}?${inQuery()}`, good, { token }) },
  { name: 'in parts of the query string', send: ({ method, path, good, token }) => api.client.send(method, `${path}?${inPartsOfQuery()}`, good, { token }) },
];

/** So many fields pass beside a file. */
const FIELDS_BESIDE_A_FILE = 10;

/** Uploads a good picture again and again, until each field was sent beside one. */
async function uploadBeside(fields: Record<string, unknown>, { method, path, token }: Sent): Promise<Answer> {
  const left = Object.entries(fields);
  let answer: Answer;
  do {
    const body = new FormData();
    for (const [name, value] of left.splice(0, FIELDS_BESIDE_A_FILE)) body.append(name, textOf(value));
    body.append('file', new Blob([tinyImage], { type: 'image/png' }), 'me.png');
    answer = await api.client.send(method, path, undefined, { token, raw: body });
    expect(answer.status).toBe(200);
  } while (left.length > 0);
  return answer;
}

const FILE_WAYS: Way[] = [
  { name: 'as parts before a good file', send: (sent) => uploadBeside(hostile, sent) },
  { name: 'with the flags the other way round', send: (sent) => uploadBeside(inverted(), sent) },
  { name: 'nested', send: (sent) => uploadBeside({ user: { is_protected: true }, 'user[is_protected]': 'true', 'data.status': 'SUSPENDED', 'update[profile_picture_key]': MARK, 'user[user_type]': MARK }, sent) },
  { name: 'in the query string of a good upload', send: (sent) => uploadBeside({}, { ...sent, path: `${sent.path}?${inQuery()}` }) },
  { name: 'in parts of the query string', send: (sent) => uploadBeside({}, { ...sent, path: `${sent.path}?${inPartsOfQuery()}` }) },
];

type Prepared = { path: string; good: object | undefined; caller: Person };

/**
 * A route that refuses a body with fields that it does not know would also refuse one that it should not know, for the sake of
 * the others. So each is sent alone beside a good request.
 * @returns the fields that were taken, or changed what they should not
 */
async function takenAlone(prepare: () => Promise<Prepared>, method: string, { ofCaller = [], knows = [] }: Documented): Promise<string[]> {
  const taken: string[] = [];
  let prepared = await prepare();
  await users.remember();
  for (const [field, value] of Object.entries(hostile)) {
    const { path, good, caller } = prepared;
    if (good && field in good) continue;
    const answer = await api.client.send(method, path, { ...good, [field]: value }, { token: caller.sessionToken });
    if (answer.status === 400) continue;
    const changed = (await users.changes()).flatMap(({ userId, columns }) => columns.filter((column) => userId !== caller.userId || ![field, ...ofCaller].includes(column)));
    if (!knows.includes(field) || changed.length > 0) taken.push(`${field}: ${answer.status} ${changed.join(', ')}`);
    // Its code is used up by now.
    prepared = await prepare();
    await users.remember();
  }
  // What was refused has changed nothing.
  expect(await users.changes()).toEqual([]);
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
  const { body, ofCaller = [], ofTarget = [], adds = false, file = false } = documented;

  it.each(['user', 'super_admin'] as const)('D-03: sent by a member of %s, no column changes that it is not documented to change', async (group) => {
    let caller: Person | undefined;
    let target: Account | undefined;
    for (const way of file ? FILE_WAYS : WAYS) {
      caller ??= await personOf(group);
      target ??= await signUp(api);
      const sent = { method, path: await fill(path, target), good: await body?.(caller, target), token: caller.sessionToken };
      const groups = await memberships();
      await users.remember();
      const answer = await way.send(sent);
      expect({ name, way: way.name, fails: answer.status >= 500, text: answer.status >= 500 ? answer.text : '' }).toEqual({ name, way: way.name, fails: false, text: '' });
      const changes = await users.changes();
      const added = changes.filter(({ columns }) => columns.includes('added'));
      const who = ({ userId }: UserChange) => (userId === caller?.userId ? 'the caller' : userId === target?.userId ? 'somebody else' : 'a stranger');
      const allowed = { 'the caller': ofCaller, 'somebody else': ofTarget, 'a stranger': adds ? ['added'] : [] };
      const undocumented = changes.flatMap((change) => change.columns.filter((column) => !allowed[who(change)].includes(column)).map((column) => `${column} of ${who(change)}`));
      expect({ name, way: way.name, undocumented, marked: marked(changes.map(({ row }) => row)) }).toEqual({ name, way: way.name, undocumented: [], marked: undefined });
      // Whoever is new is what everybody new is.
      for (const { row } of added) expect(row).toMatchObject({ status: 'ACTIVE', is_active: true, is_verified: true, is_protected: false, is_trashed: false, is_phone_verified: false, user_type: 'customer', invited_by_user_id: null, closed_by_admin_at: null });
      const newOnes = added.map(({ userId }) => userId);
      expect((await memberships()).filter(({ user_id }) => !newOnes.includes(String(user_id)))).toEqual(groups);
      for (const userId of newOnes) expect(await api.sql('SELECT g.codename FROM user_group JOIN "group" g USING (group_id) WHERE user_id = $1', [userId])).toEqual([{ codename: 'user' }]);
      // Whoever has been signed out, closed or changed is nobody for the next.
      if (answer.status < 400) caller = undefined;
      if (answer.status < 400 && path.includes(':')) target = undefined;
    }
    if (file) return;
    const prepare = async (): Promise<Prepared> => {
      const [caller, target] = [await personOf(group), await signUp(api)];
      return { path: await fill(path, target), good: await body?.(caller, target), caller };
    };
    const { path: filled, good, caller: { sessionToken } } = await prepare();
    const { status } = await WAYS[0]!.send({ method, path: filled, good, token: sessionToken });
    if (status === 400) expect({ name, taken: await takenAlone(prepare, method, documented) }).toEqual({ name, taken: [] });
  });
});

describe('what was sent', () => {
  it('is in no other table, but for an invitation that says the names of whom it invites', async () => {
    for (const table of ['"group"', 'permission', 'session']) expect([table, marked(await api.sql(`SELECT * FROM ${table}`))]).toEqual([table, undefined]);
    expect(marked(await api.sql('SELECT * FROM invitation').then((rows) => rows.map(({ first_name: _first, last_name: _last, ...row }) => row)))).toBeUndefined();
    expect(await api.sql(`SELECT * FROM activity_log WHERE message LIKE '%${MARK}%' OR action LIKE '%${MARK}%' OR module LIKE '%${MARK}%'`)).toEqual([]);
  });
});

describe('the trial itself', () => {
  it.each(Object.entries(DOCUMENTED).filter(([, { body, file }]) => body ?? file))('%s: its good request is accepted and changes what is documented, so that the others had something to change', async (name, { body, ofCaller, ofTarget, adds, file }) => {
    const [method, path] = name.split(' ') as [string, string];
    const [caller, target] = [await personOf(path.startsWith('/settings') || path.startsWith('/auth') ? 'user' : 'super_admin'), await signUp(api)];
    const good = await body?.(caller, target);
    const filled = await fill(path, target);
    await users.remember();
    const { status, text } = await api.client.send(method, filled, good, { token: caller.sessionToken, ...(file && { raw: form(tinyImage) }) });
    expect({ accepted: status < 300, text: status < 300 ? '' : text }).toEqual({ accepted: true, text: '' });
    const changes = await users.changes();
    const changed = changes.filter(({ userId }) => userId === (ofTarget ? target : caller).userId).flatMap(({ columns }) => columns);
    const expected = ofTarget ?? ofCaller ?? [];
    expect(changed.filter((column) => !expected.includes(column))).toEqual([]);
    expect((adds ? changes : changed).length > 0).toBe(Boolean(ofTarget ?? ofCaller ?? adds));
  });

  it('names routes that are there', () => {
    expect(Object.keys(DOCUMENTED).filter((name) => !writing.some((route) => route.name === name))).toEqual([]);
  });
});

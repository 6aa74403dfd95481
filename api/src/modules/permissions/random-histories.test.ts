import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { createRandom, type Random } from '../../../simulate/lib/random.js';
import { createDatabase } from '../../../test/harness.js';
import { createRecordingLogger } from '../../../test/recording-logger.js';
import { emptyWorld, heldBy, setOf, type World } from '../../../test/reference-rights.js';
import { createPostgres, type Database } from '../../infra/postgres.js';
import { presentPermissions } from './user-permissions.presenter.js';
import { createUserPermissionsRepo } from './user-permissions.repo.js';

/** Tens of thousands of questions, on a machine that may do other things. */
jest.setTimeout(1_200_000);

const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));
/** One a user. */
const HISTORIES = 10_000;
const TRANSACTIONS = 1_000;
/** So many begin with a permission by two groups, and some of them with the group of super administrators: whatever comes after it, not all histories are empty. */
const CERTAIN = 1_000;
const CERTAIN_SUPER_ADMINS = 100;
const USERS_A_CHANGE = 60;
const QUESTIONS_A_USER = 2;
const CONNECTIONS = 4;

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;
let writer: pg.Client;
beforeAll(async () => {
  database = await createDatabase();
  db = createPostgres({ url: database.url, poolMax: CONNECTIONS, poolMin: 0, idleTimeoutMs: 1_000, connectionTimeoutMs: 60_000, statementTimeoutMs: 60_000 }, createRecordingLogger());
  writer = new pg.Client({ connectionString: database.url });
  await writer.connect();
  // Neither how a session writes dates nor where it is may matter.
  await writer.query(`SET timezone = 'Asia/Kathmandu'; SET datestyle = 'SQL, DMY'`);
});
afterAll(async () => {
  await writer.end();
  await db.close();
  await database.drop();
});

type Pair = { user_id: string; group_id: string };
/** A change as the database makes it, and the same to a plain world. */
type Change = { text: string; values?: unknown[]; to(world: World): void };

const columns = (pairs: readonly Pair[]) => [pairs.map(({ user_id }) => user_id), pairs.map(({ group_id }) => group_id)];

const grant = (pairs: readonly Pair[]): Change => ({
  text: 'INSERT INTO user_group (user_id, group_id) SELECT * FROM unnest($1::uuid[], $2::uuid[]) ON CONFLICT (user_id, group_id) DO NOTHING',
  values: columns(pairs),
  to: ({ memberships }) => pairs.forEach(({ user_id, group_id }) => setOf(memberships, user_id).add(group_id)),
});
const revoke = (pairs: readonly Pair[]): Change => ({
  text: 'DELETE FROM user_group m USING unnest($1::uuid[], $2::uuid[]) AS p (u, g) WHERE m.user_id = p.u AND m.group_id = p.g',
  values: columns(pairs),
  to: ({ memberships }) => pairs.forEach(({ user_id, group_id }) => memberships.get(user_id)?.delete(group_id)),
});
const clear = (users: readonly string[]): Change => ({
  text: 'DELETE FROM user_group WHERE user_id = ANY ($1)',
  values: [users],
  to: ({ memberships }) => users.forEach((user) => memberships.delete(user)),
});
const move = (from: string, to: string): Change => ({
  text: 'UPDATE user_group m SET group_id = $2 WHERE m.group_id = $1 AND NOT EXISTS (SELECT FROM user_group o WHERE o.user_id = m.user_id AND o.group_id = $2)',
  values: [from, to],
  to: ({ memberships }) => memberships.forEach((groups) => groups.has(from) && !groups.has(to) && groups.delete(from) && groups.add(to)),
});
const map = (groupId: string, permissionId: string): Change => ({
  text: 'INSERT INTO group_permission (group_id, permission_id) VALUES ($1, $2) ON CONFLICT (group_id, permission_id) DO NOTHING',
  values: [groupId, permissionId],
  to: ({ mappings }) => setOf(mappings, groupId).add(permissionId),
});
const unmap = (groupId: string, permissionId: string): Change => ({
  text: 'DELETE FROM group_permission WHERE group_id = $1 AND permission_id = $2',
  values: [groupId, permissionId],
  to: ({ mappings }) => mappings.get(groupId)?.delete(permissionId),
});
/** A table is not truncated while triggers of it are to come. */
const unmapAll: Change = { text: 'SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE group_permission; SET CONSTRAINTS ALL DEFERRED', to: ({ mappings }) => mappings.clear() };
const putGroup = (id: string, codename: string, name: string, isActive: boolean): Change => ({
  text: 'INSERT INTO "group" (group_id, codename, name, is_active) VALUES ($1, $2, $3, $4) ON CONFLICT (group_id) DO UPDATE SET codename = $2, name = $3, is_active = $4',
  values: [id, codename, name, isActive],
  to: ({ groups }) => groups.set(id, { codename, name, is_active: isActive }),
});
const dropGroup = (id: string): Change => ({
  text: 'DELETE FROM "group" WHERE group_id = $1',
  values: [id],
  to({ groups, mappings, memberships }) {
    groups.delete(id);
    mappings.delete(id);
    for (const ofUser of memberships.values()) ofUser.delete(id);
  },
});
const putPermission = (id: string, codename: string, name: string, description: string | null, category: string | null): Change => ({
  text: `INSERT INTO permission (permission_id, codename, name, description, category) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (permission_id) DO UPDATE SET codename = $2, name = $3, description = $4, category = $5`,
  values: [id, codename, name, description, category],
  to: ({ permissions }) => permissions.set(id, { codename, name, description, category }),
});
const dropPermission = (id: string): Change => ({
  text: 'DELETE FROM permission WHERE permission_id = $1',
  values: [id],
  to({ permissions, mappings }) {
    permissions.delete(id);
    for (const ofGroup of mappings.values()) ofGroup.delete(id);
  },
});

/** What may be done next to a world: one or more changes that belong together. */
function choose(random: Random, world: World, users: readonly string[]): Change[] {
  const [groups, permissions] = [[...world.groups.keys()], [...world.permissions.keys()]];
  const some = () => random.shuffle(Array.from({ length: random.int(1, USERS_A_CHANGE) }, () => random.pick(users)));
  const name = (start: string) => `${start}${random.int(0, 2 ** 31)}`;
  const group = (id: string) => {
    const free = ![...world.groups].some(([other, { codename }]) => codename === 'super_admin' && other !== id);
    return putGroup(id, free && random.chance(0.3) ? 'super_admin' : name('g'), name('group'), random.chance(0.75));
  };
  const permission = (id: string) => putPermission(id, name('p'), name('permission'), random.chance(0.5) ? name('d') : null, random.chance(0.8) ? `c${random.int(0, 3)}` : null);
  if (groups.length < 4) return [group(randomUUID())];
  if (permissions.length < 5) return [permission(randomUUID())];
  const [oneGroup, otherGroup, onePermission] = [random.pick(groups), random.pick(groups), random.pick(permissions)];
  const memberships = some().map((user_id) => ({ user_id, group_id: random.pick(groups) }));
  switch (random.weighted({ grant: 60, revoke: 30, replace: 25, keep: 5, blink: 5, move: 2, map: 12, unmap: 6, unmapAll: 0.5, group: groups.length < 10 ? 5 : 1, change: 5, flip: 8, dropGroup: 1, permission: permissions.length < 12 ? 5 : 1, rename: 5, dropPermission: 2 })) {
    case 'grant': return [grant(memberships)];
    case 'revoke': return [revoke(memberships.flatMap(({ user_id }) => [...(world.memberships.get(user_id) ?? [])].slice(0, 2).map((group_id) => ({ user_id, group_id }))))];
    case 'replace': return [clear(memberships.map(({ user_id }) => user_id)), grant(memberships)];
    case 'keep': return [revoke(memberships), grant(memberships.filter(({ user_id, group_id }) => world.memberships.get(user_id)?.has(group_id)))];
    case 'blink': return [grant(memberships), revoke(memberships)];
    case 'move': return oneGroup === otherGroup ? [] : [move(oneGroup, otherGroup)];
    case 'map': return [map(oneGroup, onePermission), map(otherGroup, onePermission)];
    case 'unmap': return [unmap(oneGroup, onePermission)];
    case 'unmapAll': return [unmapAll, map(oneGroup, onePermission)];
    case 'group': return [group(randomUUID())];
    case 'change': return [group(oneGroup)];
    case 'flip': {
      const { codename, name: same, is_active } = world.groups.get(oneGroup)!;
      return [putGroup(oneGroup, codename, same, !is_active)];
    }
    case 'dropGroup': return [dropGroup(oneGroup)];
    case 'permission': return [permission(randomUUID())];
    case 'rename': return [permission(onePermission)];
    case 'dropPermission': return [dropPermission(onePermission)];
  }
}

/** Microseconds since the epoch: what is recorded is as fine as that, and a double holds it. */
const MICROSECONDS = (time: string) => `(extract(epoch FROM ${time}) * 1000000)::float8`;
const clock = async () => (await writer.query<{ at: number }>(`SELECT ${MICROSECONDS('clock_timestamp()')} AS at`)).rows[0]!.at;
const toText = (at: number) => `${new Date(Math.floor(at / 1_000)).toISOString().slice(0, 19)}.${String(at % 1_000_000).padStart(6, '0')}Z`;

/** A transaction that was committed, and the clock before and after it. */
type Step = { changes: Change[]; users: Set<string>; before: number; after: number; at?: number };

/** The first transaction of all. */
async function open(world: World, users: readonly string[]): Promise<Step> {
  const [everything, one, other, permission] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const grants = (some: readonly string[], group_id: string) => grant(some.map((user_id) => ({ user_id, group_id })));
  const changes = [
    putGroup(everything, 'super_admin', 'All', true),
    putGroup(one, 'one', 'One', true),
    putGroup(other, 'other', 'Other', true),
    putPermission(permission, 'certain', 'Certain', null, null),
    map(one, permission),
    map(other, permission),
    grants(users, one),
    grants(users, other),
    grants(users.slice(0, CERTAIN_SUPER_ADMINS), everything),
  ];
  const before = await clock();
  await writer.query('BEGIN');
  for (const { text, values } of changes) await writer.query(text, values);
  await writer.query('COMMIT');
  for (const change of changes) change.to(world);
  return { changes, users: new Set(users), before, after: await clock() };
}

/** Does one transaction to the database and to the world. @returns undefined when it was rolled back */
async function commit(random: Random, world: World, users: readonly string[]): Promise<Step | undefined> {
  const changes: Change[] = [];
  const isKept = random.chance(0.92);
  const draft = isKept ? world : structuredClone(world);
  const before = await clock();
  await writer.query('BEGIN');
  for (let left = random.int(1, 3); left > 0; left -= 1) {
    const isUndone = random.chance(0.05);
    const chosen = choose(random, draft, users);
    await writer.query('SAVEPOINT s');
    for (const { text, values } of chosen) await writer.query(text, values);
    // The same in the end, whenever it is looked at.
    if (random.chance(0.1)) await writer.query('SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED');
    await writer.query(isUndone ? 'ROLLBACK TO s' : 'RELEASE s');
    if (isUndone) continue;
    for (const change of chosen) change.to(draft);
    changes.push(...chosen);
  }
  await writer.query(isKept ? 'COMMIT' : 'ROLLBACK');
  if (!isKept) return undefined;
  const touched = changes.flatMap(({ values = [] }) => (Array.isArray(values[0]) ? (values[0] as string[]) : []));
  return { changes, users: new Set(touched), before, after: await clock() };
}

/** Finds out when each transaction was: nothing but what was recorded tells. */
async function place(steps: Step[]): Promise<void> {
  const histories = ['user_group_history', 'group_history', 'group_permission_history', 'permission_history'];
  const { rows } = await writer.query<{ at: number }>(`SELECT DISTINCT ${MICROSECONDS('t')} AS at FROM (${histories.map((table) => `SELECT unnest(ARRAY[began_at, ended_at]) AS t FROM ${table}`).join(' UNION ALL ')}) x WHERE t IS NOT NULL ORDER BY at`);
  let index = 0;
  for (const { at } of rows) {
    while (steps[index]!.after < at) index += 1;
    const step = steps[index]!;
    // All that a transaction changes has one moment, within it.
    expect({ at, before: step.before <= at, other: step.at }).toEqual({ at, before: true, other: undefined });
    step.at = at;
  }
}

/** The steps that changed something of a user or, of those of everybody, some. */
function questionsOf(random: Random, steps: readonly Step[], userId: string, asked: number): number[] {
  const [first, last] = [steps[0]!.before, steps.at(-1)!.after];
  const own = steps.flatMap(({ at, users }) => (at !== undefined && users.has(userId) ? [at] : []));
  const all = steps.flatMap(({ at }) => at ?? []);
  return Array.from({ length: asked }, () => {
    const boundary = random.pick(own.length > 0 && random.chance(0.6) ? own : all);
    return random.weighted({ exactly: 4, before: 2, after: 1, anywhere: 3 }) === 'anywhere' ? random.int(first, last) : boundary + random.pick([0, 0, -1, 1]);
  });
}

it(`10,000 random histories of grants: what the answer says of a moment is what a replay says (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const users = Array.from({ length: HISTORIES }, () => randomUUID());
  await writer.query(`INSERT INTO "user" (user_id, password) SELECT id, 'x' FROM unnest($1::uuid[]) id`, [users]);
  const world = emptyWorld();
  const certain = users.slice(0, CERTAIN);
  const opening = await open(world, certain);
  const steps = [opening];
  while (steps.length <= TRANSACTIONS) {
    const step = await commit(random, world, users);
    if (step) steps.push(step);
  }
  await place(steps);
  await db.query({ text: 'ANALYZE' });

  const asked = users.flatMap((userId) => questionsOf(random, steps, userId, QUESTIONS_A_USER).map((at) => ({ userId, at })));
  const questions = [...asked, ...certain.map((userId) => ({ userId, at: opening.at! }))].toSorted((a, b) => a.at - b.at);
  const repo = createUserPermissionsRepo();
  const replayed = emptyWorld();
  const seen = { questions: 0, held: 0, bySeveral: 0, everything: 0 };
  let next = 0;
  for (const [index, { changes, at: when }] of steps.entries()) {
    // What changed nothing has left no moment, and may have come at any.
    if (when !== undefined) await ask(when);
    for (const change of changes) change.to(replayed);
    if (index === steps.length - 1) await ask(Infinity);
  }
  expect({ seed: SEED, replayed: [...replayed.memberships].filter(([, groups]) => groups.size > 0).length }).toEqual({ seed: SEED, replayed: [...world.memberships].filter(([, groups]) => groups.size > 0).length });
  for (const userId of users.slice(0, 200)) expect({ seed: SEED, userId, now: await repo.find(db, userId) }).toEqual({ seed: SEED, userId, now: heldBy(world, userId) });
  expect(seen.questions).toBe(HISTORIES * QUESTIONS_A_USER + CERTAIN);
  // Histories in which nobody ever held anything would agree as well.
  expect({ held: seen.held >= CERTAIN, bySeveral: seen.bySeveral >= CERTAIN, everything: seen.everything >= CERTAIN_SUPER_ADMINS }).toEqual({ held: true, bySeveral: true, everything: true });

  /** Every question of a moment before the next change. */
  async function ask(until: number): Promise<void> {
    const due: typeof questions = [];
    while (next < questions.length && questions[next]!.at < until) due.push(questions[next++]!);
    const answers = await Promise.all(due.map(async ({ userId, at }) => presentPermissions((await repo.findAt(db, userId, toText(at)))!.permissions, true)));
    for (const [index, { userId, at }] of due.entries()) {
      const expected = heldBy(replayed, userId);
      expect({ seed: SEED, userId, at, held: answers[index] }).toEqual({ seed: SEED, userId, at, held: expected });
      seen.questions += 1;
      if (expected.length > 0) seen.held += 1;
      if (expected.some(({ groups }) => groups.length > 1)) seen.bySeveral += 1;
      if (expected.some(({ groups }) => groups.some(({ codename }) => codename === 'super_admin'))) seen.everything += 1;
    }
  }
});

import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Request } from 'express';
import { createRandom, type Random } from '../../../simulate/lib/random.js';
import { createDatabase } from '../../../test/harness.js';
import { createRecordingLogger } from '../../../test/recording-logger.js';
import { emptyWorld, groupsOf, heldBy, isSuperAdmin, mayDo, setOf, type World } from '../../../test/reference-rights.js';
import { createGuard } from '../../http/guard.js';
import { createPostgres, type Database } from '../../infra/postgres.js';
import { customPermission } from '../../shared/permission-catalogue.js';
import { GROUPS_SQL, IS_SUPER_ADMIN_SQL, PERMISSIONS_SQL } from '../../shared/rights.js';
import { presentPermissions } from './user-permissions.presenter.js';
import { createUserPermissionsRepo } from './user-permissions.repo.js';

/** Thousands of questions, on a machine that may do other things. */
jest.setTimeout(600_000);

const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));
const WORLDS = 60;
const USERS = 20;

let database: Awaited<ReturnType<typeof createDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await createDatabase();
  db = createPostgres({ url: database.url, poolMax: 4, poolMin: 0, idleTimeoutMs: 1_000, connectionTimeoutMs: 60_000, statementTimeoutMs: 60_000 }, createRecordingLogger());
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** From empty to crowded; the names that look like the one that may do everything are there to be mistaken for it. */
function makeWorld(random: Random): { world: World; users: string[] } {
  const world = emptyWorld();
  const users = Array.from({ length: USERS }, () => randomUUID());
  const codenames = random.shuffle(['super_admin', 'Super_Admin', 'super_admin2', 'superxadmin', ...Array.from({ length: 8 }, (_, index) => `group${index}`)]).slice(0, random.int(0, 12));
  for (const codename of codenames) world.groups.set(randomUUID(), { codename, name: `name of ${codename.toLowerCase()}${codename === 'Super_Admin' ? ' capital' : ''}`, is_active: random.chance(0.7) });
  for (let index = 0; index < random.int(0, 25); index += 1) {
    world.permissions.set(randomUUID(), { codename: `p${index}`, name: `n${random.int(0, 9)}x${index}`, description: random.chance(0.5) ? null : 'what it is for', category: random.chance(0.2) ? null : `c${random.int(0, 3)}` });
  }
  const [grants, joins] = [random.next(), random.next() * 0.6];
  for (const groupId of world.groups.keys()) {
    for (const permissionId of world.permissions.keys()) if (random.chance(grants)) setOf(world.mappings, groupId).add(permissionId);
    for (const userId of users) if (random.chance(joins)) setOf(world.memberships, userId).add(groupId);
  }
  return { world, users };
}

async function write({ groups, permissions, mappings, memberships }: World, users: string[]): Promise<void> {
  const rows = (table: string, columns: string, list: object[]) => db.query({ text: `INSERT INTO "${table}" (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::"${table}", $1)`, values: [JSON.stringify(list)] });
  for (const table of ['user', 'group', 'permission']) await db.query({ text: `DELETE FROM "${table}"` });
  await db.query({ text: `INSERT INTO "user" (user_id, password) SELECT id, 'x' FROM unnest($1::uuid[]) id`, values: [users] });
  await rows('group', 'group_id, codename, name, is_active', [...groups].map(([group_id, group]) => ({ group_id, ...group })));
  await rows('permission', 'permission_id, codename, name, description, category', [...permissions].map(([permission_id, permission]) => ({ permission_id, ...permission })));
  await rows('group_permission', 'group_id, permission_id', [...mappings].flatMap(([group_id, ids]) => [...ids].map((permission_id) => ({ group_id, permission_id }))));
  await rows('user_group', 'user_id, group_id', [...memberships].flatMap(([user_id, ids]) => [...ids].map((group_id) => ({ user_id, group_id }))));
}

type Rights = { user_id: string; groups: string[]; permissions: string[]; is_super_admin: boolean };

function passes(rights: Rights, codename: string): boolean {
  const principal = { groups: new Set(rights.groups), permissions: new Set(rights.permissions) };
  try {
    return createGuard({ permission: customPermission(codename) })({ context: { principal } } as unknown as Request) !== undefined;
  } catch {
    return false;
  }
}

it(`random graphs of groups and permissions: what is held, why, and what the guard decides is what a plain evaluator says (seed ${SEED})`, async () => {
  const repo = createUserPermissionsRepo();
  const seen = { held: 0, superAdmins: 0, allowed: 0, refused: 0, twice: 0 };
  for (let index = 0; index < WORLDS; index += 1) {
    const { world, users } = makeWorld(createRandom(SEED).fork(`world ${index}`));
    await write(world, users);
    const { rows } = await db.query<Rights>({ text: `SELECT u.user_id, ${GROUPS_SQL} AS groups, ${PERMISSIONS_SQL} AS permissions, ${IS_SUPER_ADMIN_SQL} AS is_super_admin FROM "user" u` });
    const { rows: [clock] } = await db.query<{ at: string }>({ text: 'SELECT clock_timestamp()::text AS at' });
    for (const rights of rows) {
      const userId = rights.user_id;
      const where = { seed: SEED, world: index, userId };
      const expected = heldBy(world, userId);
      const held = (await repo.find(db, userId))!;
      expect({ where, explained: presentPermissions(held, true) }).toEqual({ where, explained: expected });
      expect({ where, plain: presentPermissions((await repo.find(db, userId, { explain: false }))!, false) }).toEqual({ where, plain: expected.map(({ groups: _groups, ...permission }) => permission) });
      expect({ where, then: presentPermissions((await repo.findAt(db, userId, clock!.at))!.permissions, true) }).toEqual({ where, then: expected });
      expect({ where, permissions: rights.permissions.toSorted(), groups: rights.groups.toSorted(), superAdmin: rights.is_super_admin }).toEqual({
        where,
        permissions: expected.map(({ codename }) => codename).toSorted(),
        groups: groupsOf(world, userId),
        superAdmin: isSuperAdmin(world, userId),
      });
      const asked = ['nobody_made_this', ...[...world.permissions.values()].map(({ codename }) => codename)];
      const decisions = asked.map((codename) => [codename, passes(rights, codename)] as const);
      expect({ where, decisions }).toEqual({ where, decisions: asked.map((codename) => [codename, mayDo(world, userId, codename)]) });
      const allowed = decisions.filter(([, decision]) => decision).length;
      seen.held += expected.length;
      seen.superAdmins += Number(rights.is_super_admin);
      seen.allowed += allowed;
      seen.refused += decisions.length - allowed;
      seen.twice += expected.filter(({ groups }) => groups.length > 1).length;
    }
  }
  // Worlds in which all were empty would agree as well.
  for (const [what, count] of Object.entries(seen)) expect({ what, often: count > USERS }).toEqual({ what, often: true });
});

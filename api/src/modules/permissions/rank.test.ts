import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApi, type Api } from '../../../test/harness.js';
import { createRandom, type Random } from '../../../simulate/lib/random.js';
import { ApiError } from '../../http/errors.js';
import { GROUPS, PERMISSION_CODENAMES, type GroupCodename } from '../../shared/permission-catalogue.js';
import { assertHolds, assertRanksGroup, assertRanksUser, assertSuperAdmin, type Caller, type Standing } from '../../shared/rank.js';
import { createRankRepo } from './rank.repo.js';

const SEED = Number(process.env['RANK_SEED'] ?? 20_261_121);

const caller = (isSuperAdmin: boolean, permissions: Iterable<string>): Caller => ({ userId: 'caller', isSuperAdmin, permissions: new Set(permissions) });
const target = (row: Partial<Standing> = {}): Standing => ({ userId: 'target', usable: true, isProtected: false, isSuperAdmin: false, inSuperAdmins: false, permissions: row.potential ?? [], potential: [], ...row });

/** What a rule says: nothing, or the key of its refusal and what it names. */
function said(rule: () => void): string {
  try {
    rule();
    return 'allowed';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { required_permissions, required_groups } = error.details as Record<string, string[]>;
    return [error.definition.key, ...(required_permissions ?? required_groups)!].join(' ');
  }
}

describe('rank', () => {
  const CALLERS = {
    nobody: caller(false, []),
    user: caller(false, GROUPS.user.permissions),
    admin: caller(false, GROUPS.admin.permissions),
    all: caller(false, PERMISSION_CODENAMES),
    super: caller(true, PERMISSION_CODENAMES),
    /** A super administrator holds also what is yet to be made. */
    bare: caller(true, []),
  };
  const DENIED = 'GROUP_DENIED super_admin';
  const lacks = (group: GroupCodename, held: readonly string[]) => `PERMISSION_DENIED ${GROUPS[group].permissions.filter((codename) => !held.includes(codename)).sort().join(' ')}`;
  const YES = 'allowed';

  it.each([
    ['nobody', { user: lacks('user', []), accountant: lacks('accountant', []), admin: lacks('admin', []), super_admin: DENIED }],
    ['user', { user: YES, accountant: lacks('accountant', GROUPS.user.permissions), admin: lacks('admin', GROUPS.user.permissions), super_admin: DENIED }],
    ['admin', { user: YES, accountant: YES, business: YES, developer: YES, admin: YES, super_admin: DENIED }],
    ['all', { user: YES, admin: YES, super_admin: DENIED }],
    ['super', { user: YES, admin: YES, super_admin: YES }],
    ['bare', { user: YES, admin: YES, super_admin: YES }],
  ] as const)('D-04, D-05: %s gives, changes and takes groups: %j', (who, expected) => {
    for (const [codename, answer] of Object.entries(expected)) expect([codename, said(() => assertRanksGroup(CALLERS[who], { codename, permissions: GROUPS[codename as GroupCodename].permissions }))]).toEqual([codename, answer]);
  });

  const TARGETS = {
    stranger: target(),
    user: target({ potential: [...GROUPS.user.permissions] }),
    equal: target({ potential: [...GROUPS.admin.permissions] }),
    eraser: target({ potential: ['delete_user'] }),
    /** In a group that is not active, and may be tomorrow. */
    dormant: target({ permissions: [], potential: ['delete_user'] }),
    protected: target({ isProtected: true }),
    super: target({ inSuperAdmins: true, isSuperAdmin: true, potential: [...PERMISSION_CODENAMES] }),
    /** Whose group somebody has made inactive by hand. */
    formerSuper: target({ inSuperAdmins: true }),
    closed: target({ usable: false, potential: [...GROUPS.user.permissions] }),
  };
  const LACKS = 'PERMISSION_DENIED delete_user';

  it.each([
    ['nobody', { stranger: YES, user: lacks('user', []), eraser: LACKS, dormant: LACKS, protected: DENIED, super: DENIED, formerSuper: DENIED }],
    ['user', { stranger: YES, user: YES, closed: YES, equal: lacks('admin', GROUPS.user.permissions), eraser: LACKS, dormant: LACKS, protected: DENIED, super: DENIED, formerSuper: DENIED }],
    ['admin', { stranger: YES, user: YES, equal: YES, closed: YES, eraser: LACKS, dormant: LACKS, protected: DENIED, super: DENIED, formerSuper: DENIED }],
    ['all', { stranger: YES, user: YES, equal: YES, eraser: YES, dormant: YES, protected: DENIED, super: DENIED, formerSuper: DENIED }],
    ['super', { stranger: YES, user: YES, equal: YES, eraser: YES, dormant: YES, protected: YES, super: YES, formerSuper: YES }],
    ['bare', { stranger: YES, user: YES, equal: YES, eraser: YES, dormant: YES, protected: YES, super: YES, formerSuper: YES }],
  ] as const)('D-04, D-11: %s acts on accounts: %j', (who, expected) => {
    for (const [whom, answer] of Object.entries(expected)) expect([whom, said(() => assertRanksUser(CALLERS[who], TARGETS[whom as keyof typeof TARGETS]))]).toEqual([whom, answer]);
  });

  it('a refusal names each missing permission once, in order', () => {
    expect(said(() => assertHolds(caller(false, ['b']), ['c', 'b', 'a', 'c']))).toBe('PERMISSION_DENIED a c');
    expect(said(() => assertHolds(caller(false, []), []))).toBe(YES);
    expect(said(() => assertSuperAdmin(caller(false, PERMISSION_CODENAMES)))).toBe(DENIED);
  });
});

type World = { permissions: string[]; groups: { codename: string; active: boolean; grants: string[] }[]; users: { id: string; isProtected: boolean; status: string; groups: string[] }[] };

/** Words and sets, and no SQL. */
function naive(world: World, user: World['users'][number]) {
  const groups = world.groups.filter(({ codename }) => user.groups.includes(codename));
  const active = groups.filter((group) => group.active);
  const isSuperAdmin = active.some(({ codename }) => codename === 'super_admin');
  const potential = new Set(groups.flatMap(({ grants }) => grants));
  const holds = new Set(isSuperAdmin ? world.permissions : active.flatMap(({ grants }) => grants));
  return { holds, potential, isSuperAdmin, inSuperAdmins: groups.some(({ codename }) => codename === 'super_admin'), usable: user.status === 'ACTIVE' };
}

function randomWorld(random: Random): World {
  const some = <T>(items: readonly T[], chance: number) => items.filter(() => random.chance(chance));
  const permissions = Array.from({ length: random.int(1, 20) }, (_, index) => `p${index}`);
  const names = ['super_admin', ...Array.from({ length: random.int(1, 10) }, (_, index) => `g${index}`)];
  const groups = names.map((codename) => ({ codename, active: random.chance(0.8), grants: some(permissions, random.pick([0, 0.1, 0.5, 1])) }));
  const users = Array.from({ length: 25 }, (_, index) => ({ id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, isProtected: random.chance(0.1), status: random.pick(['ACTIVE', 'ACTIVE', 'SUSPENDED', 'DELETED']), groups: some(names, 0.2) }));
  return { permissions, groups, users };
}

describe('rank as the database says it', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  async function build({ permissions, groups, users }: World): Promise<void> {
    await api.sql('DELETE FROM permission');
    await api.sql('DELETE FROM "group"');
    await api.sql('DELETE FROM "user"');
    await api.sql('INSERT INTO permission (name, codename) SELECT p, p FROM unnest($1::text[]) p', [permissions]);
    await api.sql('INSERT INTO "group" (name, codename, is_active) SELECT g, g, active FROM unnest($1::text[], $2::boolean[]) AS t (g, active)', [groups.map(({ codename }) => codename), groups.map(({ active }) => active)]);
    const grants = groups.flatMap(({ codename, grants }) => grants.map((permission) => [codename, permission]));
    await api.sql('INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM unnest($1::text[], $2::text[]) AS t (g, p) JOIN "group" ON "group".codename = g JOIN permission ON permission.codename = p', [grants.map(([group]) => group), grants.map(([, permission]) => permission)]);
    await api.sql(`INSERT INTO "user" (user_id, user_name, password, is_active, is_verified, status, is_protected) SELECT id, id, 'x', true, true, status, protected FROM unnest($1::uuid[], $2::text[], $3::boolean[]) AS t (id, status, protected)`, [users.map(({ id }) => id), users.map(({ status }) => status), users.map(({ isProtected }) => isProtected)]);
    const members = users.flatMap(({ id, groups: own }) => own.map((group) => [id, group]));
    await api.sql('DELETE FROM user_group');
    await api.sql('INSERT INTO user_group (user_id, group_id) SELECT u, group_id FROM unnest($1::uuid[], $2::text[]) AS t (u, g) JOIN "group" ON codename = g', [members.map(([user]) => user), members.map(([, group]) => group)]);
  }

  it('D-04, D-05, D-11: random people, groups and permissions: each decision is what plain sets say', async () => {
    const repo = createRankRepo();
    for (let round = 0; round < 20; round += 1) {
      const seed = SEED + round;
      const world = randomWorld(createRandom(seed));
      await build(world);
      const rows = await Promise.all(world.users.map(({ id }) => repo.find(api.context.db, id)));
      const plain = world.users.map((user) => naive(world, user));
      rows.forEach((row, index) => {
        const { holds, potential, ...facts } = plain[index]!;
        expect({ seed, ...row }).toEqual({ seed, userId: world.users[index]!.id, isProtected: world.users[index]!.isProtected, ...facts, permissions: [...holds].sort(), potential: [...potential].sort() });
      });
      for (const [from, row] of rows.entries()) {
        const me = caller(row!.isSuperAdmin, row!.permissions);
        const { holds, isSuperAdmin } = plain[from]!;
        const may = (needs: Iterable<string>, superAdminsAlone: boolean) => isSuperAdmin || (!superAdminsAlone && [...needs].every((permission) => holds.has(permission)));
        for (const { codename, grants } of world.groups) expect({ seed, from, codename, may: said(() => assertRanksGroup(me, { codename, permissions: grants })) === 'allowed' }).toEqual({ seed, from, codename, may: may(grants, codename === 'super_admin') });
        for (const [to, whom] of rows.entries()) {
          const { potential, inSuperAdmins } = plain[to]!;
          expect({ seed, from, to, may: said(() => assertRanksUser(me, whom!)) === 'allowed' }).toEqual({ seed, from, to, may: may(potential, inSuperAdmins || world.users[to]!.isProtected) });
        }
      }
    }
  });

  it('somebody who is not there has no standing', async () => {
    expect(await createRankRepo().find(api.context.db, '3b7e0b4e-6d0e-4bd5-9d62-0a8f8a1c2d3e')).toBeUndefined();
  });
});

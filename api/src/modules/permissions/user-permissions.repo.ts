import type { Queryable } from '../../infra/postgres.js';
import { holdsText } from '../../shared/holds-text.js';
import { SUPER_ADMIN } from '../../shared/principal.js';
import { inOrder, isAfter, valuesOfPosition, type PermissionPosition } from './permissions.repo.js';

export type GivingGroup = { group_id: string; codename: string; name: string };

/** A permission that somebody holds, and the groups that give it, by name. */
export type HeldRow = { permission_id: string; name: string; codename: string; description: string | null; category: string | null; groups: GivingGroup[] };

/** What was held at a moment. */
export type HeldThen = { permissions: HeldRow[]; recordedSince: Date; isInTheFuture: boolean };

/** A part of what is held, in the order of every list of permissions: after which place, how many at the most, and what their texts must hold. */
export type HeldPart = { after?: PermissionPosition | undefined; atMost?: number; search?: string | undefined };

export type UserPermissionsRepo = ReturnType<typeof createUserPermissionsRepo>;

/** Where the facts stand: as they are, or as they were. */
type Facts = Readonly<Record<'memberships' | 'groups' | 'mappings' | 'permissions', string>>;

const NOW: Facts = { memberships: 'user_group', groups: '"group"', mappings: 'group_permission', permissions: 'permission' };

const then = (history: string) => `(SELECT * FROM ${history} WHERE began_at <= $7::timestamptz AND (ended_at > $7::timestamptz OR ended_at IS NULL))`;
const THEN: Facts = { memberships: then('user_group_history'), groups: then('group_history'), mappings: then('group_permission_history'), permissions: then('permission_history') };

/** What active groups give the user `u` (D-10), a permission a row; super administrators hold all there are (REFERENCE §6). The same rule as in `shared/rights.ts`. */
const held = ({ memberships, groups, mappings, permissions }: Facts) => `
  WITH mine AS MATERIALIZED (SELECT g.group_id, g.codename, g.name FROM ${memberships} m JOIN ${groups} g USING (group_id) WHERE m.user_id = $1 AND g.is_active),
    given AS (
      SELECT group_id, gp.permission_id FROM mine JOIN ${mappings} gp USING (group_id)
      UNION SELECT mine.group_id, p.permission_id FROM mine, ${permissions} p WHERE mine.codename = '${SUPER_ADMIN}')
  SELECT p.permission_id, p.name, p.codename, p.description, p.category,
    json_agg(json_build_object('group_id', mine.group_id, 'codename', mine.codename, 'name', mine.name) ORDER BY mine.name, mine.group_id) AS groups
  FROM given JOIN mine USING (group_id) JOIN ${permissions} p USING (permission_id)
  GROUP BY p.permission_id, p.name, p.codename, p.description, p.category`;

/** The same without the groups, of which there may be a hundred for each of a thousand permissions. */
const UNEXPLAINED = `
  WITH mine AS MATERIALIZED (SELECT g.group_id, g.codename FROM user_group m JOIN "group" g USING (group_id) WHERE m.user_id = $1 AND g.is_active)
  SELECT p.permission_id, p.name, p.codename, p.description, p.category, '[]'::json AS groups FROM permission p
  WHERE p.permission_id IN (SELECT gp.permission_id FROM mine JOIN group_permission gp USING (group_id)) OR EXISTS (SELECT FROM mine WHERE mine.codename = '${SUPER_ADMIN}')`;

/** Null members stand for an account that holds nothing: the row is there because the account is. */
const answer = (statement: string) => `part.permission_id, part.name, part.codename, part.description, part.category, part.groups
  FROM "user" u LEFT JOIN LATERAL (
    SELECT h.* FROM (${statement}) h
    WHERE ${holdsText('$2', ['h.name', 'h.codename', 'h.description', 'h.category'])} AND ${isAfter('h', 3)}
    ORDER BY ${inOrder('h')} LIMIT $6) part ON true
  WHERE u.user_id = $1 ORDER BY ${inOrder('part')}`;

const valuesOf = (userId: string, { search, after, atMost }: HeldPart) => [userId, search ?? null, ...valuesOfPosition(after), atMost ?? null];

type MaybeHeld = Omit<HeldRow, 'permission_id'> & { permission_id: string | null };
const existing = (rows: readonly MaybeHeld[]): HeldRow[] => rows.filter((row): row is HeldRow => row.permission_id !== null);

/** Questions about what a user holds and held, and why; one statement each. Undefined: there is no such account. */
export function createUserPermissionsRepo() {
  return {
    /** @param explain whether the groups are wanted; else there are none */
    async find(db: Queryable, userId: string, { explain = true, ...part }: HeldPart & { explain?: boolean } = {}): Promise<HeldRow[] | undefined> {
      const asked = explain ? { name: 'held_now', text: `SELECT ${answer(held(NOW))}` } : { name: 'held_now_unexplained', text: `SELECT ${answer(UNEXPLAINED)}` };
      const { rows } = await db.query<MaybeHeld>({ ...asked, values: valuesOf(userId, part) });
      return rows.length === 0 ? undefined : existing(rows);
    },

    /** @param at in UTC, to the microsecond: more than a `Date` can hold */
    async findAt(db: Queryable, userId: string, at: string, part: HeldPart = {}): Promise<HeldThen | undefined> {
      const { rows } = await db.query<MaybeHeld & Omit<HeldThen, 'permissions'>>({
        name: 'held_then',
        // By the clock that the history is written by.
        text: `SELECT (SELECT recorded_since FROM grant_history_start) AS "recordedSince", $7::timestamptz > clock_timestamp() AS "isInTheFuture", ${answer(held(THEN))}`,
        values: [...valuesOf(userId, part), at],
      });
      const [first] = rows;
      return first && { permissions: existing(rows), recordedSince: first.recordedSince, isInTheFuture: first.isInTheFuture };
    },
  };
}

import type { Queryable } from '../../infra/postgres.js';
import { GROUPS, GROUP_CODENAMES, PERMISSIONS, PERMISSION_CODENAMES, type GroupCodename } from '../../shared/permission-catalogue.js';

/** Taken for the length of a seed's transaction, so that workers starting together do not make two administrators. */
const SEED_LOCK = 72_707_370;
/** So many users are looked at by one statement: some milliseconds, whatever the size of the table. */
const WINDOW = 20_000;
/** So many users are placed by one statement, well within its time. */
const BATCH = 2_000;
const BEFORE_ALL_USERS = '00000000-0000-0000-0000-000000000000';
const AFTER_ALL_USERS = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const EVERYDAY_GROUP: GroupCodename = 'user';
const ADMIN_GROUP: GroupCodename = 'super_admin';

const MAPPINGS = GROUP_CODENAMES.flatMap((group) => GROUPS[group].permissions.map((permission) => ({ group, permission })));

const HAS_ADMIN = `EXISTS (SELECT FROM user_group JOIN "group" g USING (group_id) WHERE g.codename = '${ADMIN_GROUP}')`;

export interface SeedState {
  /** Every built-in permission and group is there. */
  known: boolean;
  /** Every built-in mapping is there too. */
  mapped: boolean;
  has_admin: boolean;
}

/** All that a start needs to know, in one round trip. */
export async function readSeedState(db: Queryable): Promise<SeedState> {
  const { rows } = await db.query<SeedState>({
    text: `SELECT
             (SELECT count(*) FROM permission WHERE codename = ANY($3)) = cardinality($3::text[])
               AND (SELECT count(*) FROM "group" WHERE codename = ANY($4)) = cardinality($4::text[]) AS known,
             NOT EXISTS (
               SELECT FROM unnest($1::text[], $2::text[]) AS wanted (group_codename, permission_codename)
               WHERE NOT EXISTS (
                 SELECT FROM group_permission JOIN "group" g USING (group_id) JOIN permission p USING (permission_id)
                 WHERE g.codename = wanted.group_codename AND p.codename = wanted.permission_codename)
             ) AS mapped,
             ${HAS_ADMIN} AS has_admin`,
    values: [MAPPINGS.map(({ group }) => group), MAPPINGS.map(({ permission }) => permission), PERMISSION_CODENAMES, GROUP_CODENAMES],
  });
  return rows[0]!;
}

/** Waits until no other seed is under way; the transaction's end lets the next one in. */
export async function lockSeed(transaction: Queryable): Promise<void> {
  await transaction.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [SEED_LOCK] });
}

/**
 * Adds the built-in permissions and groups that are missing, and their mappings; changes and removes nothing that is there.
 * A mapping between two that were there already is only added with `allMappings`: an administrator may have taken it away,
 * and must not find it back after the next start (D-05).
 */
export async function addMissingCatalogue(transaction: Queryable, allMappings: boolean): Promise<void> {
  // A name that somebody has given to an entry of their own is left to them.
  const permissions = await transaction.query<{ codename: string }>({
    text: `INSERT INTO permission (codename, name, category, description)
           SELECT codename, CASE WHEN EXISTS (SELECT FROM permission p WHERE p.name = wanted.name) THEN name || ' (' || codename || ')' ELSE name END, category, description
           FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS wanted (codename, name, category, description)
           WHERE NOT EXISTS (SELECT FROM permission p WHERE p.codename = wanted.codename) RETURNING codename`,
    values: [PERMISSION_CODENAMES, ...(['name', 'category', 'description'] as const).map((field) => PERMISSION_CODENAMES.map((codename) => PERMISSIONS[codename][field]))],
  });
  const groups = await transaction.query<{ codename: string }>({
    text: `INSERT INTO "group" (codename, name, is_system, is_active)
           SELECT codename, CASE WHEN EXISTS (SELECT FROM "group" g WHERE g.name = wanted.name) THEN name || ' (' || codename || ')' ELSE name END, true, true
           FROM unnest($1::text[], $2::text[]) AS wanted (codename, name)
           WHERE NOT EXISTS (SELECT FROM "group" g WHERE g.codename = wanted.codename) RETURNING codename`,
    values: [GROUP_CODENAMES, GROUP_CODENAMES.map((codename) => GROUPS[codename].name)],
  });
  const made = new Set([...permissions.rows, ...groups.rows].map(({ codename }) => codename));
  const mappings = MAPPINGS.filter(({ group, permission }) => allMappings || made.has(group) || made.has(permission));
  await transaction.query({
    text: `INSERT INTO group_permission (group_id, permission_id)
           SELECT g.group_id, p.permission_id
           FROM unnest($1::text[], $2::text[]) AS wanted (group_codename, permission_codename)
           JOIN "group" g ON g.codename = wanted.group_codename
           JOIN permission p ON p.codename = wanted.permission_codename
           ON CONFLICT (group_id, permission_id) DO NOTHING`,
    values: [mappings.map(({ group }) => group), mappings.map(({ permission }) => permission)],
  });
}

export async function hasAdmin(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ has_admin: boolean }>({ text: `SELECT ${HAS_ADMIN} AS has_admin` });
  return rows[0]!.has_admin;
}

export interface AccountOfAddress {
  user_id: string;
  /** The account may sign in and has proved that the address is its own. */
  proven: boolean;
}

/** The account of an e-mail address, locked until the transaction ends. */
export async function findAccount(transaction: Queryable, email: string): Promise<AccountOfAddress | undefined> {
  const { rows } = await transaction.query<AccountOfAddress>({
    text: `SELECT user_id, is_active AND is_verified AND is_email_verified AS proven FROM "user" WHERE lower(email) = lower($1) FOR UPDATE`,
    values: [email],
  });
  return rows[0];
}

/** @returns the new account's id, or undefined when the user name is taken */
export async function insertAdmin(transaction: Queryable, admin: { email: string; userName: string; passwordHash: string }): Promise<string | undefined> {
  const { rows } = await transaction.query<{ user_id: string }>({
    text: `INSERT INTO "user" (email, user_name, password, auth_type, user_type, status, is_active, is_verified, is_email_verified, email_verified_at,
             is_protected, theme, profile_accessibility, language)
           VALUES ($1, $2, $3, 'email', 'admin', 'ACTIVE', true, true, true, now(), true, 'light', 'public', 'en')
           ON CONFLICT (user_name) DO NOTHING RETURNING user_id`,
    values: [admin.email, admin.userName, admin.passwordHash],
  });
  return rows[0]?.user_id;
}

export async function addToAdmins(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({
    text: `INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = '${ADMIN_GROUP}' ON CONFLICT (user_id, group_id) DO NOTHING`,
    values: [userId],
  });
}

/** Protects an account that was there before, and lets its tokens know that its groups have changed. */
export async function markAsAdmin(transaction: Queryable, userId: string): Promise<void> {
  await transaction.query({ text: `UPDATE "user" SET is_protected = true, version = version + 1, last_updated = now() WHERE user_id = $1`, values: [userId] });
}

/**
 * Puts active users of one window who are in no group into the everyday group.
 * @param after where the window begins: what the call before gave as `next`
 * @returns how many were placed, and where to go on; undefined when all are placed
 */
export async function placeUngroupedUsers(db: Queryable, after: string = BEFORE_ALL_USERS): Promise<{ placed: number; next: string | undefined }> {
  const { rows } = await db.query<{ placed: number; last: string | null }>({
    // The first three parts read nothing but indexes; only whoever is found is looked up.
    text: `WITH bound AS MATERIALIZED (SELECT user_id FROM "user" WHERE user_id > $1 ORDER BY user_id OFFSET ${WINDOW - 1} LIMIT 1),
           part AS MATERIALIZED (SELECT coalesce((SELECT user_id FROM bound), '${AFTER_ALL_USERS}') AS last),
           ungrouped AS (
             SELECT user_id FROM "user" WHERE user_id > $1 AND user_id <= (SELECT last FROM part)
             EXCEPT SELECT user_id FROM user_group WHERE user_id > $1 AND user_id <= (SELECT last FROM part)),
           chosen AS (SELECT u.user_id FROM ungrouped JOIN "user" u USING (user_id) WHERE u.is_active LIMIT ${BATCH} FOR KEY SHARE OF u),
           placed AS (
             INSERT INTO user_group (user_id, group_id) SELECT user_id, group_id FROM chosen CROSS JOIN "group" g WHERE g.codename = '${EVERYDAY_GROUP}'
             ON CONFLICT (user_id, group_id) DO NOTHING RETURNING user_id)
           SELECT (SELECT count(*)::int FROM placed) AS placed, (SELECT user_id FROM bound) AS last`,
    values: [after],
  });
  const { placed, last } = rows[0]!;
  return { placed, next: placed === BATCH ? after : (last ?? undefined) };
}

import type { Queryable } from '../../infra/postgres.js';
import { MAY_COME_BACK_SQL, MAY_USE_ACCOUNT_SQL } from '../../shared/account-state.js';
import { readIdentity, type Identity } from '../../shared/identity.js';
import { USER_COLUMNS, type NewUser, type UserRow } from '../../shared/user-row.js';

export type UsersRepo = ReturnType<typeof createUsersRepo>;

/** Questions about accounts. Each takes the transaction it belongs to, or the database. */
export function createUsersRepo() {
  return {
    async findById(db: Queryable, userId: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({ name: 'user_by_id', text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE u.user_id = $1`, values: [userId] });
      return rows[0];
    },

    /** Exact but for letter case, on the unique index over lower(email) (C-12). */
    async findByEmail(db: Queryable, email: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({ name: 'user_by_email', text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE lower(u.email) = lower($1)`, values: [email] });
      return rows[0];
    },

    /** Exact on E.164 (C-11). */
    async findByPhone(db: Queryable, phone: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({ name: 'user_by_phone', text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE u.phone_e164 = $1`, values: [phone] });
      return rows[0];
    },

    /** The account of an identity, by exact look-up on a unique index. */
    async findByIdentity(db: Queryable, { kind, key }: Identity): Promise<UserRow | undefined> {
      return kind === 'email' ? this.findByEmail(db, key) : this.findByPhone(db, key);
    },

    /** The id alone, in one row whether or not there is an account: reading a whole row takes longer than reading none (C-10). */
    async findIdByIdentity(db: Queryable, { kind, key }: Identity): Promise<string | undefined> {
      const condition = kind === 'email' ? 'lower(u.email) = $1' : 'u.phone_e164 = $1';
      const { rows } = await db.query<{ user_id: string | null }>({ name: `user_id_by_${kind}`, text: `SELECT (SELECT u.user_id FROM "user" u WHERE ${condition}) AS user_id`, values: [key] });
      return rows[0]!.user_id ?? undefined;
    },

    /** As `findByIdentity`, and the row stays locked until the transaction ends. */
    async lockByIdentity(db: Queryable, { kind, key }: Identity): Promise<UserRow | undefined> {
      const condition = kind === 'email' ? 'lower(u.email) = $1' : 'u.phone_e164 = $1';
      const { rows } = await db.query<UserRow>({ name: `user_lock_by_${kind}`, text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE ${condition} FOR NO KEY UPDATE`, values: [key] });
      return rows[0];
    },

    async lockById(db: Queryable, userId: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({ name: 'user_lock_by_id', text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE u.user_id = $1 FOR NO KEY UPDATE`, values: [userId] });
      return rows[0];
    },

    /**
     * Whom a name to sign in with means: an address or number, else a user name, in one statement whatever it is (C-10).
     * Exact look-ups on indexes: never a part of a number (C-11). A phone number wins over a user name of the same digits,
     * which anybody may choose.
     */
    async findByName(db: Queryable, name: string): Promise<UserRow | undefined> {
      const identity = readIdentity(name);
      const { rows } = await db.query<UserRow>({
        name: 'user_by_any_name',
        text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE lower(u.email) = $1 OR u.phone_e164 = $2 OR u.user_name = $3
               ORDER BY (lower(u.email) = $1 OR u.phone_e164 = $2) IS TRUE DESC LIMIT 1`,
        values: [identity?.kind === 'email' ? identity.key : null, identity?.kind === 'phone' ? identity.key : null, name],
      });
      return rows[0];
    },

    /**
     * Makes whoever wants the same name, in whatever capitals, wait for the end of this transaction: the index over
     * lower(user_name) is not unique, since a database that was taken over may have two such names already.
     */
    async lockUserName(tx: Queryable, userName: string): Promise<void> {
      await tx.query({ name: 'user_lock_name', text: `SELECT pg_advisory_xact_lock(hashtextextended('user_name' || lower($1), 0))`, values: [userName] });
    },

    /** Whether another account has the name, in whatever capitals. Exact for whoever has locked it. @param exceptUserId whose own name it may be */
    async isUserNameTaken(tx: Queryable, userName: string, exceptUserId: string | null): Promise<boolean> {
      const { rows } = await tx.query({
        name: 'user_name_taken',
        text: `SELECT FROM "user" u WHERE lower(u.user_name) = lower($1) AND ($2::uuid IS NULL OR u.user_id <> $2) LIMIT 1`,
        values: [userName, exceptUserId],
      });
      return rows.length > 0;
    },

    /** Makes an account that signed up by code. @returns undefined when the identity or the name is taken */
    async insert(db: Queryable, { identity, shownPhone, userName, password, invitedAs }: NewUser): Promise<UserRow | undefined> {
      const isEmail = identity.kind === 'email';
      const { rows } = await db.query<UserRow>({
        name: 'user_insert',
        text: `INSERT INTO "user" AS u (email, phone_e164, phone_number, user_name, password, auth_type, is_email_verified, email_verified_at, is_phone_verified, phone_number_verified_at,
                 last_sign_in_at, is_active, is_verified, profile_accessibility, theme, user_type, language, status, first_name, last_name, invited_by_user_id)
               VALUES ($1, $2, CASE WHEN $3::text IS NOT NULL THEN jsonb_build_object('phone', $3::text) END, $4, $5, $6, $7, CASE WHEN $7 THEN now() END, NOT $7, CASE WHEN NOT $7 THEN now() END,
                 now(), true, true, 'public', 'light', 'customer', $8, 'ACTIVE', $9, $10, $11)
               ON CONFLICT DO NOTHING RETURNING ${USER_COLUMNS}`,
        values: [isEmail ? identity.address : null, isEmail ? null : identity.key, isEmail ? null : (shownPhone ?? identity.key), userName, password, identity.kind, isEmail, invitedAs?.language ?? 'en', invitedAs?.firstName ?? null, invitedAs?.lastName ?? null, invitedAs?.invitedByUserId ?? null],
      });
      return rows[0];
    },

    async addToGroup(db: Queryable, userId: string, codename: string): Promise<void> {
      await db.query({
        name: 'user_add_group',
        text: `INSERT INTO user_group (user_id, group_id) SELECT $1, group_id FROM "group" WHERE codename = $2 ON CONFLICT DO NOTHING`,
        values: [userId, codename],
      });
    },

    /** Notes a sign-in by code, which proves the identity it was sent to. @returns the row after it */
    async signedInByCode(db: Queryable, userId: string, kind: Identity['kind']): Promise<UserRow | undefined> {
      const [flag, at] = kind === 'email' ? ['is_email_verified', 'email_verified_at'] : ['is_phone_verified', 'phone_number_verified_at'];
      const { rows } = await db.query<UserRow>({
        name: `user_signed_in_by_${kind}`,
        text: `UPDATE "user" u SET last_sign_in_at = now(), last_updated = now(), is_verified = true, ${flag} = true,
                 ${at} = CASE WHEN u.${flag} AND u.${at} IS NOT NULL THEN u.${at} ELSE now() END
               WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId],
      });
      return rows[0];
    },

    /**
     * Notes a sign-in by password, and a stronger hash when there is one.
     * @param checked the hash that the password was compared with
     * @returns the row after it; undefined when the password is another one by now, or the account may neither be used nor come back
     */
    async signedInByPassword(db: Queryable, userId: string, checked: string, newHash: string | undefined): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({
        name: 'user_signed_in_by_password',
        text: `UPDATE "user" u SET last_sign_in_at = now(), last_updated = now(), password = COALESCE($3, u.password)
               WHERE u.user_id = $1 AND u.password = $2 AND ((${MAY_USE_ACCOUNT_SQL}) OR (${MAY_COME_BACK_SQL})) RETURNING ${USER_COLUMNS}`,
        values: [userId, checked, newHash ?? null],
      });
      return rows[0];
    },

    /** Brings an account back that its owner had closed. @returns the row after it; undefined when it may not come back, or is there already */
    async comeBack(db: Queryable, userId: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({
        name: 'user_come_back',
        text: `UPDATE "user" u SET status = 'ACTIVE', is_active = true, deactivated_at = NULL, erase_after = NULL, last_updated = now()
               WHERE u.user_id = $1 AND ${MAY_COME_BACK_SQL} RETURNING ${USER_COLUMNS}`,
        values: [userId],
      });
      return rows[0];
    },
  };
}

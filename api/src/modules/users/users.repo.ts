import type { Queryable } from '../../infra/postgres.js';
import { MAY_USE_ACCOUNT_SQL } from '../../shared/account-state.js';
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

    async findByUserName(db: Queryable, userName: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({ name: 'user_by_name', text: `SELECT ${USER_COLUMNS} FROM "user" u WHERE u.user_name = $1`, values: [userName] });
      return rows[0];
    },

    /** Makes an account that signed up by e-mail. @returns undefined when the e-mail or the name is taken */
    async insert(db: Queryable, user: NewUser): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({
        name: 'user_insert',
        text: `INSERT INTO "user" AS u (email, user_name, password, auth_type, is_email_verified, email_verified_at, last_sign_in_at, is_active, is_verified,
                 profile_accessibility, theme, user_type, language, status)
               VALUES ($1, $2, $3, 'email', true, now(), now(), true, true, 'public', 'light', 'customer', 'en', 'ACTIVE')
               ON CONFLICT DO NOTHING RETURNING ${USER_COLUMNS}`,
        values: [user.email, user.userName, user.password],
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

    /** Notes a sign-in by code, which proves the address. @returns the row after it */
    async signedInByEmailCode(db: Queryable, userId: string): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({
        name: 'user_signed_in_by_code',
        text: `UPDATE "user" u SET last_sign_in_at = now(), last_updated = now(), is_verified = true, is_email_verified = true,
                 email_verified_at = CASE WHEN u.is_email_verified AND u.email_verified_at IS NOT NULL THEN u.email_verified_at ELSE now() END,
                 version = u.version + CASE WHEN u.is_verified AND u.is_email_verified THEN 0 ELSE 1 END
               WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId],
      });
      return rows[0];
    },

    /**
     * Notes a sign-in by password, and a stronger hash when there is one.
     * @param checked the hash that the password was compared with
     * @returns false when the password is another one by now, or the account may not be used any more
     */
    async signedInByPassword(db: Queryable, userId: string, checked: string, newHash: string | undefined): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'user_signed_in_by_password',
        text: `UPDATE "user" u SET last_sign_in_at = now(), last_updated = now(), password = COALESCE($3, u.password)
               WHERE u.user_id = $1 AND u.password = $2 AND ${MAY_USE_ACCOUNT_SQL}`,
        values: [userId, checked, newHash ?? null],
      });
      return rowCount === 1;
    },
  };
}

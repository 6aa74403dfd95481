import type { Queryable } from '../../infra/postgres.js';
import type { Identity } from '../../shared/identity.js';
import { USER_COLUMNS, type UserRow } from '../../shared/user-row.js';

export type PasswordsRepo = ReturnType<typeof createPasswordsRepo>;

/** Where the password of an account is stored anew. The clock is read behind the row's lock: a password that waited for a change of the address came after it. */
export function createPasswordsRepo() {
  return {
    /**
     * @param checked what was stored when it was compared
     * @returns the row after it; undefined when something else is stored by now: of simultaneous calls one finds it
     */
    async replace(tx: Queryable, userId: string, checked: string, hash: string): Promise<UserRow | undefined> {
      const { rows } = await tx.query<UserRow>({
        name: 'password_replace',
        text: `UPDATE "user" u SET password = $3, password_changed_at = clock_timestamp(), last_updated = now() WHERE u.user_id = $1 AND u.password = $2 RETURNING ${USER_COLUMNS}`,
        values: [userId, checked, hash],
      });
      return rows[0];
    },

    /** Stores a password for whoever proved an identity by a code, which is thereby verified. The state of the account stays. @returns the row after it */
    async reset(tx: Queryable, userId: string, kind: Identity['kind'], hash: string): Promise<UserRow> {
      const [flag, at] = kind === 'email' ? ['is_email_verified', 'email_verified_at'] : ['is_phone_verified', 'phone_number_verified_at'];
      const { rows } = await tx.query<UserRow>({
        name: `password_reset_by_${kind}`,
        text: `UPDATE "user" u SET password = $2, password_changed_at = clock_timestamp(), last_updated = now(), ${flag} = true,
                 ${at} = CASE WHEN u.${flag} AND u.${at} IS NOT NULL THEN u.${at} ELSE now() END
               WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId, hash],
      });
      return rows[0]!;
    },
  };
}

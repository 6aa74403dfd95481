import type { Queryable } from '../../infra/postgres.js';
import type { Identity } from '../../shared/identity.js';

export type IdentitiesRepo = ReturnType<typeof createIdentitiesRepo>;

/** Questions about what accounts are known by, each answered from an index by what is equal: `%` and `_` are characters like others (C-11). */
export function createIdentitiesRepo() {
  return {
    async isTaken(db: Queryable, { kind, key }: Identity): Promise<boolean> {
      const condition = kind === 'email' ? 'lower(email) = $1' : 'phone_e164 = $1';
      const { rows } = await db.query<{ taken: boolean }>({ name: `identity_taken_${kind}`, text: `SELECT EXISTS (SELECT FROM "user" WHERE ${condition}) AS taken`, values: [key] });
      return rows[0]!.taken;
    },

    /** Without regard to capitals: two names that differ by them alone would be taken for each other. */
    async isNameTaken(db: Queryable, userName: string): Promise<boolean> {
      const { rows } = await db.query<{ taken: boolean }>({ name: 'user_name_taken', text: `SELECT EXISTS (SELECT FROM "user" WHERE lower(user_name) = lower($1)) AS taken`, values: [userName] });
      return rows[0]!.taken;
    },

    /** Notes that an identity was proved to be its account's; the first time stays. @returns the account, if there is one */
    async markVerified(db: Queryable, { kind, key }: Identity): Promise<string | undefined> {
      const [condition, flag, at] = kind === 'email' ? ['lower(email) = $1', 'is_email_verified', 'email_verified_at'] : ['phone_e164 = $1', 'is_phone_verified', 'phone_number_verified_at'];
      const { rows } = await db.query<{ user_id: string }>({
        name: `identity_verified_${kind}`,
        text: `UPDATE "user" SET ${flag} = true, ${at} = CASE WHEN ${flag} AND ${at} IS NOT NULL THEN ${at} ELSE now() END, last_updated = now()
               WHERE ${condition} RETURNING user_id`,
        values: [key],
      });
      return rows[0]?.user_id;
    },
  };
}

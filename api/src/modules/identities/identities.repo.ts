import type { Queryable } from '../../infra/postgres.js';
import type { Identity } from '../../shared/identity.js';

export type IdentitiesRepo = ReturnType<typeof createIdentitiesRepo>;

/** What is known of the identities of accounts. */
export function createIdentitiesRepo() {
  return {
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

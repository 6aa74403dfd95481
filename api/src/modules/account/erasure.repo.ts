import type { Queryable } from '../../infra/postgres.js';
import { hashIdentity, type Identity } from '../../shared/identity.js';
import { erasureSteps, type ErasureStep } from './erasure.steps.repo.js';

export type ErasureRepo = Omit<ReturnType<typeof createErasureRepo>, 'steps'> & { steps: readonly ErasureStep[] };

/** Deleted by its owner, and the days of grace are over: from then on no sign-in brings it back. Over the alias `u`. */
const IS_DUE = `upper(u.status) = 'DELETED' AND u.erase_after <= now()`;

/** The erasure of accounts whose days of grace are over. */
export function createErasureRepo() {
  return {
    steps: erasureSteps(),

    /**
     * Marks an account as being erased, if it is due: a sign-in that has its row at this moment is waited for, and one that
     * comes later finds the mark, even if it began before the end of the grace.
     */
    async claim(db: Queryable, userId: string): Promise<{ profile_picture_key: string | null } | undefined> {
      const { rows } = await db.query<{ profile_picture_key: string | null }>({
        name: 'erasure_claim',
        text: `UPDATE "user" u SET is_trashed = true WHERE u.user_id = $1 AND ${IS_DUE} RETURNING u.profile_picture_key`,
        values: [userId],
      });
      return rows[0];
    },

    /** Locks the account so that nothing can be written of it any more. @returns false when another worker has erased it */
    async lock(tx: Queryable, userId: string): Promise<boolean> {
      const { rows } = await tx.query({ name: 'erasure_lock', text: `SELECT FROM "user" u WHERE u.user_id = $1 AND ${IS_DUE} FOR UPDATE`, values: [userId] });
      return rows.length === 1;
    },

    /** The addresses and numbers of an account, those it had before included, without any that is somebody else's by now. */
    async identities(tx: Queryable, userId: string): Promise<string[]> {
      const { rows } = await tx.query<{ value: string }>({
        name: 'erasure_identities',
        text: `SELECT DISTINCT value FROM (
                 SELECT unnest(ARRAY[u.email, u.phone_e164]) AS value FROM "user" u WHERE u.user_id = $1
                 UNION ALL SELECT unnest(ARRAY[c.old_value, c.new_value]) FROM contact_change c WHERE c.user_id = $1) AS known
               WHERE value IS NOT NULL
                 AND NOT EXISTS (SELECT FROM "user" o WHERE lower(o.email) = lower(value) AND o.user_id <> $1)
                 AND NOT EXISTS (SELECT FROM "user" o WHERE o.phone_e164 = value AND o.user_id <> $1)`,
        values: [userId],
      });
      return rows.map(({ value }) => value);
    },

    /** Forgets the codes, counters and invitations of identities. */
    async forgetIdentities(tx: Queryable, identities: readonly Identity[]): Promise<void> {
      const hashes = identities.map(hashIdentity);
      await tx.query({ name: 'erasure_forget_codes', text: 'DELETE FROM one_time_code WHERE identity_hash = ANY($1::bytea[])', values: [hashes] });
      await tx.query({ name: 'erasure_forget_counters', text: 'DELETE FROM throttle WHERE subject = ANY($1::bytea[])', values: [hashes] });
      await tx.query({ name: 'erasure_forget_invitations', text: 'DELETE FROM invitation WHERE identity_key = ANY($1::text[])', values: [identities.map(({ key }) => key)] });
    },

    /** With everything that a foreign key makes part of it. */
    async deleteUser(tx: Queryable, userId: string): Promise<void> {
      await tx.query({ name: 'erasure_delete_user', text: 'DELETE FROM "user" WHERE user_id = $1', values: [userId] });
    },

    /** Accounts that are due, from one on. */
    async due(db: Queryable, after: string, atMost: number): Promise<string[]> {
      const { rows } = await db.query<{ user_id: string }>({
        name: 'erasure_due',
        text: `SELECT u.user_id FROM "user" u WHERE u.erase_after IS NOT NULL AND ${IS_DUE} AND u.user_id > $1 ORDER BY u.user_id LIMIT $2`,
        values: [after, atMost],
      });
      return rows.map(({ user_id }) => user_id);
    },
  };
}

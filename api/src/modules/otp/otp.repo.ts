import type { Queryable } from '../../infra/postgres.js';

export type Purpose = 'any' | 'login' | 'signup' | 'reset' | 'verify';

/** Wrong tries after which a code is dead (C-03). */
export const MAX_ATTEMPTS = 5;

/** Where a code may belong, and what it would be stored as there. */
export type BoundCode = { identityHash: Buffer; purposes: readonly Purpose[]; channels: readonly string[]; codeHashes: Buffer[] };

/** A code that was found right. */
export type ProvenCode = { code_id: string };

const LIVE = `identity_hash = $1 AND purpose = ANY($2) AND channel = ANY($3) AND consumed_at IS NULL AND expires_at > now() AND attempts < ${MAX_ATTEMPTS}`;

export type OtpRepo = ReturnType<typeof createOtpRepo>;

/** One-time codes; each step is one statement, so that workers never race. */
export function createOtpRepo() {
  return {
    /** Puts a new code in place of the one before: one live code per identity and purpose. */
    async replace(db: Queryable, code: { identityHash: Buffer; purpose: Purpose; channel: string; codeHash: Buffer; lifeSeconds: number }): Promise<Date> {
      const { rows } = await db.query<{ expires_at: Date }>({
        name: 'otp_replace',
        text: `INSERT INTO one_time_code (identity_hash, purpose, channel, code_hash, attempts, created_at, expires_at)
               VALUES ($1, $2, $3, $4, 0, now(), now() + make_interval(secs => $5))
               ON CONFLICT (identity_hash, purpose) DO UPDATE SET code_id = gen_random_uuid(), channel = EXCLUDED.channel, code_hash = EXCLUDED.code_hash,
                 attempts = 0, created_at = now(), expires_at = EXCLUDED.expires_at, consumed_at = NULL
               RETURNING expires_at`,
        values: [code.identityHash, code.purpose, code.channel, code.codeHash, code.lifeSeconds],
      });
      return rows[0]!.expires_at;
    },

    /**
     * Tries a code: the right one is used up, a wrong one is counted, in one
     * statement. The row's lock puts simultaneous tries in line, so the sixth
     * finds the code dead and the second finds it used (C-03, C-05).
     * @returns the code that was right
     */
    async consume(db: Queryable, tried: BoundCode): Promise<ProvenCode | undefined> {
      const { rows } = await db.query<ProvenCode & { right: boolean }>({
        name: 'otp_consume',
        text: `UPDATE one_time_code SET
                 attempts = attempts + CASE WHEN code_hash = ANY($4) THEN 0 ELSE 1 END,
                 consumed_at = CASE WHEN code_hash = ANY($4) THEN now() END
               WHERE ${LIVE} RETURNING code_id, consumed_at IS NOT NULL AS right`,
        values: [tried.identityHash, tried.purposes, tried.channels, tried.codeHashes],
      });
      return rows.find(({ right }) => right);
    },

    /** As `consume`, but the right one stays as it is. */
    async prove(db: Queryable, tried: BoundCode): Promise<ProvenCode | undefined> {
      const { rows } = await db.query<ProvenCode & { right: boolean }>({
        name: 'otp_prove',
        text: `UPDATE one_time_code SET attempts = attempts + CASE WHEN code_hash = ANY($4) THEN 0 ELSE 1 END
               WHERE ${LIVE} RETURNING code_id, code_hash = ANY($4) AS right`,
        values: [tried.identityHash, tried.purposes, tried.channels, tried.codeHashes],
      });
      return rows.find(({ right }) => right);
    },

    /** A new code of the same identity has another id: one that was proven before it is not used in its place. */
    async consumeProven(db: Queryable, { code_id }: ProvenCode): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'otp_consume_proven',
        text: 'UPDATE one_time_code SET consumed_at = now() WHERE code_id = $1 AND consumed_at IS NULL AND expires_at > now()',
        values: [code_id],
      });
      return rowCount === 1;
    },

    /** Forgets some codes that nobody can use any more: each new one clears away more than itself, so the table stays small. */
    async forgetOld(db: Queryable): Promise<void> {
      await db.query({
        name: 'otp_forget_old',
        text: `DELETE FROM one_time_code WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM one_time_code WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED))`,
      });
    },
  };
}

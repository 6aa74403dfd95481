import type { Queryable } from '../../infra/postgres.js';

export type Purpose = 'any' | 'login' | 'signup' | 'reset' | 'verify';

/** Wrong tries after which a code is dead (C-03). */
export const MAX_ATTEMPTS = 5;

/** Where a code may belong, and what it would be stored as there. */
export type BoundCode = { identityHash: Buffer; purposes: readonly Purpose[]; channels: readonly string[]; codeHashes: Buffer[] };

/** A code that was found right. */
export type StoredCode = { code_id: string };

/**
 * The codes a try is compared with. Their locks put simultaneous tries in line, so that the sixth finds the code dead and the
 * second finds it used (C-03, C-05); taken in one order, so that tries for different purposes never wait for each other in a circle.
 */
const LIVE = `WITH live AS (
  SELECT identity_hash, purpose FROM one_time_code
  WHERE identity_hash = $1 AND purpose = ANY($2) AND channel = ANY($3) AND consumed_at IS NULL AND expires_at > now() AND attempts < ${MAX_ATTEMPTS}
  ORDER BY purpose FOR UPDATE)`;

const WHERE_LIVE = 'FROM live WHERE c.identity_hash = live.identity_hash AND c.purpose = live.purpose';

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
     * Tries a code: the right one is used up, a wrong one is counted, in one statement.
     * @returns the code that was right
     */
    async consume(db: Queryable, tried: BoundCode): Promise<StoredCode | undefined> {
      const set = `attempts = c.attempts + CASE WHEN c.code_hash = ANY($4) THEN 0 ELSE 1 END, consumed_at = CASE WHEN c.code_hash = ANY($4) THEN now() END`;
      return compare(db, 'otp_consume', set, tried);
    },

    /** As `consume`, but the right one stays as it is. */
    async prove(db: Queryable, tried: BoundCode): Promise<StoredCode | undefined> {
      return compare(db, 'otp_prove', 'attempts = c.attempts + CASE WHEN c.code_hash = ANY($4) THEN 0 ELSE 1 END', tried);
    },

    /** As `prove`, but the right one is counted like a wrong one. */
    async check(db: Queryable, tried: BoundCode): Promise<boolean> {
      return (await compare(db, 'otp_check', 'attempts = c.attempts + 1', tried)) !== undefined;
    },

    /** A new code of the same identity has another id: one that was proven before it is not used in its place. */
    async consumeProven(db: Queryable, { code_id }: StoredCode): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'otp_consume_proven',
        text: 'UPDATE one_time_code SET consumed_at = now() WHERE code_id = $1 AND consumed_at IS NULL AND expires_at > now()',
        values: [code_id],
      });
      return rowCount === 1;
    },

    /**
     * Forgets the codes of identities. One that is being tried at this moment is passed over: its holder may be waiting for the
     * caller, and finds what the caller leaves.
     */
    async forget(tx: Queryable, identityHashes: readonly Buffer[]): Promise<void> {
      await tx.query({
        name: 'otp_forget',
        text: 'DELETE FROM one_time_code WHERE ctid = ANY(ARRAY(SELECT ctid FROM one_time_code WHERE identity_hash = ANY($1::bytea[]) FOR UPDATE SKIP LOCKED))',
        values: [identityHashes],
      });
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

  async function compare(db: Queryable, name: string, set: string, { identityHash, purposes, channels, codeHashes }: BoundCode): Promise<StoredCode | undefined> {
    const { rows } = await db.query<StoredCode & { is_right: boolean }>({
      name,
      text: `${LIVE} UPDATE one_time_code c SET ${set} ${WHERE_LIVE} RETURNING c.code_id, c.code_hash = ANY($4) AS is_right`,
      values: [identityHash, purposes, channels, codeHashes],
    });
    const right = rows.find(({ is_right }) => is_right);
    return right && { code_id: right.code_id };
  }
}

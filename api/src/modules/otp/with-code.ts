import type { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { Refusal } from '../../shared/refusal.js';
import type { CodeKind, OtpService, TriedCode } from './otp.service.js';

export type WithCodeOptions<T> = {
  /** Done first of all in that transaction: locks that have to be taken before any other. */
  first?: ((tx: Queryable) => Promise<void>) | undefined;
  /** What is done with a right code, in the transaction that uses it up. May throw a `Refusal`. */
  proceed: (tx: Queryable, used: CodeKind) => Promise<T>;
  /** Leaves the entry of a failure: in the transaction that counts a wrong code, or after one that was undone. */
  failed: (db: Queryable, failure: { status: number; userId?: string | undefined; wrongCode: boolean }) => Promise<void>;
  /** What a wrong code is answered with. */
  wrong: () => ApiError;
};

export type WithCode = ReturnType<typeof createWithCode>;

/**
 * Uses a code up and goes on in the same transaction. A wrong try is committed, so that it counts; a failure after
 * a right one rolls everything back, so that the code can still be used where it belongs.
 */
export function createWithCode({ db, otp }: { db: Database; otp: Pick<OtpService, 'consume' | 'recordMasterCode'> }) {
  return async function withCode<T>(tried: TriedCode, { first, proceed, failed, wrong }: WithCodeOptions<T>): Promise<T> {
    let outcome: { result: T } | undefined;
    let used: CodeKind | undefined;
    try {
      outcome = await db.transaction(async (tx) => {
        await first?.(tx);
        used = await otp.consume(tx, tried);
        if (used) return { result: await proceed(tx, used) };
        await failed(tx, { status: wrong().definition.status, wrongCode: true });
        return undefined;
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status } = error.answer.definition;
      // Undone with the rest, and still a use that has to be in the log.
      if (used === 'master') await otp.recordMasterCode(db, tried, status);
      await failed(db, { status, userId: error.userId, wrongCode: false });
      throw error.answer;
    }
    if (!outcome) throw wrong();
    return outcome.result;
  };
}

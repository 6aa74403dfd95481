import type { Database, Queryable } from '../infra/postgres.js';
import type { Changes } from './changes.js';

/**
 * Runs a transaction that ends access, and returns when every worker obeys it (B-01). Also when it found nothing to end,
 * since another call may have done so a moment ago, and when it failed at its COMMIT, since the answer alone may have been
 * lost. What failed before that has ended nothing, and its caller need not wait for a database that does not answer (F9).
 */
export async function endingTransaction<T>(db: Pick<Database, 'transaction'>, changes: Pick<Changes, 'settled'>, work: (tx: Queryable) => Promise<T>): Promise<T> {
  let isCommitting = false;
  try {
    return await db.transaction(async (tx) => {
      const result = await work(tx);
      isCommitting = true;
      return result;
    });
  } finally {
    if (isCommitting) await changes.settled();
  }
}

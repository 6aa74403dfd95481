import { ApiError } from '../../http/errors.js';
import type { Database } from '../../infra/postgres.js';
import type { SendBudgets } from './send-budgets.js';

/** Whether a notice may leave as a text message to this number; each yes uses one up. */
export type MayText = (phone: string) => Promise<boolean>;

/** Asked when a notice leaves, not when it is queued: the budgets that all share must not be locked behind somebody's account. */
export function createMayText({ db, sendBudgets }: { db: Pick<Database, 'transaction'>; sendBudgets: Pick<SendBudgets, 'takeForNotice'> }): MayText {
  return async function mayText(phone) {
    try {
      await db.transaction((tx) => sendBudgets.takeForNotice(tx, phone));
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  };
}

import { ApiError, httpErrors } from '../../http/errors.js';
import type { Logger } from '../../infra/logger.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { budgetSubject } from '../../shared/budget-subject.js';
import type { Channel } from '../../shared/code-body.js';
import { hashIdentity, type Identity } from '../../shared/identity.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import type { SendBudgets } from '../otp/send-budgets.js';

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

export type InvitationBudgetsParts = { db: Database; budgets: BudgetsRepo; sendBudgets: Pick<SendBudgets, 'takeForNotice' | 'giveBackForNotice'>; logger: Pick<Logger, 'warn'>; maxPerDay: number };

export type InvitationBudgets = ReturnType<typeof createInvitationBudgets>;

/** How many invitations may be sent: to one address or number, by one administrator, and where each costs money, out of what is there for codes (C-23). */
export function createInvitationBudgets({ db, budgets, sendBudgets, logger, maxPerDay }: InvitationBudgetsParts) {
  return {
    /** Takes one for the address or number and one for whoever invites. @throws ApiError TOO_MANY_REQUESTS with the seconds to wait */
    async take(tx: Queryable, identity: Identity, invitedBy: string): Promise<void> {
      const once = { windowSeconds: MINUTE_SECONDS, max: 1, cooldownSeconds: 0 };
      const daily = { windowSeconds: DAY_SECONDS, max: maxPerDay, cooldownSeconds: 0 };
      for (const budget of [
        { bucket: 'invitation', subject: hashIdentity(identity), ...once },
        { bucket: 'invitation_by', subject: budgetSubject('user', invitedBy), ...daily },
      ]) {
        const seconds = await budgets.take(tx, budget);
        if (seconds > 0) throw tooMany(seconds);
      }
    },

    /**
     * Runs work that ends with a message on its way, having taken what a text message costs; work that fails costs nothing.
     * In transactions of their own: what all share must not be locked behind the line of administrators.
     * @throws ApiError TOO_MANY_REQUESTS with the seconds to wait
     */
    async paying<T>(channel: Channel, { key }: Identity, work: () => Promise<T>): Promise<T> {
      if (channel === 'email') return work();
      await takeForText(key);
      try {
        return await work();
      } catch (error) {
        // What became of the work is what matters; at worst one message too few is sent today.
        await db.transaction((tx) => sendBudgets.giveBackForNotice(tx, key)).catch((failure: unknown) => {
          logger.warn('The budget of an invitation that failed could not be given back', { channel, error: failure });
        });
        throw error;
      }
    },
  };

  async function takeForText(phone: string): Promise<void> {
    try {
      await db.transaction((tx) => sendBudgets.takeForNotice(tx, phone));
    } catch (error) {
      // It speaks of codes; here nobody has asked for one.
      throw error instanceof ApiError ? tooMany(Number(error.headers?.['Retry-After'] ?? DAY_SECONDS)) : error;
    }
  }
}

function tooMany(seconds: number): ApiError {
  return new ApiError(httpErrors.TOO_MANY_REQUESTS, { details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
}

import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { budgetSubject } from '../../shared/budget-subject.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Channel } from '../../shared/code-body.js';
import { callingCode, hashIdentity, type Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { Budget, BudgetsRepo } from '../budgets/budgets.repo.js';

export type SendBudgetsOptions = Readonly<{
  sendCooldownSeconds: number;
  sendMaxPerHour: number;
  sendMaxPerHourPerAddress: number;
  phoneMaxPerDayPerCountry: number;
  phoneMaxPerDay: number;
}>;

export type SendBudgets = ReturnType<typeof createSendBudgets>;

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** A day, to one number: somebody who sets his account in order needs a few. */
const NOTICES_A_DAY = 10;

/** How many codes may be sent, and how many notices by text message: to one identity, for one address, and where each costs money, to one country and in all (C-04, C-23). */
export function createSendBudgets({ budgets, options }: { budgets: BudgetsRepo; options: SendBudgetsOptions }) {
  return {
    /**
     * Takes one of each budget. Always in one order, from the narrowest to the one that all share, so that simultaneous
     * callers never wait for each other in a circle.
     * @throws ApiError AUTH_OTP_THROTTLED with the seconds to wait; the transaction then takes back what the others gave
     */
    async take(tx: Queryable, request: { identity: Identity; channel: Channel; origin: RequestOrigin }): Promise<void> {
      for (const budget of budgetsOf(request)) {
        const seconds = await budgets.take(tx, budget);
        if (seconds > 0) throw throttled(seconds);
      }
    },

    /**
     * Takes one for a notice by text message, which costs as much as a code: of the number's own, and of what codes to its
     * country and to all countries are taken from (C-23). In the order of `take`, in a transaction of its own.
     * @throws ApiError as `take`
     */
    async takeForNotice(tx: Queryable, phone: string): Promise<void> {
      for (const budget of noticeBudgets(phone)) {
        const seconds = await budgets.take(tx, budget);
        if (seconds > 0) throw throttled(seconds);
      }
    },

    /** Gives back what was taken for a notice that is not sent after all. */
    async giveBackForNotice(tx: Queryable, phone: string): Promise<void> {
      for (const { bucket, subject } of noticeBudgets(phone)) await budgets.giveBack(tx, bucket, subject);
    },
  };

  function noticeBudgets(phone: string): Budget[] {
    return [{ bucket: 'notice_send', subject: budgetSubject('phone', phone), windowSeconds: DAY_SECONDS, max: NOTICES_A_DAY, cooldownSeconds: 0 }, ...paidBudgets(phone)];
  }

  function budgetsOf({ identity, channel, origin }: { identity: Identity; channel: Channel; origin: RequestOrigin }): Budget[] {
    const hourly = { windowSeconds: HOUR_SECONDS, cooldownSeconds: 0 };
    const all: Budget[] = [
      { bucket: 'otp_send', subject: hashIdentity(identity), ...hourly, max: options.sendMaxPerHour, cooldownSeconds: options.sendCooldownSeconds },
      { bucket: 'otp_send_address', subject: budgetSubject('address', origin.address), ...hourly, max: options.sendMaxPerHourPerAddress },
    ];
    return channel === 'email' ? all : [...all, ...paidBudgets(identity.key)];
  }

  function paidBudgets(phone: string): Budget[] {
    const daily = { windowSeconds: DAY_SECONDS, cooldownSeconds: 0 };
    return [
      { bucket: 'otp_send_country', subject: budgetSubject('country', callingCode(phone)), ...daily, max: options.phoneMaxPerDayPerCountry },
      { bucket: 'otp_send_phones', subject: budgetSubject('country', 'all'), ...daily, max: options.phoneMaxPerDay },
    ];
  }
}

function throttled(seconds: number): ApiError {
  return new ApiError(authErrors.AUTH_OTP_THROTTLED, { params: { seconds }, details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
}

import { createHash } from 'node:crypto';
import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';

export type PasswordAttempts = ReturnType<typeof createPasswordAttempts>;

const BUCKET = 'password_change';

/** How often the password of an account may be tried by somebody who holds a token of it: a stolen one must not guess it (C-14, C-20). */
export function createPasswordAttempts({ budgets, limits }: { budgets: BudgetsRepo; limits: Readonly<{ maxFailures: number; windowSeconds: number }> }) {
  return {
    /**
     * Takes a try before the password is compared: tries made at once are counted before any of them is answered.
     * @returns undefined when there was one left, else what to answer: AUTH_TOO_MANY_ATTEMPTS with the seconds to wait
     */
    async take(db: Queryable, userId: string): Promise<ApiError | undefined> {
      const wait = await budgets.take(db, { bucket: BUCKET, subject: subjectOf(userId), windowSeconds: limits.windowSeconds, max: limits.maxFailures, cooldownSeconds: 0 });
      if (wait === 0) return undefined;
      return new ApiError(authErrors.AUTH_TOO_MANY_ATTEMPTS, { params: { seconds: wait }, details: { retry_after: wait }, headers: { 'Retry-After': String(wait) } });
    },

    /** For a try that compared nothing, since the server was too busy. */
    giveBack: (db: Queryable, userId: string): Promise<void> => budgets.giveBack(db, BUCKET, subjectOf(userId)),

    /** Somebody has shown that he is the owner: failures before that are forgiven. */
    forgive: (db: Queryable, userId: string): Promise<void> => budgets.forget(db, BUCKET, subjectOf(userId)),
  };
}

function subjectOf(userId: string): Buffer {
  return createHash('sha256').update(`user\n${userId}`).digest();
}

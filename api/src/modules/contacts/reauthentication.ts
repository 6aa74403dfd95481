import { createHash } from 'node:crypto';
import { ApiError } from '../../http/errors.js';
import type { Database } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import type { Passwords } from '../passwords/passwords.js';
import type { SessionFreshness } from '../sessions/session-freshness.js';
import type { UsersRepo } from '../users/users.repo.js';

export type ReauthenticationParts = { db: Database; freshness: SessionFreshness; users: Pick<UsersRepo, 'findById'>; passwords: Pick<Passwords, 'verify'>; budgets: Pick<BudgetsRepo, 'take'>; activity: ActivityService };

/** @throws ApiError AUTH_REAUTH_REQUIRED, AUTH_TOO_MANY_ATTEMPTS */
export type Reauthenticate = (principal: Principal, password: string | undefined, origin: RequestOrigin) => Promise<void>;

const MAX_TRIES = 5;
const WINDOW_SECONDS = 900;

/**
 * Makes sure that whoever changes how an account is reached has signed in recently or knows its password: a session
 * that was stolen long after it was opened must not be enough to take the account over (C-16, ASVS 7.5.1).
 */
export function createReauthentication({ db, freshness, users, passwords, budgets, activity }: ReauthenticationParts): Reauthenticate {
  return async function reauthenticate({ userId, sessionId }, password, origin) {
    if (await freshness.isFresh(db, sessionId)) return;
    if (password === undefined) throw required();
    await takeTry(userId);
    const user = await users.findById(db, userId);
    if (user && (await passwords.verify(password, user.password)).ok) return;
    await activity.record(db, origin, { action: 'contact_change_failed', userId, status: required().definition.status, metadata: { reason: 'password' } });
    throw required();
  };

  /** Counted before the password is compared, so that simultaneous guesses do not slip past: a stolen session must not find the password out (C-20). */
  async function takeTry(userId: string): Promise<void> {
    const subject = createHash('sha256').update(`user\n${userId}`).digest();
    const seconds = await db.transaction((tx) => budgets.take(tx, { bucket: 'reauthentication', subject, windowSeconds: WINDOW_SECONDS, max: MAX_TRIES, cooldownSeconds: 0 }));
    if (seconds > 0) throw new ApiError(authErrors.AUTH_TOO_MANY_ATTEMPTS, { params: { seconds }, details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
  }
}

function required(): ApiError {
  return new ApiError(authErrors.AUTH_REAUTH_REQUIRED);
}

import { ApiError } from '../../http/errors.js';
import type { Database } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { PasswordAttempts } from '../passwords/password-attempts.js';
import type { Passwords } from '../passwords/passwords.js';
import type { SessionFreshness } from '../sessions/session-freshness.js';
import type { UsersRepo } from '../users/users.repo.js';

export type ReauthenticationParts = { db: Database; freshness: SessionFreshness; users: Pick<UsersRepo, 'findById'>; passwords: Pick<Passwords, 'verify'>; attempts: PasswordAttempts; activity: ActivityService };

/** @throws ApiError AUTH_REAUTH_REQUIRED, AUTH_TOO_MANY_ATTEMPTS */
export type Reauthenticate = (principal: Principal, password: string | undefined, origin: RequestOrigin) => Promise<void>;

/**
 * Makes sure that whoever changes how an account is reached has signed in recently or knows its password: a session
 * that was stolen long after it was opened must not be enough to take the account over (C-16, ASVS 7.5.1).
 */
export function createReauthentication({ db, freshness, users, passwords, attempts, activity }: ReauthenticationParts): Reauthenticate {
  return async function reauthenticate({ userId, sessionId }, password, origin) {
    if (await freshness.isFresh(db, sessionId)) return;
    if (password === undefined) throw required();
    // The same tries as at a change of password, counted before the comparison: a stolen session must not find it out (C-20).
    const exhausted = await attempts.take(db, userId);
    if (exhausted) throw exhausted;
    if (await isPasswordOf(userId, password)) return attempts.forgive(db, userId);
    await activity.record(db, origin, { action: 'contact_change_failed', userId, status: required().definition.status, metadata: { reason: 'password' } });
    throw required();
  };

  /** A try that the server was too busy to compare has told nobody anything, and is not counted. */
  async function isPasswordOf(userId: string, password: string): Promise<boolean> {
    try {
      const user = await users.findById(db, userId);
      return user !== undefined && (await passwords.verify(password, user.password)).ok;
    } catch (error) {
      await attempts.giveBack(db, userId);
      throw error;
    }
  }
}

function required(): ApiError {
  return new ApiError(authErrors.AUTH_REAUTH_REQUIRED);
}

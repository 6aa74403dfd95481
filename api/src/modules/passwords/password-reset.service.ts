import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { mayComeBack, mayUseAccount } from '../../shared/account-state.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import { maskIdentity, type Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { Refusal } from '../../shared/refusal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Lockout } from '../lockout/lockout.js';
import type { Channel, OtpService, ProvenCode } from '../otp/otp.service.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { PasswordAttempts } from './password-attempts.js';
import { assertNone, type PasswordChecks, type WantedPassword } from './password-checks.js';
import type { RecordRenewal } from './password-renewal.js';
import type { PasswordsRepo } from './passwords.repo.js';
import type { Passwords } from './passwords.js';

export type PasswordResetParts = {
  db: Database;
  users: UsersRepo;
  repo: PasswordsRepo;
  otp: Pick<OtpService, 'prove' | 'consumeProven'>;
  passwords: Passwords;
  checks: PasswordChecks;
  attempts: PasswordAttempts;
  lockout: Pick<Lockout, 'clear' | 'guesser'>;
  sessionEnds: Pick<SessionEndsRepo, 'endAll'>;
  recordRenewal: RecordRenewal;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
};

/** `written`: the identity as the caller wrote it. No code is a wrong code. */
export type PasswordResetAttempt = WantedPassword & Readonly<{ identity: Identity; written: string; channel?: Channel | undefined; code?: string | undefined; origin: RequestOrigin }>;

export type PasswordReset = ReturnType<typeof createPasswordReset>;

/** A new password for whoever gives a one-time code instead of the old one. */
export function createPasswordReset(parts: PasswordResetParts) {
  const { db, users, repo, otp, passwords, checks, attempts, lockout, sessionEnds, recordRenewal, activity, changes } = parts;

  return {
    /**
     * Ends every session of the account and signs nobody in (C-22): when it returns, every worker refuses them (B-06). A code whose password is
     * refused can be used again.
     * @throws ApiError AUTH_INVALID_PAYLOAD with every violation; AUTH_OTP_INVALID, for an unknown account as for a wrong code (C-09);
     *   AUTH_FORGOT_PASSWORD_FAILED when the account may not be used
     */
    reset: replaceByCode,
  };

  async function replaceByCode(attempt: PasswordResetAttempt): Promise<void> {
    assertNone(checks.ofPassword(attempt));
    const { proven, user } = await prove(attempt);
    // From here on the caller has shown that the identity is his: what depends on the account takes time, and is told.
    assertNone([...checks.ofOwner(attempt.password, user), ...(await checks.ofHistory(db, user, attempt.password))]);
    const hash = await passwords.hash(attempt.password);
    try {
      await endingTransaction(db, changes, (tx) => replace(tx, proven, user.user_id, hash, attempt));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await recordFailure(db, attempt, error.userId, error.answer);
      throw error.answer;
    }
  }

  /** The same statements for an unknown account and for a wrong code (C-10). Committed, so that a wrong one counts. */
  async function prove(attempt: PasswordResetAttempt): Promise<{ proven: ProvenCode; user: UserRow }> {
    const { identity, channel, code, origin } = attempt;
    const found = await db.transaction(async (tx) => {
      const proven = code === undefined ? undefined : await otp.prove(tx, { identity, channel, purpose: 'reset', code, origin });
      const user = await users.findByIdentity(tx, identity);
      if (proven && user && mayReset(user)) return { proven, user };
      const answer = proven && user ? unusable() : invalidCode(attempt);
      await recordFailure(tx, attempt, user?.user_id, answer);
      return answer;
    });
    if (found instanceof ApiError) throw found;
    return found;
  }

  async function replace(tx: Queryable, proven: ProvenCode, userId: string, hash: string, attempt: PasswordResetAttempt): Promise<void> {
    const { identity, origin } = attempt;
    // Used up with the change itself, so that of simultaneous calls one succeeds, and a failure leaves the code as it was.
    if (!(await otp.consumeProven(tx, proven))) throw new Refusal(invalidCode(attempt), userId);
    const user = await users.lockByIdentity(tx, identity);
    // The address may have gone to another account since the code was found right: that account was not asked.
    if (user?.user_id !== userId) throw new Refusal(invalidCode(attempt), userId);
    if (!mayReset(user)) throw new Refusal(unusable(), userId);
    const updated = await repo.reset(tx, userId, identity.kind, hash);
    const sessions = await sessionEnds.endAll(tx, userId, 'password_reset');
    // Who forgot his password has tried some: he must not have to wait before he can use the new one.
    await lockout.clear(tx, lockout.guesser(identity.key, userId, origin));
    await attempts.forgive(tx, userId);
    await recordRenewal(tx, { user: updated, replaced: user.password, action: 'password_reset', metadata: { identity: maskIdentity(identity.key), sessions }, origin });
  }

  /** Nobody was recognised, so the account is whom it was tried on: a foreign key would be looked up for known accounts alone, and take its time (C-10). */
  function recordFailure(tx: Queryable, { identity, origin }: PasswordResetAttempt, userId: string | undefined, { definition: { key, status } }: ApiError): Promise<void> {
    return activity.record(tx, origin, { action: 'password_change_failed', targetUserId: userId, status, metadata: { reason: key, identity: maskIdentity(identity.key) } });
  }
}

/** Also an account that its owner has left and can come back to by signing in; it stays as it is until he does. */
function mayReset(user: UserRow): boolean {
  return mayUseAccount(user) || mayComeBack(user);
}

function invalidCode({ written }: PasswordResetAttempt): ApiError {
  return new ApiError(authErrors.AUTH_OTP_INVALID, { details: { user_id: written } });
}

function unusable(): ApiError {
  return new ApiError(authErrors.AUTH_FORGOT_PASSWORD_FAILED);
}

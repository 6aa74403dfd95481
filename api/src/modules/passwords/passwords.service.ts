import { ApiError, httpErrors } from '../../http/errors.js';
import type { Database } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import { readIdentity } from '../../shared/identity.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { SessionFreshness } from '../sessions/session-freshness.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { PasswordAttempts } from './password-attempts.js';
import { assertNone, type PasswordChecks, type WantedPassword } from './password-checks.js';
import type { RecordRenewal } from './password-renewal.js';
import type { PasswordsRepo } from './passwords.repo.js';
import type { Passwords } from './passwords.js';

export type PasswordsServiceParts = {
  db: Database;
  users: UsersRepo;
  repo: PasswordsRepo;
  passwords: Passwords;
  checks: PasswordChecks;
  attempts: PasswordAttempts;
  freshness: SessionFreshness;
  sessionEnds: Pick<SessionEndsRepo, 'endOthers'>;
  recordRenewal: RecordRenewal;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
};

/** `named`: whom the caller believes to be, where he says so. */
export type PasswordChange = WantedPassword & Readonly<{ oldPassword: string; named?: string | undefined }>;

export type PasswordsService = ReturnType<typeof createPasswordsService>;

/** A simultaneous sign-in may have stored a stronger hash of the same password meanwhile: the old one is then compared with that. */
const PASSWORD_READS = 3;

/** New passwords for whoever is signed in. */
export function createPasswordsService(parts: PasswordsServiceParts) {
  const { db, users, repo, passwords, checks, attempts, sessionEnds, recordRenewal, activity, changes } = parts;

  return {
    /**
     * Gives an account its first password. The sessions stay.
     * @throws ApiError AUTH_INVALID_PAYLOAD with every violation; AUTH_PASSWORD_ALREADY_SET: only who knows a password may replace it (C-15);
     *   AUTH_REAUTH_REQUIRED when the caller signed in too long ago
     */
    async set(principal: Principal, wanted: WantedPassword, origin: RequestOrigin): Promise<void> {
      const user = await load(principal);
      assertNone([...checks.ofPassword(wanted), ...checks.ofOwner(wanted.password, user)]);
      if (!passwords.isUnusable(user.password)) throw await refused(user, new ApiError(authErrors.AUTH_PASSWORD_ALREADY_SET), origin);
      // A session that was stolen long after it was opened must not become a way to sign in (C-15, ASVS 7.5.1).
      if (!(await parts.freshness.isFresh(db, principal.sessionId))) throw await refused(user, new ApiError(authErrors.AUTH_REAUTH_REQUIRED), origin);
      const hash = await passwords.hash(wanted.password);
      const isStored = await db.transaction(async (tx) => {
        const stored = await repo.replace(tx, user.user_id, user.password, hash);
        if (stored) await recordRenewal(tx, { user: stored, replaced: user.password, action: 'password_set', origin });
        return stored !== undefined;
      });
      if (!isStored) throw await refused(user, new ApiError(authErrors.AUTH_PASSWORD_ALREADY_SET), origin);
    },

    /**
     * Replaces the password of the caller, who gives the old one, and ends his other sessions: when it returns, every worker refuses them (B-06).
     * @throws ApiError AUTH_INVALID_PAYLOAD with every violation; AUTH_PASSWORD_INVALID_OLD, also when the account has no password or is not the one that is named;
     *   AUTH_TOO_MANY_ATTEMPTS after too many of these
     */
    async change(principal: Principal, change: PasswordChange, origin: RequestOrigin): Promise<void> {
      const user = await load(principal);
      assertNone([...checks.ofPassword(change), ...checks.ofOwner(change.password, user)]);
      // Checked and changed is the token owner's password; whoever names somebody else has not understood that (C-14).
      if (change.named !== undefined && !isNameOf(change.named, user)) throw await refused(user, wrongOld(change), origin);
      const exhausted = await attempts.take(db, user.user_id);
      if (exhausted) throw await refused(user, exhausted, origin);
      for (let reads = 0; reads < PASSWORD_READS; reads += 1) {
        const present = await load(principal);
        if (!(await verifyOld(change.oldPassword, present))) break;
        await attempts.forgive(db, present.user_id);
        assertNone(await checks.ofHistory(db, present, change.password));
        if (await replace(principal, present, await passwords.hash(change.password), origin)) return;
      }
      throw await refused(user, wrongOld(change), origin);
    },
  };

  async function load({ userId }: Principal): Promise<UserRow> {
    const user = await users.findById(db, userId);
    if (!user) throw new ApiError(httpErrors.UNAUTHORIZED);
    return user;
  }

  /** A try that the server was too busy to compare has told nobody anything, and is not counted. */
  async function verifyOld(password: string, user: UserRow): Promise<boolean> {
    try {
      return (await passwords.verify(password, user.password)).ok;
    } catch (error) {
      await attempts.giveBack(db, user.user_id);
      throw error;
    }
  }

  /** Only where the hash that was compared is still the one stored: an old password must not undo a change that was made meanwhile. @returns false when it is not */
  function replace({ sessionId }: Principal, { user_id: userId, password }: UserRow, hash: string, origin: RequestOrigin): Promise<boolean> {
    return endingTransaction(db, changes, async (tx) => {
      const stored = await repo.replace(tx, userId, password, hash);
      if (!stored) return false;
      const sessions = await sessionEnds.endOthers(tx, userId, sessionId, 'password_changed');
      await recordRenewal(tx, { user: stored, replaced: password, action: 'password_changed', metadata: { sessions }, origin });
      return true;
    });
  }

  /** Leaves the entry of a failure. @returns what to answer */
  async function refused(user: UserRow, answer: ApiError, origin: RequestOrigin): Promise<ApiError> {
    const { key, status } = answer.definition;
    await activity.record(db, origin, { action: 'password_change_failed', userId: user.user_id, status, metadata: { reason: key } });
    return answer;
  }
}

/** The caller's own words, and nothing of the account. */
function wrongOld({ named }: PasswordChange): ApiError {
  return new ApiError(authErrors.AUTH_PASSWORD_INVALID_OLD, named === undefined ? {} : { details: { user_id: named } });
}

/** Whether text names an account, in any of the spellings one may sign in with. */
function isNameOf(text: string, user: UserRow): boolean {
  const identity = readIdentity(text);
  const known = identity?.kind === 'phone' ? user.phone_e164 : user.email?.toLowerCase();
  return (identity !== undefined && identity.key === known) || text.toLowerCase() === user.user_name?.toLowerCase();
}

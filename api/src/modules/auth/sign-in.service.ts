import { ApiError } from '../../http/errors.js';
import type { Database } from '../../infra/postgres.js';
import { mayComeBack, mayUseAccount } from '../../shared/account-state.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { Refusal } from '../../shared/refusal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { Guesser, Lockout } from '../lockout/lockout.js';
import type { Passwords } from '../passwords/passwords.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { ByCode, CodeAttempt } from './by-code.js';
import type { ComingBack } from './coming-back.js';
import type { Opening, Outcome, SignedIn } from './opening.js';

export type SignInParts = {
  db: Database;
  byCode: ByCode;
  users: UsersRepo;
  passwords: Passwords;
  lockout: Lockout;
  comeBack: ComingBack;
  opening: Opening;
  /** Zero: a password is good for ever. */
  maxAgeDays: number;
};

export type SignIn = ReturnType<typeof createSignIn>;

type PasswordAttempt = { username: string; password: string; origin: RequestOrigin };
/** One comparison: who was meant, and who is counted if it fails. */
type Tried = PasswordAttempt & { user: UserRow | undefined; guesser: Guesser };
type Check = { ok: boolean; outdated: boolean };

/** A simultaneous sign-in may have stored a stronger hash meanwhile: the password is then compared with that. */
const PASSWORD_READS = 3;
const NO_MATCH: Check = { ok: false, outdated: false };
const DAY_MS = 86_400_000;

/** Signing in. Each is one transaction: the code used, the account come back, its session and the entry, or none of them. */
export function createSignIn({ db, byCode, users, passwords, lockout, comeBack, opening, maxAgeDays }: SignInParts) {
  return {
    /** @throws ApiError AUTH_OTP_INVALID, for an unknown account as for a wrong code (C-09); AUTH_INVALID_CREDENTIALS when the account may not be used */
    withCode(attempt: CodeAttempt): Promise<SignedIn> {
      const { identity, origin } = attempt;
      return byCode(attempt, 'login', async (tx) => {
        // Locked, so that whoever closes the account at this moment comes before or after the whole of it (B-07).
        const found = await users.lockByIdentity(tx, identity);
        if (!found) throw new Refusal(new ApiError(authErrors.AUTH_OTP_INVALID));
        const returned = maySignIn(found) ? await comeBack(tx, found, origin) : undefined;
        if (!returned) throw new Refusal(new ApiError(authErrors.AUTH_INVALID_CREDENTIALS), found.user_id);
        await lockout.clear(tx, lockout.guesser(identity.key, found.user_id, origin));
        const account = (await users.signedInByCode(tx, found.user_id, identity.kind))!;
        const outcome = await opening.open(tx, { account, shown: returned.account, action: 'sign_in', origin });
        return { ...outcome, endedOthers: outcome.endedOthers || returned.cameBack };
      });
    },

    /**
     * @throws ApiError AUTH_INVALID_CREDENTIALS: the same, as fast, for an unknown user, a wrong password and an inactive account
     *   (C-09, C-10); AUTH_TOO_MANY_ATTEMPTS for all of them alike; AUTH_PASSWORD_EXPIRED, to whoever knows the password
     */
    withPassword: tryPassword,
  };

  async function tryPassword(attempt: PasswordAttempt): Promise<SignedIn> {
    // What cannot be compared is refused at once, whoever is meant: a flood then costs the database nothing (C-19).
    passwords.assertRoom();
    for (let reads = 1; ; reads += 1) {
      const user = await users.findByName(db, attempt.username);
      const tried: Tried = { ...attempt, user, guesser: lockout.guesser(attempt.username, user?.user_id, attempt.origin) };
      const mayTry = await noted(tried, () => lockout.mayTry(db, tried.guesser));
      const check = await compare(attempt.password, mayTry ? user : undefined);
      if (!user || !check.ok || !maySignIn(user) || reads > PASSWORD_READS) throw await wrong(tried);
      const outcome = await noted(tried, () => openByPassword(user, check.outdated, tried));
      if (outcome) return opening.settle(outcome);
    }
  }

  /** Spends the same time whether or not there is an account (C-10). */
  async function compare(password: string, user: UserRow | undefined): Promise<Check> {
    if (user) return passwords.verify(password, user.password);
    await passwords.verifyNothing(password);
    return NO_MATCH;
  }

  /** @returns undefined when the password was changed while it was being checked: an old one must neither sign in nor be stored again */
  async function openByPassword(user: UserRow, outdated: boolean, { username, password, guesser, origin }: Tried): Promise<Outcome | undefined> {
    // Asked once more before the time of a hash is spent: by it, a guesser who is locked out meanwhile would know the right one.
    if (outdated && !(await lockout.mayTry(db, guesser))) throw wrongPassword(username);
    const newHash = outdated ? await passwords.hash(password) : undefined;
    return db.transaction(async (tx) => {
      const found = await users.signedInByPassword(tx, user.user_id, user.password, newHash);
      if (!found) return undefined;
      // A right password that comes behind the last of too many wrong ones opens nothing: simultaneous guesses are not more guesses (C-20).
      if (!(await lockout.pass(tx, guesser))) throw wrongPassword(username);
      if (isExpired(user)) throw new ApiError(authErrors.AUTH_PASSWORD_EXPIRED);
      const returned = await comeBack(tx, found, origin);
      if (!returned) throw wrongPassword(username);
      const { account, cameBack } = returned;
      const outcome = await opening.open(tx, { account, shown: { ...account, last_sign_in_at: user.last_sign_in_at }, action: 'sign_in', origin });
      return { ...outcome, endedOthers: outcome.endedOthers || cameBack };
    });
  }

  /** Counts a wrong password, and leaves its entry. @returns what to answer */
  function wrong({ username, user, guesser, origin }: Tried): Promise<ApiError> {
    return db.transaction(async (tx) => {
      const answer = (await lockout.countFailure(tx, guesser)) ?? wrongPassword(username);
      await opening.failed(tx, origin, { name: username, userId: user?.user_id, status: answer.definition.status });
      return answer;
    });
  }

  /** Leaves the entry of a sign-in that was refused, for whatever reason but a wrong password. */
  async function noted<T>({ username, user, origin }: Tried, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError) await opening.failed(db, origin, { name: username, userId: user?.user_id, status: error.definition.status });
      throw error;
    }
  }

  function isExpired({ password_changed_at: changedAt, created_at: createdAt }: UserRow): boolean {
    return maxAgeDays > 0 && (changedAt ?? createdAt).getTime() < Date.now() - maxAgeDays * DAY_MS;
  }
}

/** Suspended, deleted for good and never activated accounts are as good as none. */
function maySignIn(user: UserRow): boolean {
  return mayUseAccount(user) || mayComeBack(user);
}

function wrongPassword(username: string): ApiError {
  return new ApiError(authErrors.AUTH_INVALID_CREDENTIALS, { details: { username, message: 'Invalid username or password' } });
}

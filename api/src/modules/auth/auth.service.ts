import { createHash, randomInt } from 'node:crypto';
import { ApiError, httpErrors } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import { mayUseAccount } from '../../shared/account-state.js';
import type { Changes } from '../../shared/changes.js';
import { maskIdentity, readIdentity, type Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { Refusal } from '../../shared/refusal.js';
import type { UserRow } from '../../shared/user-row.js';
import { presentUser, type UserView } from '../../shared/user-view.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import type { Channel } from '../otp/otp.service.js';
import type { Purpose } from '../otp/otp.repo.js';
import type { WithCode } from '../otp/with-code.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { TokenSet } from '../sessions/sessions.types.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { Passwords } from '../passwords/passwords.js';

export type AuthServiceParts = {
  db: Database;
  users: UsersRepo;
  withCode: WithCode;
  passwords: Passwords;
  sessions: SessionsService;
  activity: ActivityService;
  changes: Changes;
  budgets: BudgetsRepo;
  signUpsPerHour: number;
};

export type AuthService = ReturnType<typeof createAuthService>;

type SignedIn = TokenSet & { user: UserView };
/** What a transaction that signs in leaves to be done after it. */
type Outcome = { answer: SignedIn; endedOthers: boolean };
type PasswordAttempt = { username: string; password: string; origin: RequestOrigin };
/** `written`: the identity as the caller wrote it. */
type CodeAttempt = { identity: Identity; written: string; channel: Channel; code: string; origin: RequestOrigin };

const DEFAULT_GROUP = 'user';
const NAME_ATTEMPTS = 5;
/** A simultaneous sign-in may have stored a stronger hash meanwhile: the password is then compared with that. */
const PASSWORD_READS = 3;
const NO_MATCH = { ok: false, outdated: false };
const HOUR_SECONDS = 3600;

/** Signing up and signing in. Each is one transaction: the code used, the account, its session and the entry, or none of them. */
export function createAuthService({ db, users, withCode, passwords, sessions, activity, changes, budgets, signUpsPerHour }: AuthServiceParts) {
  return {
    /** @throws ApiError AUTH_OTP_INVALID, AUTH_USER_ALREADY_EXISTS */
    async signUp(attempt: CodeAttempt): Promise<SignedIn> {
      return signInBy(attempt, 'signup', async (tx) => {
        await assertSignUpBudget(tx, attempt.origin);
        const user = await createUser(tx, attempt);
        await users.addToGroup(tx, user.user_id, DEFAULT_GROUP);
        return finish(tx, user, user, 'sign_up', attempt.origin);
      });
    },

    /** @throws ApiError AUTH_OTP_INVALID, for an unknown account as for a wrong code (C-09); AUTH_INVALID_CREDENTIALS when the account may not be used */
    async signInWithCode(attempt: CodeAttempt): Promise<SignedIn> {
      return signInBy(attempt, 'login', async (tx) => {
        const user = await users.findByIdentity(tx, attempt.identity);
        if (!user) throw new Refusal(new ApiError(authErrors.AUTH_OTP_INVALID), undefined);
        if (!mayUseAccount(user)) throw new Refusal(new ApiError(authErrors.AUTH_INVALID_CREDENTIALS), user.user_id);
        const updated = await users.signedInByCode(tx, user.user_id, attempt.identity.kind);
        return finish(tx, updated ?? user, user, 'sign_in', attempt.origin);
      });
    },

    /** @throws ApiError AUTH_INVALID_CREDENTIALS: the same, as fast, for an unknown user, a wrong password and an inactive account (C-09, C-10) */
    async signInWithPassword(attempt: PasswordAttempt): Promise<SignedIn> {
      let userId: string | undefined;
      for (let tries = 0; tries < PASSWORD_READS; tries += 1) {
        const user = await findByUsername(attempt.username);
        const check = user ? await passwords.verify(attempt.password, user.password) : await passwords.verifyNothing(attempt.password).then(() => NO_MATCH);
        userId = user?.user_id;
        if (!user || !check.ok || !mayUseAccount(user)) break;
        const signedIn = await openByPassword(user, check.outdated, attempt);
        if (signedIn) return signedIn;
      }
      await recordFailure(db, attempt.origin, attempt.username, userId, 401);
      throw new ApiError(authErrors.AUTH_INVALID_CREDENTIALS, { details: { username: attempt.username, message: 'Invalid username or password' } });
    },
  };

  /** @returns undefined when the password was changed while it was being checked: an old one must neither sign in nor be stored again */
  async function openByPassword(user: UserRow, outdated: boolean, { password, origin }: PasswordAttempt): Promise<SignedIn | undefined> {
    const newHash = outdated ? await passwords.hash(password) : undefined;
    const signedIn = await db.transaction(async (tx) => {
      const unchanged = await users.signedInByPassword(tx, user.user_id, user.password, newHash);
      return unchanged ? finish(tx, user, user, 'sign_in', origin) : undefined;
    });
    return signedIn && settle(signedIn);
  }

  /** Signs in or up with a code: the story is `proceed`, all else is the same for both. */
  async function signInBy(attempt: CodeAttempt, purpose: Purpose, proceed: (tx: Queryable) => Promise<Outcome>): Promise<SignedIn> {
    const details = { user_id: attempt.written, channel: attempt.channel };
    // The details are the caller's own words, the same for every reason.
    const answer = (error: ApiError) => new ApiError(error.definition, { headers: error.headers, details: { ...details, ...error.details } });
    try {
      const outcome = await withCode({ ...attempt, purpose }, {
        proceed,
        async failed(tx, { status, userId, wrongCode }) {
          const known = wrongCode ? (await users.findByIdentity(tx, attempt.identity))?.user_id : userId;
          await recordFailure(tx, attempt.origin, attempt.identity.key, known, status);
        },
        wrong: () => new ApiError(authErrors.AUTH_OTP_INVALID),
      });
      return await settle(outcome);
    } catch (error) {
      throw error instanceof ApiError ? answer(error) : error;
    }
  }

  /** Opens the session and writes the entry. `token` goes into the tokens, `shown` into the answer: a sign-in shows the sign-in before it (REFERENCE §9.4). */
  async function finish(tx: Queryable, token: UserRow, shown: UserRow, action: 'sign_up' | 'sign_in', origin: RequestOrigin): Promise<Outcome> {
    const { tokens, endedOthers } = await sessions.open(tx, token, origin);
    await activity.record(tx, origin, { action, userId: token.user_id, sessionId: tokens.session_id, status: 200 });
    return { answer: { ...tokens, user: presentUser(shown) }, endedOthers };
  }

  /** A sign-in that ended another session is answered when every worker refuses that one (B-01); any other is answered at once. */
  async function settle({ answer, endedOthers }: Outcome): Promise<SignedIn> {
    if (endedOthers) await changes.settled();
    return answer;
  }

  /** Accounts an address may make in an hour. Counted with the account itself: a failed try costs nothing, a lost one is not counted. */
  async function assertSignUpBudget(tx: Queryable, origin: RequestOrigin): Promise<void> {
    const subject = createHash('sha256').update(`address\n${origin.address}`).digest();
    const wait = await budgets.take(tx, { bucket: 'sign_up', subject, windowSeconds: HOUR_SECONDS, max: signUpsPerHour, cooldownSeconds: 0 });
    if (wait > 0) throw new Refusal(new ApiError(httpErrors.TOO_MANY_REQUESTS, { headers: { 'Retry-After': String(wait) }, details: { retry_after: wait } }), undefined);
  }

  async function createUser(tx: Queryable, { identity, channel, written }: CodeAttempt): Promise<UserRow> {
    const { kind, key, address } = identity;
    const wanted = kind === 'email' ? address.slice(0, address.lastIndexOf('@')) : key.slice(1);
    // As clients know it: by SMS with the plus they wrote, by WhatsApp without (REFERENCE §9.5).
    const shownPhone = channel === 'sms' && written.startsWith('+') ? key : key.slice(1);
    for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt += 1) {
      const userName = attempt === 0 ? wanted : `${wanted}-${randomInt(1000, 10 ** (3 + attempt))}`;
      const user = await users.insert(tx, { identity, shownPhone, userName, password: passwords.unusable() });
      if (user) return user;
      if (await users.findByIdentity(tx, identity)) throw new Refusal(new ApiError(authErrors.AUTH_USER_ALREADY_EXISTS), undefined);
    }
    throw new Refusal(new ApiError(authErrors.AUTH_SIGNUP_FAILED), undefined);
  }

  function findByUsername(username: string): Promise<UserRow | undefined> {
    const identity = readIdentity(username);
    return identity ? users.findByIdentity(db, identity) : users.findByUserName(db, username);
  }

  function recordFailure(tx: Queryable, origin: RequestOrigin, identity: string, userId: string | undefined, status: number): Promise<void> {
    return activity.record(tx, origin, { action: 'sign_in_failed', userId, status, metadata: { identity: maskIdentity(identity) } });
  }
}

import { ApiError, httpErrors } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { budgetSubject } from '../../shared/budget-subject.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Identity } from '../../shared/identity.js';
import { SUPER_ADMIN, type RequestOrigin } from '../../shared/principal.js';
import { Refusal } from '../../shared/refusal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import type { Acceptance, Accepted } from '../invitations/acceptance.js';
import type { CodeKind } from '../otp/otp.service.js';
import type { Passwords } from '../passwords/passwords.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { ByCode, CodeAttempt } from './by-code.js';
import { freeUserName } from './free-user-name.js';
import type { Opening, Outcome, SignedIn } from './opening.js';

export type SignUpParts = { byCode: ByCode; users: UsersRepo; passwords: Pick<Passwords, 'unusable'>; budgets: BudgetsRepo; opening: Opening; acceptance: Acceptance; signUpsPerHour: number };

type FindInvitation = (tx: Queryable, identity: Identity) => Promise<Accepted | undefined>;

/** Undoes a sign-up that has to stand in line; nothing is left of it. */
class InvitedError extends Error {
  override readonly name = 'InvitedError';
}

export type SignUp = ReturnType<typeof createSignUp>;

const EVERYDAY_GROUP = 'user';
const HOUR_SECONDS = 3600;

/** Signing up. One transaction: the code used, the account, its session and the entry, or none of them. */
export function createSignUp({ byCode, users, passwords, budgets, opening, acceptance, signUpsPerHour }: SignUpParts) {
  /** @throws ApiError AUTH_OTP_INVALID, AUTH_USER_ALREADY_EXISTS, TOO_MANY_REQUESTS, AUTH_SIGNUP_FAILED when no name is free */
  return async function signUp(attempt: CodeAttempt): Promise<SignedIn> {
    try {
      return await byCode(attempt, 'signup', (tx, used) => create(tx, used, attempt, refuseInvited));
    } catch (error) {
      if (!(error instanceof InvitedError)) throw error;
      // Begun again, in line from the start: what an invitation gives is decided on what whoever invited holds at this moment.
      return byCode(attempt, 'signup', (tx, used) => create(tx, used, attempt, acceptance.use), acceptance.standInLine);
    }
  };

  async function create(tx: Queryable, used: CodeKind, attempt: CodeAttempt, findInvitation: FindInvitation): Promise<Outcome> {
    const { identity, origin } = attempt;
    await assertBudget(tx, origin);
    // A master code proves nobody's address.
    const invitation = used === 'code' ? await findInvitation(tx, identity) : undefined;
    const user = await createUser(tx, attempt, invitation);
    if (invitation) await acceptance.give(tx, user.user_id, invitation, origin);
    else await users.addToGroup(tx, user.user_id, used === 'master' ? SUPER_ADMIN : EVERYDAY_GROUP);
    return opening.open(tx, { account: user, shown: user, action: 'sign_up', origin });
  }

  /** For a sign-up that does not stand in line, as all ordinary ones do not. */
  async function refuseInvited(tx: Queryable, identity: Identity): Promise<undefined> {
    if (await acceptance.isInvited(tx, identity)) throw new InvitedError();
  }

  /** Accounts an address may make in an hour. Counted with the account itself: a failed try costs nothing, a lost one is not counted. */
  async function assertBudget(tx: Queryable, origin: RequestOrigin): Promise<void> {
    const wait = await budgets.take(tx, { bucket: 'sign_up', subject: budgetSubject('address', origin.address), windowSeconds: HOUR_SECONDS, max: signUpsPerHour, cooldownSeconds: 0 });
    if (wait > 0) throw new Refusal(new ApiError(httpErrors.TOO_MANY_REQUESTS, { headers: { 'Retry-After': String(wait) }, details: { retry_after: wait } }));
  }

  /** No password is set, least of all the code: the stored value matches none (C-13). */
  async function createUser(tx: Queryable, { identity, channel, written }: CodeAttempt, invitation: Accepted | undefined): Promise<UserRow> {
    const { kind, key, address } = identity;
    const userName = await freeUserName(tx, users, kind === 'email' ? address.slice(0, address.lastIndexOf('@')) : key.slice(1));
    if (userName === undefined) throw new Refusal(new ApiError(authErrors.AUTH_SIGNUP_FAILED));
    // As clients know it: by SMS with the plus they wrote, by WhatsApp without (REFERENCE §9.5).
    const shownPhone = channel === 'sms' && written.startsWith('+') ? key : key.slice(1);
    const user = await users.insert(tx, { identity, shownPhone, userName, password: passwords.unusable(), invitedAs: invitation?.as });
    if (!user) throw new Refusal(new ApiError(authErrors.AUTH_USER_ALREADY_EXISTS));
    return user;
  }
}

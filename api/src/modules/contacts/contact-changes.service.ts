import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { mayUseAccount } from '../../shared/account-state.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Changes } from '../../shared/changes.js';
import { maskIdentity, type Identity } from '../../shared/identity.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { Refusal } from '../../shared/refusal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { WithCode } from '../otp/with-code.js';
import type { UsersRepo } from '../users/users.repo.js';
import { contactOf, type Contact } from './contact.js';
import { oldContactOf } from './old-contact.js';
import type { ContactsRepo } from './contacts.repo.js';
import type { Reauthenticate } from './reauthentication.js';
import { createUndoToken, hashUndoToken } from './undo-token.js';

export type ContactChangesParts = {
  users: UsersRepo;
  repo: ContactsRepo;
  withCode: WithCode;
  reauthenticate: Reauthenticate;
  notices: AccountNotices;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
  /** The page that undoes a change, to which the token is added. Undefined: this server does not know how people reach it, and the notice has no link. */
  undoPage: string | undefined;
};

/** `identity` is the new one, and `code` was sent to it. */
export type ContactChangeAttempt = { identity: Identity; code: string; password?: string | undefined; origin: RequestOrigin };

export type ContactChanges = ReturnType<typeof createContactChanges>;

/** Changes of the e-mail address and the phone number: the code proves the new one, the old one hears of it (C-16). */
export function createContactChanges({ users, repo, withCode, reauthenticate, notices, activity, changes, undoPage }: ContactChangesParts) {
  return {
    /**
     * Puts a new address or number in the place of the old one. With the one that the account has already, that is proved.
     * @returns the account after it
     * @throws ApiError AUTH_REAUTH_REQUIRED, AUTH_TOO_MANY_ATTEMPTS, PROFILE_INVALID_OTP, EMAIL_ALREADY_EXISTS (only to whoever had the right code, which stays usable), SESSION_INVALID
     */
    async change(principal: Principal, { identity, code, password, origin }: ContactChangeAttempt): Promise<UserRow> {
      await reauthenticate(principal, password, origin);
      const tried = { identity, channel: identity.kind === 'email' ? ('email' as const) : undefined, purpose: 'verify' as const, code, origin };
      const changed = await withCode(tried, {
        proceed: (tx) => apply(tx, principal, identity, origin),
        // Whose account was erased meanwhile has none that the entry could name.
        failed: (tx, { status, userId, wrongCode }) => activity.record(tx, origin, { action: 'contact_change_failed', userId: wrongCode ? principal.userId : userId, status, metadata: { identity: maskIdentity(identity.key) } }),
        wrong: () => new ApiError(profileErrors.PROFILE_INVALID_OTP),
      });
      // Whoever asks next, any worker, is answered with the new one.
      await changes.settled();
      return changed;
    },
  };

  async function apply(tx: Queryable, { userId, sessionId }: Principal, identity: Identity, origin: RequestOrigin): Promise<UserRow> {
    const user = await users.lockById(tx, userId);
    // A thief whose sessions the owner ends at this moment, by undoing his first change, must not get another one in. An account that may not be used any more has none.
    if (!user || !mayUseAccount(user) || !(await repo.isSessionOpen(tx, sessionId))) throw new Refusal(new ApiError(authErrors.SESSION_INVALID), user?.user_id);
    const owner = await users.findByIdentity(tx, identity);
    // The verified flag goes with the address in one statement: it never speaks of another one (C-16).
    const changed = owner && owner.user_id !== userId ? undefined : await repo.set(tx, userId, { kind: identity.kind, value: identity.address, verifiedAt: new Date() });
    if (!changed) throw new Refusal(new ApiError(profileErrors.EMAIL_ALREADY_EXISTS), userId);
    if (owner) await activity.record(tx, origin, { action: 'identity_verified', userId, status: 200, metadata: { identity: maskIdentity(identity.key) } });
    else await noteChange(tx, user, identity, origin);
    return changed;
  }

  /** Leaves the entry, what undoes the change, and the notice to whoever was reached before it. */
  async function noteChange(tx: Queryable, user: UserRow, { kind, key, address }: Identity, origin: RequestOrigin): Promise<void> {
    const old: Contact = contactOf(user, kind);
    const token = createUndoToken();
    const until = await repo.noteChange(tx, { userId: user.user_id, old, newValue: address, tokenHash: hashUndoToken(token) });
    const action = kind === 'email' ? 'email_changed' : 'phone_changed';
    await activity.record(tx, origin, { action, userId: user.user_id, status: 200, metadata: { from: old.value === null ? null : maskIdentity(old.value), to: maskIdentity(key) } });
    const undo = undoPage === undefined ? undefined : { url: `${undoPage}?token=${token}`, until };
    await notices.tell(tx, user, { kind: action, to: oldContactOf(user, kind), newValue: address, undo }, origin);
    await repo.forgetOld(tx);
  }
}

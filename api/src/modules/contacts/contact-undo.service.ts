import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import { maskIdentity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Passwords } from '../passwords/passwords.js';
import type { SessionEndsRepo } from '../sessions/session-ends.repo.js';
import type { UsersRepo } from '../users/users.repo.js';
import { e164Of, type Contact, type ContactKind } from './contact.js';
import type { ContactsRepo, UndoneChange } from './contacts.repo.js';
import { hashUndoToken } from './undo-token.js';

export type ContactUndoParts = {
  db: Database;
  users: UsersRepo;
  repo: ContactsRepo;
  sessionEnds: Pick<SessionEndsRepo, 'endAll'>;
  passwords: Pick<Passwords, 'unusable' | 'isUnusable'>;
  activity: ActivityService;
  changes: Pick<Changes, 'settled'>;
};

export type ContactUndo = ReturnType<typeof createContactUndo>;

/** Takes back a change of the e-mail address or the phone number that its owner did not make. */
export function createContactUndo({ db, users, repo, sessionEnds, passwords, activity, changes }: ContactUndoParts) {
  return {
    /**
     * Puts the old address or number back, verified or not as it was, whatever has come after it. What was changed later is
     * put back with it, the other kind too: a number that a thief has added would let him in again. The tokens of those
     * changes undo nothing from then on. Ends every session of the account, and makes its password unusable, also one
     * from before the change: whoever made it may know or have set it, and the owner gets a new one by code.
     * @param token what the notice of the change had in its link: good for 72 hours, once
     * @returns what was put back
     * @throws ApiError CONTACT_UNDO_INVALID, the same for a token that is unknown, used or too old; EMAIL_ALREADY_EXISTS when the old one belongs to another account by now
     */
    async undo(token: string, origin: RequestOrigin): Promise<ContactKind> {
      const tokenHash = hashUndoToken(token);
      const kind = await endingTransaction(db, changes, (tx) => putBack(tx, tokenHash, origin));
      if (kind === undefined) throw new ApiError(profileErrors.CONTACT_UNDO_INVALID);
      return kind;
    },
  };

  async function putBack(tx: Queryable, tokenHash: Buffer, origin: RequestOrigin): Promise<ContactKind | undefined> {
    const userId = await repo.findUndoable(tx, tokenHash);
    // The account first, as every change of it does: simultaneous calls stand in line here, and the second finds the token used.
    const user = userId === undefined ? undefined : await users.lockById(tx, userId);
    if (!user) return undefined;
    const [change, ...later] = await repo.markUndone(tx, tokenHash);
    if (!change) return undefined;
    const { kind, old_value: value } = change;
    await restore(tx, user.user_id, contactBefore(change));
    // The oldest of them: before it, the account had what its owner had given it.
    const otherKind = later.find((each) => each.kind !== kind);
    if (otherKind) await restore(tx, user.user_id, await stillFree(tx, user.user_id, contactBefore(otherKind)));
    // Also where there is none: a request that is setting one at this moment then finds that it is not what it has seen.
    await repo.dropPassword(tx, user.user_id, passwords.unusable());
    const sessions = await sessionEnds.endAll(tx, user.user_id, 'contact_change_undone');
    const metadata = { kind, restored: value === null ? null : maskIdentity(value), sessions, password_dropped: !passwords.isUnusable(user.password), ...(otherKind && { with: otherKind.kind }) };
    await activity.record(tx, origin, { action: 'contact_change_undone', userId: user.user_id, status: 200, metadata });
    return kind;
  }

  async function restore(tx: Queryable, userId: string, contact: Contact): Promise<void> {
    if (!(await repo.set(tx, userId, contact))) throw new ApiError(profileErrors.EMAIL_ALREADY_EXISTS);
  }

  /** What belongs to another account by now is not put back, and does not keep the rest from being so. */
  async function stillFree(tx: Queryable, userId: string, contact: Contact): Promise<Contact> {
    const [address, number] = contact.kind === 'email' ? [contact.value, null] : [null, e164Of(contact)];
    const owner = address !== null ? await users.findByEmail(tx, address) : number !== null ? await users.findByPhone(tx, number) : undefined;
    return owner === undefined || owner.user_id === userId ? contact : { kind: contact.kind, value: null, verifiedAt: null };
  }
}

function contactBefore({ kind, old_value: value, old_verified_at: verifiedAt }: UndoneChange): Contact {
  return { kind, value, verifiedAt };
}

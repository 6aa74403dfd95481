import type { Queryable } from '../../infra/postgres.js';
import type { Changes } from '../../shared/changes.js';
import { maskIdentity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';
import { presentUser, type UserView } from '../../shared/user-view.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { DeviceTokens } from '../devices/device-tokens.js';
import type { SessionsService } from '../sessions/sessions.service.js';
import type { TokenSet } from '../sessions/sessions.types.js';

/** What a sign-in gives. `deviceToken`: for the client to be known by next time. */
export type SignedIn = { answer: TokenSet & { user: UserView }; deviceToken: string };

/** What a transaction that signs in leaves to be done after it. */
export type Outcome = SignedIn & { endedOthers: boolean };

export type Opening = ReturnType<typeof createOpening>;

/** The last steps of every sign-in and sign-up, and the entry of one that failed. */
export function createOpening({ sessions, activity, devices, changes }: { sessions: SessionsService; activity: ActivityService; devices: DeviceTokens; changes: Pick<Changes, 'settled'> }) {
  return {
    /**
     * Opens the session and writes the entry.
     * @param account goes into the tokens
     * @param shown goes into the answer: a sign-in shows the sign-in before it (REFERENCE §9.4)
     */
    async open(tx: Queryable, { account, shown, action, origin }: { account: UserRow; shown: UserRow; action: 'sign_up' | 'sign_in'; origin: RequestOrigin }): Promise<Outcome> {
      const { tokens, endedOthers } = await sessions.open(tx, account, origin);
      await activity.record(tx, origin, { action, userId: account.user_id, sessionId: tokens.session_id, status: 200 });
      return { answer: { ...tokens, user: presentUser(shown) }, deviceToken: devices.issue(origin.deviceToken, account.user_id), endedOthers };
    },

    /** A sign-in that ended other sessions is answered when every worker refuses those (B-01); any other is answered at once. */
    async settle({ answer, deviceToken, endedOthers }: Outcome): Promise<SignedIn> {
      if (endedOthers) await changes.settled();
      return { answer, deviceToken };
    },

    /**
     * The entry of a sign-in that failed. Nobody was recognised, so the account is whom it was tried on: a foreign key
     * would be looked up for known accounts alone, and take its time (C-10).
     */
    failed(tx: Queryable, origin: RequestOrigin, { name, userId, status }: { name: string; userId: string | undefined; status: number }): Promise<void> {
      return activity.record(tx, origin, { action: 'sign_in_failed', targetUserId: userId, status, metadata: { identity: maskIdentity(name) } });
    },
  };
}

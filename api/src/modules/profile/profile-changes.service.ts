import { ApiError } from '../../http/errors.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import type { UserRow } from '../../shared/user-row.js';
import { presentUser, type UserView } from '../../shared/user-view.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { ProfileRepo } from './profile.repo.js';
import type { ProfileFields } from './profile.schema.js';
import { mayBeUserName, USER_NAME_FORMAT } from './user-name.js';

export type ProfileChangesParts = { db: Database; users: UsersRepo; repo: ProfileRepo; activity: ActivityService; changes: Pick<Changes, 'settled'> };

export type ProfileChanges = ReturnType<typeof createProfileChanges>;

/** Changes of a profile by its owner. When a call returns, every worker shows the new one: also whoever made it private can count on that. */
export function createProfileChanges({ db, users, repo, activity, changes }: ProfileChangesParts) {
  return {
    /**
     * Writes the fields that are given.
     * @throws ApiError PROFILE_INVALID_PAYLOAD for a user name that may be nobody's, DUPLICATE_ENTRY for one that is somebody else's, PROFILE_NOT_FOUND
     */
    async update({ userId }: Principal, fields: ProfileFields, origin: RequestOrigin): Promise<UserView> {
      const updated = await endingTransaction(db, changes, async (tx) => {
        const user = await users.lockById(tx, userId);
        if (!user) throw new ApiError(profileErrors.PROFILE_NOT_FOUND);
        // A form that sends back what it was shown is no attempt to take a name: sign-ups get some that this rule would not give.
        if (fields.user_name != null && fields.user_name !== user.user_name) await takeUserName(tx, user, fields.user_name);
        const row = await repo.update(tx, userId, fields);
        // The names of the fields and not what they hold: the log is read by others (H-03).
        await activity.record(tx, origin, { action: 'profile_updated', userId, status: 200, metadata: { fields: Object.keys(fields) } });
        return row!;
      });
      return presentUser(updated);
    },
  };

  /** Two names that differ in capitals alone would be one to whoever reads them. */
  async function takeUserName(tx: Queryable, user: UserRow, name: string): Promise<void> {
    if (!mayBeUserName(name, user.phone_e164)) throw new ApiError(profileErrors.PROFILE_INVALID_PAYLOAD, { issues: [{ path: 'user_name', code: 'invalid_format', params: { format: USER_NAME_FORMAT } }] });
    await users.lockUserName(tx, name);
    if (await users.isUserNameTaken(tx, name, user.user_id)) throw new ApiError(profileErrors.DUPLICATE_ENTRY, { details: { field: 'user_name' } });
  }
}

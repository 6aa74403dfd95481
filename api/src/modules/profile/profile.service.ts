import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { createBoundedMap } from '../../shared/bounded-map.js';
import type { Changes } from '../../shared/changes.js';
import { presentUser, type UserView } from '../../shared/user-view.js';
import type { UsersRepo } from '../users/users.repo.js';
import { profileErrors } from '../../shared/profile-errors.js';

export type ProfileService = { of(userId: string): UserView | Promise<UserView> };

const REMEMBERED_PROFILES = 20_000;

/**
 * A user's own profile. When this process is the only writer (`exclusive`) a
 * profile is remembered until it is announced as changed; it is frozen, so that
 * its JSON can be remembered with it.
 */
export function createProfileService(parts: { db: Queryable; users: UsersRepo; changes: Changes; exclusive: boolean }): ProfileService {
  const known = createBoundedMap<string, UserView>(REMEMBERED_PROFILES);
  let epoch = 0;

  parts.changes.listen((change) => {
    if (change.kind !== 'user') return;
    // A read that began before the change must not be remembered after it.
    epoch += 1;
    known.delete(change.userId);
  });

  async function load(userId: string): Promise<UserView> {
    const begun = epoch;
    const user = await parts.users.findById(parts.db, userId);
    if (!user) throw new ApiError(profileErrors.PROFILE_NOT_FOUND);
    const view = Object.freeze(presentUser(user));
    if (parts.exclusive && begun === epoch) known.set(userId, view);
    return view;
  }

  return { of: (userId) => known.get(userId) ?? load(userId) };
}

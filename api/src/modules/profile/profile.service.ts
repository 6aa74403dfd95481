import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import type { Changes } from '../../shared/changes.js';
import { createRecordMemory } from '../../shared/record-memory.js';
import { presentUser, type UserView } from '../../shared/user-view.js';
import type { UsersRepo } from '../users/users.repo.js';
import { profileErrors } from '../../shared/profile-errors.js';

export type ProfileService = { of(userId: string): UserView | Promise<UserView> };

const REMEMBERED_PROFILES = 20_000;
/** A sign-in is not announced, or all of them would stand in line: `last_sign_in_at` may be this old. */
const REMEMBERED_MS = 5 * 60_000;

/** A user's own profile, remembered until it is announced as changed; it is frozen, so that its JSON can be remembered with it. */
export function createProfileService(parts: { db: Queryable; users: UsersRepo; changes: Changes }): ProfileService {
  const memory = createRecordMemory<{ view: UserView; readAt: number }>({ changes: parts.changes, maxUsers: REMEMBERED_PROFILES });

  async function load(userId: string): Promise<UserView> {
    const user = await parts.users.findById(parts.db, userId);
    if (!user) throw new ApiError(profileErrors.PROFILE_NOT_FOUND);
    return Object.freeze(presentUser(user));
  }

  return {
    of(userId) {
      const known = memory.get(userId);
      if (known && performance.now() - known.readAt < REMEMBERED_MS) return known.view;
      const readAt = performance.now();
      return memory.read(userId, () => load(userId), (view) => ({ view, readAt }));
    },
  };
}

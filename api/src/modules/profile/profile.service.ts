import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { mayUseAccount } from '../../shared/account-state.js';
import type { Changes } from '../../shared/changes.js';
import { SUPER_ADMIN, type Principal } from '../../shared/principal.js';
import { profileErrors } from '../../shared/profile-errors.js';
import { createRecordMemory } from '../../shared/record-memory.js';
import { presentUser, type UserView } from '../../shared/user-view.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { ShownProfile } from './profile.schema.js';
import { presentToOthers } from './shown-profile.js';

export type ProfileService = ReturnType<typeof createProfileService>;

const REMEMBERED_PROFILES = 20_000;
/** A sign-in is not announced, or all of them would stand in line: `last_sign_in_at` may be this old. */
const REMEMBERED_MS = 5 * 60_000;

/** Profiles as they are read. A user's own is remembered until it is announced as changed; it is frozen, so that its JSON can be remembered with it. */
export function createProfileService(parts: { db: Queryable; users: UsersRepo; changes: Changes }) {
  const memory = createRecordMemory<{ view: UserView; readAt: number }>({ changes: parts.changes, maxUsers: REMEMBERED_PROFILES });

  async function load(userId: string): Promise<UserView> {
    const user = await parts.users.findById(parts.db, userId);
    if (!user) throw notFound();
    return Object.freeze(presentUser(user));
  }

  /** A user's own profile. @throws ApiError PROFILE_NOT_FOUND */
  function of(userId: string): UserView | Promise<UserView> {
    const known = memory.get(userId);
    if (known && performance.now() - known.readAt < REMEMBERED_MS) return known.view;
    const readAt = performance.now();
    return memory.read(userId, () => load(userId), (view) => ({ view, readAt }));
  }

  /**
   * Anybody's profile, as much of it as the caller may see (D-02): all of his own, and with `view_user` of everybody's.
   * @throws ApiError PROFILE_NOT_FOUND: for callers without that permission the same for an account that never was and one that may not be used
   */
  async function shownTo(principal: Principal, userId: string): Promise<ShownProfile> {
    if (userId === principal.userId) return of(userId);
    const user = await parts.users.findById(parts.db, userId);
    if (!user) throw notFound();
    if (principal.permissions.has('view_user') || principal.groups.has(SUPER_ADMIN)) return presentUser(user);
    if (!mayUseAccount(user)) throw notFound();
    return presentToOthers(presentUser(user));
  }

  return { of, shownTo };
}

function notFound(): ApiError {
  return new ApiError(profileErrors.PROFILE_NOT_FOUND);
}

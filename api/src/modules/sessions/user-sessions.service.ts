import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { SUPER_ADMIN, type Principal, type RequestOrigin } from '../../shared/principal.js';
import { assertRanksUser, type Caller } from '../../shared/rank.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Administer } from '../permissions/administer.js';
import type { RankRepo } from '../permissions/rank.repo.js';
import type { SessionEndsRepo } from './session-ends.repo.js';
import type { SessionPosition } from './session-list.repo.js';
import type { SessionList, SessionPage } from './session-list.service.js';

export type UserSessionsParts = {
  db: Queryable;
  administer: Administer;
  ranks: Pick<RankRepo, 'find'>;
  list: SessionList;
  ends: Pick<SessionEndsRepo, 'endAll'>;
  activity: ActivityService;
};

export type UserSessions = ReturnType<typeof createUserSessions>;

/** The sessions of somebody else, for whoever may edit users and ranks this one (B-08, D-11). One's own are fine. */
export function createUserSessions({ db, administer, ranks, list, ends, activity }: UserSessionsParts) {
  return {
    /** @returns a page of live sessions, newest first @throws ApiError USER_NOT_FOUND; GROUP_DENIED, PERMISSION_DENIED above the caller's rank */
    async of(principal: Principal, userId: string, page: { limit: number; cursor?: SessionPosition | undefined }): Promise<SessionPage> {
      // Where a super administrator is and what he uses is nobody's business below him.
      await assertMay(db, { userId: principal.userId, isSuperAdmin: principal.groups.has(SUPER_ADMIN), permissions: principal.permissions }, userId);
      return list.of({ userId }, page);
    },

    /**
     * Ends all sessions of a user. When it returns, every worker refuses them (B-01).
     * @returns how many there were @throws ApiError as `of`
     */
    endAll(principal: Principal, userId: string, origin: RequestOrigin): Promise<number> {
      return administer(principal, 'edit_user', async (tx, caller) => {
        await assertMay(tx, caller, userId);
        const sessions = await ends.endAll(tx, userId, 'ended_by_administrator');
        if (sessions > 0) {
          const targetUserId = userId === caller.userId ? undefined : userId;
          await activity.record(tx, origin, { action: 'user_sessions_ended', userId: caller.userId, targetUserId, status: 200, metadata: { before: { sessions }, after: { sessions: 0 }, sessions } });
        }
        return sessions;
      });
    },
  };

  async function assertMay(db: Queryable, caller: Caller, userId: string): Promise<void> {
    const standing = await ranks.find(db, userId);
    if (!standing) throw new ApiError(accessErrors.USER_NOT_FOUND);
    if (userId !== caller.userId) assertRanksUser(caller, standing);
  }
}

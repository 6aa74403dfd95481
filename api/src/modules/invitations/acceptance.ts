import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import type { Identity } from '../../shared/identity.js';
import type { PermissionCodename } from '../../shared/permission-catalogue.js';
import type { RequestOrigin } from '../../shared/principal.js';
import { assertRanksGroup, type Caller } from '../../shared/rank.js';
import type { InvitedAs } from '../../shared/user-row.js';
import type { KnownGroup } from '../../shared/wanted-groups.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { RankRepo } from '../permissions/rank.repo.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { AcceptanceRepo } from './acceptance.repo.js';
import { EVERYDAY_GROUP } from './invitations.schema.js';

export type AcceptanceParts = {
  repo: AcceptanceRepo;
  users: Pick<UsersRepo, 'addToGroup'>;
  ranks: RankRepo;
  activity: Pick<ActivityService, 'record'>;
};

/** An invitation that a sign-up uses up. */
export type Accepted = Readonly<{
  invitationId: string;
  as: InvitedAs;
  given: readonly KnownGroup[];
  /** Codenames of groups that could not be given any more. */
  dropped: readonly string[];
}>;

export type Acceptance = ReturnType<typeof createAcceptance>;

const MAY_INVITE: PermissionCodename = 'add_user';

/**
 * What a sign-up does with its invitation, in its own transaction. The code has proved whose the address is, so no other
 * secret is needed. What is given was allowed when it was written down, and must be so now as well: whoever invited may
 * hold less by now, or be gone (D-04).
 */
export function createAcceptance({ repo, users, ranks, activity }: AcceptanceParts) {
  return {
    isInvited: repo.isInvited,

    /** Makes every change of who may do what wait for the end of this transaction. Before any other lock, as all of them do. */
    standInLine: ranks.standInLine,

    /** Uses the invitation of an identity up. Exact for whoever stands in line. @returns undefined when there is none that is good */
    async use(tx: Queryable, identity: Identity): Promise<Accepted | undefined> {
      await repo.holdInviter(tx, identity);
      const used = await repo.use(tx, identity);
      if (!used) return undefined;
      const inviter = used.invited_by_user_id === null ? undefined : await standing(tx, used.invited_by_user_id);
      const groups = await ranks.findGroups(tx, 'group_id', used.group_ids);
      const given = groups.filter((group) => group.is_active && mayGive(inviter, group));
      return {
        invitationId: used.invitation_id,
        as: { firstName: used.first_name, lastName: used.last_name, language: used.language, invitedByUserId: used.invited_by_user_id },
        given,
        dropped: groups.filter((group) => !given.includes(group)).map(({ codename }) => codename),
      };
    },

    /** Gives a new account what it was invited to, and leaves the entry. An account that nothing is left for is one like any other. */
    async give(tx: Queryable, userId: string, { invitationId, as: { invitedByUserId }, given, dropped }: Accepted, origin: RequestOrigin): Promise<void> {
      if (given.length === 0) await users.addToGroup(tx, userId, EVERYDAY_GROUP);
      else await repo.addToGroups(tx, userId, given.map(({ group_id }) => group_id), invitedByUserId);
      const after = given.length === 0 ? [EVERYDAY_GROUP] : given.map(({ codename }) => codename);
      await activity.record(tx, origin, {
        action: 'invitation_accepted',
        userId,
        // Whose invitation it was: an erasure of that account finds the entry by it.
        targetUserId: invitedByUserId ?? undefined,
        status: 200,
        metadata: { invitation_id: invitationId, before: { groups: [] }, after: { groups: after }, ...(dropped.length > 0 && { dropped_groups: dropped }) },
      });
    },
  };

  /** @returns undefined for somebody who could invite nobody now */
  async function standing(tx: Queryable, userId: string): Promise<Caller | undefined> {
    const found = await ranks.find(tx, userId);
    if (!found?.usable) return undefined;
    const { isSuperAdmin } = found;
    const permissions = new Set(found.permissions);
    return isSuperAdmin || permissions.has(MAY_INVITE) ? { userId, isSuperAdmin, permissions } : undefined;
  }

  function mayGive(inviter: Caller | undefined, group: KnownGroup): boolean {
    if (group.codename === EVERYDAY_GROUP) return true;
    if (!inviter) return false;
    try {
      assertRanksGroup(inviter, group);
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }
}

import { ApiError } from '../../http/errors.js';
import type { Pagination } from '../../http/pagination.js';
import { DEFAULT_LANGUAGE, toLanguage, type Language } from '../../i18n/language.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { accessErrors } from '../../shared/access-errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { channelSchema, type Channel } from '../../shared/code-body.js';
import { maskIdentity } from '../../shared/identity.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { assertRanksGroup, type Caller, type RankedGroup } from '../../shared/rank.js';
import { chooseGroups } from '../../shared/wanted-groups.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { Messages } from '../messages/messages.js';
import type { Administer } from '../permissions/administer.js';
import type { RankRepo } from '../permissions/rank.repo.js';
import type { UsersRepo } from '../users/users.repo.js';
import type { InvitationBudgets } from './invitation-budgets.js';
import type { InvitationPosition, InvitationRow, InvitationsRepo } from './invitations.repo.js';
import { EVERYDAY_GROUP, invitationPaging, type InviteRequest } from './invitations.schema.js';

export type InvitationsParts = {
  db: Database;
  repo: InvitationsRepo;
  users: Pick<UsersRepo, 'findIdByIdentity'>;
  administer: Administer;
  ranks: Pick<RankRepo, 'findGroups'>;
  budgets: InvitationBudgets;
  activity: ActivityService;
  send: Messages['sendInvitation'];
  canSend: (channel: Channel) => boolean;
  /** Whole seconds for which a channel is known to be down; 0 while it works. */
  downFor: (db: Queryable, channel: Channel) => Promise<number>;
  options: Readonly<{ expiryDays: number; url: string | undefined; timezone: string }>;
};

export type Invitations = ReturnType<typeof createInvitations>;

/** Invitations, which a sign-up with the invited address or number accepts (API.md §4.3). Nobody invites to more than he holds himself (D-04). */
export function createInvitations({ db, repo, users, administer, ranks, budgets, activity, send, canSend, downFor, options }: InvitationsParts) {
  return {
    /** @returns a page of the invitations that are good, newest first */
    async list({ limit, cursor, search }: { limit: number; cursor?: InvitationPosition | undefined; search?: string | undefined }): Promise<{ invitations: InvitationRow[]; pagination: Pagination }> {
      const rows = await repo.list(db, { after: cursor, search, atMost: limit + 1 });
      const page = invitationPaging.page(rows, limit, ({ created_at, invitation_id }) => [created_at.getTime(), invitation_id]);
      return { invitations: page.rows, pagination: page.pagination };
    },

    /**
     * Invites somebody. Again, it takes the place of the invitation before, and is sent again.
     * @param language of the request
     * @throws ApiError AUTH_CHANNEL_UNSUPPORTED, AUTH_OTP_SEND_FAILED, GROUP_ASSIGN_USERS_FAILED, GROUP_DENIED, PERMISSION_DENIED, AUTH_USER_ALREADY_EXISTS, TOO_MANY_REQUESTS
     */
    async invite(principal: Principal, request: InviteRequest, language: Language, origin: RequestOrigin): Promise<InvitationRow> {
      const { identity, channel } = request;
      await assertCanSend(channel);
      return budgets.paying(channel, identity, () =>
        administer(principal, 'add_user', async (tx, caller) => {
          const groups = chooseGroups(request.groups, await ranks.findGroups(tx, request.groups.by, request.groups.names));
          assertRanks(caller, groups);
          if (await users.findIdByIdentity(tx, identity)) throw new ApiError(authErrors.AUTH_USER_ALREADY_EXISTS);
          const before = await repo.lockByIdentity(tx, identity);
          if (before) assertRanks(caller, await ranks.findGroups(tx, 'group_id', before.group_ids));
          await budgets.take(tx, identity, caller.userId);
          const invitation = await repo.put(tx, {
            ...request,
            language: request.language ?? language,
            groupIds: groups.map(({ group_id }) => group_id),
            invitedBy: caller.userId,
            expiryDays: options.expiryDays,
          });
          await queue(tx, invitation, channel);
          await activity.record(tx, origin, { action: 'user_invited', userId: caller.userId, status: 201, metadata: { ...factsOf(invitation), channel, before: before ? stateOf(before) : null, after: stateOf(invitation) } });
          return invitation;
        }),
      );
    },

    /** @throws ApiError INVITATION_NOT_FOUND; GROUP_DENIED, PERMISSION_DENIED for one that gives more than the caller holds */
    async withdraw(principal: Principal, invitationId: string, origin: RequestOrigin): Promise<void> {
      await administer(principal, 'add_user', async (tx, caller) => {
        const invitation = await repo.lockById(tx, invitationId);
        if (!invitation) throw new ApiError(accessErrors.INVITATION_NOT_FOUND);
        assertRanks(caller, await ranks.findGroups(tx, 'group_id', invitation.group_ids));
        await repo.remove(tx, invitationId);
        await activity.record(tx, origin, { action: 'invitation_withdrawn', userId: caller.userId, status: 200, metadata: { ...factsOf(invitation), before: stateOf(invitation), after: null } });
      });
    },
  };

  /** Before anything is looked up: everybody hears the same, and nothing is stored that cannot leave. */
  async function assertCanSend(channel: Channel): Promise<void> {
    if (!canSend(channel)) throw new ApiError(authErrors.AUTH_CHANNEL_UNSUPPORTED, { details: { channel, supported: channelSchema.options.filter(canSend) } });
    const seconds = await downFor(db, channel);
    if (seconds > 0) throw new ApiError(authErrors.AUTH_OTP_SEND_FAILED, { details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
  }

  /** The group that everybody gets by signing up can be given by everybody who may invite. */
  function assertRanks(caller: Caller, groups: readonly RankedGroup[]): void {
    for (const group of groups) if (group.codename !== EVERYDAY_GROUP) assertRanksGroup(caller, group);
  }

  function queue(tx: Queryable, { invitation_id, address, language, sent_at, expires_at }: InvitationRow, channel: Channel): Promise<void> {
    const { url, timezone } = options;
    return send(tx, { channel, to: address, language: toLanguage(language) ?? DEFAULT_LANGUAGE, invitationId: invitation_id, sentAt: sent_at.toISOString(), until: expires_at.toISOString(), timezone, url });
  }
}

/** Of the address no more than its owner needs (H-03). */
function factsOf({ invitation_id, identity_key, kind }: InvitationRow) {
  return { invitation_id, identity: maskIdentity(identity_key), kind };
}

/** Nobody else’s id: an erasure would not find it here. */
function stateOf({ groups, language, expires_at }: InvitationRow) {
  return { groups, language, expires_at: expires_at.toISOString() };
}

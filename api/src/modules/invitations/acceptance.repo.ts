import type { Queryable } from '../../infra/postgres.js';
import type { Identity } from '../../shared/identity.js';

/** An invitation that has just been used up. */
export type UsedInvitation = { invitation_id: string; first_name: string | null; last_name: string | null; language: string; group_ids: string[]; invited_by_user_id: string | null };

export type AcceptanceRepo = ReturnType<typeof createAcceptanceRepo>;

/** Questions of a sign-up about its invitation. */
export function createAcceptanceRepo() {
  return {
    /** Whether there is an invitation that is good: one look into an index. */
    async isInvited(tx: Queryable, { key }: Pick<Identity, 'key'>): Promise<boolean> {
      const { rows } = await tx.query({ name: 'invitation_is_there', text: 'SELECT FROM invitation WHERE identity_key = $1 AND expires_at > now()', values: [key] });
      return rows.length > 0;
    },

    /**
     * Keeps whoever invites from being erased until the transaction ends: or his id would stay where he is no more. Before
     * the invitation itself, as an erasure takes the two.
     */
    async holdInviter(tx: Queryable, { key }: Pick<Identity, 'key'>): Promise<void> {
      await tx.query({
        name: 'invitation_hold_inviter',
        text: 'SELECT FROM "user" u WHERE u.user_id = (SELECT i.invited_by_user_id FROM invitation i WHERE i.identity_key = $1) FOR KEY SHARE',
        values: [key],
      });
    },

    /** Uses an invitation up. @returns undefined when there is none that is good */
    async use(tx: Queryable, { key }: Pick<Identity, 'key'>): Promise<UsedInvitation | undefined> {
      const { rows } = await tx.query<UsedInvitation>({
        name: 'invitation_use',
        text: `DELETE FROM invitation WHERE identity_key = $1 AND expires_at > now()
               RETURNING invitation_id, first_name, last_name, language, COALESCE(group_ids, '{}') AS group_ids, invited_by_user_id`,
        values: [key],
      });
      return rows[0];
    },

    async addToGroups(tx: Queryable, userId: string, groupIds: readonly string[], assignedBy: string | null): Promise<void> {
      await tx.query({
        name: 'invitation_add_to_groups',
        text: 'INSERT INTO user_group (user_id, group_id, assigned_by_user_id) SELECT $1, unnest($2::uuid[]), $3 ON CONFLICT (user_id, group_id) DO NOTHING',
        values: [userId, groupIds, assignedBy],
      });
    },
  };
}

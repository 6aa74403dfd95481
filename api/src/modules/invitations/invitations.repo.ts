import type { Queryable } from '../../infra/postgres.js';
import { holdsText } from '../../shared/holds-text.js';
import type { Identity } from '../../shared/identity.js';
import type { InvitationRef } from '../messages/invitation.js';

export type InvitationRow = {
  invitation_id: string;
  kind: Identity['kind'];
  identity_key: string;
  address: string;
  first_name: string | null;
  last_name: string | null;
  language: string;
  group_ids: string[];
  /** Codenames of its groups, as far as there still are any. */
  groups: string[];
  invited_by_user_id: string | null;
  created_at: Date;
  sent_at: Date;
  expires_at: Date;
};

export type NewInvitation = { identity: Identity; firstName: string | null; lastName: string | null; language: string; groupIds: readonly string[]; invitedBy: string; expiryDays: number };

/** A place in the list, newest first: when an invitation was made, in milliseconds since the epoch, and which. */
export type InvitationPosition = [createdAtMs: number, invitationId: string];

const COLUMNS = `i.invitation_id, i.kind, i.identity_key, i.address, i.first_name, i.last_name, i.language, COALESCE(i.group_ids, '{}') AS group_ids, i.invited_by_user_id, i.created_at, i.sent_at, i.expires_at,
  ARRAY(SELECT g.codename FROM "group" g WHERE g.group_id = ANY(i.group_ids) ORDER BY 1) AS groups`;

/** One whose time is over counts for nothing. */
const IS_LIVE = 'i.expires_at > now()';

/** Nobody has the address or number by now: there is nothing left to accept. */
const IS_OPEN = `NOT EXISTS (SELECT FROM "user" u WHERE lower(u.email) = i.identity_key) AND NOT EXISTS (SELECT FROM "user" u WHERE u.phone_e164 = i.identity_key)`;

/** For looking back, when somebody asks what became of an invitation. */
const KEPT_DAYS = 30;

export type InvitationsRepo = ReturnType<typeof createInvitationsRepo>;

/** Invitations: one for each address or number. */
export function createInvitationsRepo() {
  return {
    /** Those that can be accepted, newest first, from a position on. @param search a part of the address or number, literally */
    async list(db: Queryable, { after, search, atMost }: { after: InvitationPosition | undefined; search: string | undefined; atMost: number }): Promise<InvitationRow[]> {
      const { rows } = await db.query<InvitationRow>({
        name: 'invitation_list',
        text: `SELECT ${COLUMNS} FROM invitation i
               WHERE ${IS_LIVE} AND ${IS_OPEN} AND ${holdsText('$1', ['i.identity_key'])}
                 AND ($2::timestamptz IS NULL OR (i.created_at, i.invitation_id) < ($2, $3::uuid))
               ORDER BY i.created_at DESC, i.invitation_id DESC LIMIT $4`,
        values: [search ?? null, after ? new Date(after[0]) : null, after?.[1] ?? null, atMost],
      });
      return rows;
    },

    async lockById(tx: Queryable, invitationId: string): Promise<InvitationRow | undefined> {
      const { rows } = await tx.query<InvitationRow>({ name: 'invitation_lock_by_id', text: `SELECT ${COLUMNS} FROM invitation i WHERE i.invitation_id = $1 AND ${IS_LIVE} FOR UPDATE`, values: [invitationId] });
      return rows[0];
    },

    async lockByIdentity(tx: Queryable, { key }: Pick<Identity, 'key'>): Promise<InvitationRow | undefined> {
      const { rows } = await tx.query<InvitationRow>({ name: 'invitation_lock_by_identity', text: `SELECT ${COLUMNS} FROM invitation i WHERE i.identity_key = $1 AND ${IS_LIVE} FOR UPDATE`, values: [key] });
      return rows[0];
    },

    /** Puts an invitation in the place of the one before. One that is still good keeps its id and its place in the list. */
    async put(tx: Queryable, { identity, firstName, lastName, language, groupIds, invitedBy, expiryDays }: NewInvitation): Promise<InvitationRow> {
      const { rows } = await tx.query<InvitationRow>({
        name: 'invitation_put',
        text: `INSERT INTO invitation AS i (kind, identity_key, address, first_name, last_name, language, group_ids, invited_by_user_id, created_at, sent_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7::uuid[], $8, now(), now(), now() + make_interval(days => $9))
               ON CONFLICT (identity_key) DO UPDATE SET
                 invitation_id = CASE WHEN ${IS_LIVE} THEN i.invitation_id ELSE gen_random_uuid() END, created_at = CASE WHEN ${IS_LIVE} THEN i.created_at ELSE now() END,
                 address = EXCLUDED.address, first_name = EXCLUDED.first_name, last_name = EXCLUDED.last_name, language = EXCLUDED.language, group_ids = EXCLUDED.group_ids,
                 invited_by_user_id = EXCLUDED.invited_by_user_id, sent_at = EXCLUDED.sent_at, expires_at = EXCLUDED.expires_at
               RETURNING ${COLUMNS}`,
        values: [identity.kind, identity.key, identity.address, firstName, lastName, language, groupIds, invitedBy, expiryDays],
      });
      return rows[0]!;
    },

    async remove(tx: Queryable, invitationId: string): Promise<void> {
      await tx.query({ name: 'invitation_remove', text: 'DELETE FROM invitation WHERE invitation_id = $1', values: [invitationId] });
    },

    /** Whether an invitation is as it was when it was sent. */
    async isCurrent(db: Queryable, { invitationId, sentAt }: InvitationRef): Promise<boolean> {
      const { rows } = await db.query({ name: 'invitation_is_current', text: `SELECT FROM invitation i WHERE i.invitation_id = $1 AND i.sent_at = $2`, values: [invitationId, sentAt] });
      return rows.length > 0;
    },

    /** Deletes some invitations that ended long ago. Rows that another worker is deleting are passed over. @returns how many */
    async forgetOld(db: Queryable, atMost: number): Promise<number> {
      const { rowCount } = await db.query({
        name: 'invitation_forget_old',
        text: `DELETE FROM invitation WHERE invitation_id = ANY(ARRAY(
                 SELECT invitation_id FROM invitation WHERE expires_at < now() - interval '${KEPT_DAYS} days' ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))`,
        values: [atMost],
      });
      return rowCount ?? 0;
    },
  };
}

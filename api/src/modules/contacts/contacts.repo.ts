import { isUniqueViolation, type Queryable, type Statement } from '../../infra/postgres.js';
import { USER_COLUMNS, type UserRow } from '../../shared/user-row.js';
import { e164Of, shownPhoneOf, type Contact, type ContactKind } from './contact.js';

/** How long the owner of the old address or number can undo a change. */
const UNDO_HOURS = 72;

export type NewContactChange = { userId: string; old: Contact; newValue: string; tokenHash: Buffer };

/** A change that was just undone. */
export type UndoneChange = { kind: ContactKind; old_value: string | null; old_verified_at: Date | null; created_at: Date };

export type ContactsRepo = ReturnType<typeof createContactsRepo>;

export function createContactsRepo() {
  return {
    /** Whether a session has not been ended. For whoever has the row of its user locked, as those who end all of a user's sessions have: it then stays so. */
    async isSessionOpen(tx: Queryable, sessionId: string): Promise<boolean> {
      const { rowCount } = await tx.query({ name: 'contact_session_open', text: 'SELECT FROM session WHERE session_id = $1 AND revoked_at IS NULL', values: [sessionId] });
      return rowCount === 1;
    },

    /** Puts an address or number in the place of the one before. @returns the row after it; undefined when another account has it, and the transaction must then be undone */
    async set(tx: Queryable, userId: string, contact: Contact): Promise<UserRow | undefined> {
      try {
        const { rows } = await tx.query<UserRow>(contact.kind === 'email' ? setEmail(userId, contact) : setPhone(userId, contact));
        return rows[0];
      } catch (error) {
        if (isUniqueViolation(error)) return undefined;
        throw error;
      }
    },

    /** Notes what a change replaced. The caller has the user's row locked, and the clock is read behind that lock: later changes have later times. @returns until when it can be undone */
    async noteChange(tx: Queryable, { userId, old, newValue, tokenHash }: NewContactChange): Promise<Date> {
      const { rows } = await tx.query<{ expires_at: Date }>({
        name: 'contact_change_insert',
        text: `INSERT INTO contact_change (user_id, kind, old_value, new_value, old_verified_at, token_hash, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp() + make_interval(hours => ${UNDO_HOURS})) RETURNING expires_at`,
        values: [userId, old.kind, old.value, newValue, old.verifiedAt, tokenHash],
      });
      return rows[0]!.expires_at;
    },

    /** Whose account a token can still undo a change of. */
    async findUndoable(db: Queryable, tokenHash: Buffer): Promise<string | undefined> {
      const { rows } = await db.query<{ user_id: string }>({
        name: 'contact_change_undoable',
        text: 'SELECT user_id FROM contact_change WHERE token_hash = $1 AND undone_at IS NULL AND expires_at > now()',
        values: [tokenHash],
      });
      return rows[0]?.user_id;
    },

    /**
     * Marks a change as undone, and with it every later one of the account, of either kind: whoever made this one may have made those.
     * @returns all of them, the chosen one first and the others by their time; none when somebody has done so meanwhile
     */
    async markUndone(tx: Queryable, tokenHash: Buffer): Promise<UndoneChange[]> {
      const { rows } = await tx.query<UndoneChange & { chosen: boolean }>({
        name: 'contact_change_undo',
        text: `UPDATE contact_change c SET undone_at = now()
               FROM (SELECT user_id, created_at FROM contact_change WHERE token_hash = $1 AND undone_at IS NULL AND expires_at > now()) chosen
               WHERE c.user_id = chosen.user_id AND c.undone_at IS NULL AND c.created_at >= chosen.created_at
               RETURNING c.kind, c.old_value, c.old_verified_at, c.created_at, c.token_hash = $1 AS chosen`,
        values: [tokenHash],
      });
      return rows.sort((one, other) => Number(other.chosen) - Number(one.chosen) || one.created_at.getTime() - other.created_at.getTime());
    },

    /** Takes the password of an account away. @param unusable what stands in its place */
    async dropPassword(tx: Queryable, userId: string, unusable: string): Promise<void> {
      await tx.query({ name: 'contact_drop_password', text: 'UPDATE "user" SET password = $2, password_changed_at = NULL, last_updated = now() WHERE user_id = $1', values: [userId, unusable] });
    },

    /** Forgets some changes that nobody can undo any more: each new one clears away more than itself. */
    async forgetOld(db: Queryable): Promise<void> {
      await db.query({
        name: 'contact_change_forget_old',
        text: `DELETE FROM contact_change WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM contact_change WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED))`,
      });
    },
  };
}

function setEmail(userId: string, { value, verifiedAt }: Contact): Statement {
  return {
    name: 'contact_set_email',
    text: `UPDATE "user" u SET email = $2, is_email_verified = $3::timestamp IS NOT NULL, email_verified_at = $3::timestamp, last_updated = now()
           WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
    values: [userId, value, verifiedAt],
  };
}

function setPhone(userId: string, contact: Contact): Statement {
  return {
    name: 'contact_set_phone',
    text: `UPDATE "user" u SET phone_e164 = $2, phone_number = CASE WHEN $3::text IS NOT NULL THEN jsonb_build_object('phone', $3::text) END,
             is_phone_verified = $4::timestamp IS NOT NULL, phone_number_verified_at = $4::timestamp, last_updated = now()
           WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
    values: [userId, e164Of(contact), shownPhoneOf(contact), contact.verifiedAt],
  };
}

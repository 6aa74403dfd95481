import type { Queryable } from '../../infra/postgres.js';
import { MAY_USE_ACCOUNT_SQL } from '../../shared/account-state.js';
import { GROUPS_SQL, PERMISSIONS_SQL } from '../../shared/rights.js';
import { USER_COLUMNS } from '../../shared/user-row.js';
import { SESSION, subject, type SubjectRow } from './sessions.repo.js';
import type { Authority, TokenSubject } from './sessions.types.js';

/** A session as requests are decided by it. */
export type StateRow = Authority & {
  userId: string;
  revoked: boolean;
  usable: boolean;
  expiresAt: Date;
  confirmedGeneration: number;
  language: string | null;
  /** The profile's version. */
  version: number;
  /** Seconds since its last noted use, by the record's own clock. */
  idleSeconds: number;
};

export type SessionStatesRepo = ReturnType<typeof createSessionStatesRepo>;

/** What requests ask about sessions, and what they leave in them. */
export function createSessionStatesRepo() {
  return {
    async find(db: Queryable, sessionId: string): Promise<StateRow | undefined> {
      const { rows } = await db.query<StateRow>({
        name: 'session_state',
        text: `SELECT s.user_id AS "userId", s.revoked_at IS NOT NULL AS revoked, (${MAY_USE_ACCOUNT_SQL}) AS usable, s.expires_at AS "expiresAt",
                 s.confirmed_generation AS "confirmedGeneration", u.language, u.version, extract(epoch FROM now() - s.last_seen_at)::float8 AS "idleSeconds",
                 ${GROUPS_SQL} AS groups, ${PERMISSIONS_SQL} AS permissions
               FROM session s JOIN "user" u USING (user_id) WHERE s.session_id = $1`,
        values: [sessionId],
      });
      return rows[0];
    },

    /** All that the tokens of a live session carry. */
    async findSubject(db: Queryable, sessionId: string): Promise<TokenSubject | undefined> {
      const { rows } = await db.query<SubjectRow>({
        name: 'session_subject',
        text: `SELECT ${SESSION}, ${USER_COLUMNS}, ${GROUPS_SQL} AS groups, ${PERMISSIONS_SQL} AS permissions FROM session s JOIN "user" u USING (user_id) WHERE s.session_id = $1`,
        values: [sessionId],
      });
      return rows[0] && subject(rows[0]);
    },

    /** Notes that the client has tokens of this generation, from which on the one before is stolen goods. */
    async confirm(db: Queryable, sessionId: string, generation: number): Promise<void> {
      await db.query({
        name: 'session_confirm',
        text: `UPDATE session SET confirmed_generation = $2, last_seen_at = now() WHERE session_id = $1 AND confirmed_generation < $2 AND generation >= $2`,
        values: [sessionId, generation],
      });
    },

    /** Notes uses. A row that somebody holds at this moment is being used anyway: waiting for it could end in a deadlock. */
    async noteSeen(db: Queryable, sessionIds: readonly string[]): Promise<void> {
      await db.query({
        name: 'session_seen',
        text: `UPDATE session SET last_seen_at = now() WHERE session_id IN (SELECT session_id FROM session WHERE session_id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED)`,
        values: [sessionIds],
      });
    },
  };
}

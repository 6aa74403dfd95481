import type { Queryable } from '../../infra/postgres.js';
import { IS_OLD, notIdle } from './session-conditions.repo.js';

export type SessionEndsRepo = ReturnType<typeof createSessionEndsRepo>;

/** The ends of sessions. What has ended is never ended again: of simultaneous calls one finds it. */
export function createSessionEndsRepo() {
  return {
    /** Ends every session of a user. @returns how many */
    async endAll(db: Queryable, userId: string, reason: string): Promise<number> {
      const { rowCount } = await db.query({
        name: 'session_end_all',
        text: `UPDATE session SET revoked_at = now(), revoke_reason = $2 WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()`,
        values: [userId, reason],
      });
      return rowCount ?? 0;
    },

    /** Ends every session of a user but one. @returns how many */
    async endOthers(db: Queryable, userId: string, keptSessionId: string, reason: string): Promise<number> {
      const { rowCount } = await db.query({
        name: 'session_end_others',
        text: `UPDATE session SET revoked_at = now(), revoke_reason = $3 WHERE user_id = $1 AND session_id <> $2 AND revoked_at IS NULL AND expires_at > now()`,
        values: [userId, keptSessionId, reason],
      });
      return rowCount ?? 0;
    },

    /** Ends one session of a user, if it lives. @returns false when there is none, or it is somebody else's */
    async endOne(db: Queryable, sessionId: string, ownerId: string, idleLimit: number | null, reason: string): Promise<boolean> {
      const { rowCount } = await db.query({
        name: 'session_end_one',
        text: `UPDATE session s SET revoked_at = now(), revoke_reason = $3
               WHERE s.session_id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 4)}`,
        values: [sessionId, ownerId, reason, idleLimit],
      });
      return rowCount === 1;
    },

    /** @returns whose a session is that lives */
    async findOwner(db: Queryable, sessionId: string, idleLimit: number | null): Promise<string | undefined> {
      const { rows } = await db.query<{ user_id: string }>({
        name: 'session_owner',
        text: `SELECT s.user_id FROM session s WHERE s.session_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 2)}`,
        values: [sessionId, idleLimit],
      });
      return rows[0]?.user_id;
    },

    /**
     * Ends a user's oldest sessions beyond so many, the one just opened apart. Exact when the caller has the user's
     * row locked: sign-ins then stand in line.
     * @returns their ids
     */
    async endOldest(db: Queryable, userId: string, openedSessionId: string, maxActive: number, idleLimit: number | null): Promise<string[]> {
      const { rows } = await db.query<{ session_id: string }>({
        name: 'session_end_oldest',
        text: `UPDATE session SET revoked_at = now(), revoke_reason = 'max_active'
               WHERE revoked_at IS NULL AND session_id IN (
                 SELECT s.session_id FROM session s
                 WHERE s.user_id = $1 AND s.session_id <> $2 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 4)}
                 ORDER BY s.created_at DESC, s.session_id DESC OFFSET $3)
               RETURNING session_id`,
        values: [userId, openedSessionId, maxActive - 1, idleLimit],
      });
      return rows.map(({ session_id }) => session_id);
    },

    /** Deletes some sessions that ended long ago. Rows that another worker is deleting are passed over. @returns how many */
    async forgetOld(db: Queryable, atMost: number): Promise<number> {
      const { rowCount } = await db.query({
        name: 'session_forget_old',
        text: `DELETE FROM session WHERE ctid = ANY(ARRAY(SELECT ctid FROM session WHERE ${IS_OLD} LIMIT $1 FOR UPDATE SKIP LOCKED))`,
        values: [atMost],
      });
      return rowCount ?? 0;
    },
  };
}

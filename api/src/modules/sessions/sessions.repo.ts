import type { Queryable } from '../../infra/postgres.js';
import { MAY_USE_ACCOUNT_SQL } from '../../shared/account-state.js';
import { GROUPS_SQL, PERMISSIONS_SQL } from '../../shared/rights.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import { USER_COLUMNS, type UserRow } from '../../shared/user-row.js';
import { IS_CLEAN_UP_DUE, notIdle } from './session-conditions.repo.js';
import type { Authority, SessionRow, TokenSubject } from './sessions.types.js';

/** The columns of a session that tokens are made from, over the alias `s`. */
export const SESSION = `s.session_id, s.user_id, s.generation, s.rotated_at, s.confirmed_generation, s.expires_at, s.revoked_at, s.origin`;

/** The first parameter of `rotate` that belongs to its entry. */
export const ROTATE_ENTRY_PARAMETER = 11;

export type ClientOfSession = ClientFacts & { ip: string | null; userAgent: string | null; origin: string | null; country: string | null };

/** What a sign-in finds out beside its own session. */
type Opened = SessionRow & Authority & { isNewDevice: boolean; isCleanUpDue: boolean };

/** A session that ended because its superseded refresh token came back, and whom to tell. */
export type StolenSession = ClientFacts & Pick<UserRow, 'user_id' | 'email' | 'is_email_verified' | 'language' | 'timezone'>;

export type SubjectRow = SessionRow & Authority & UserRow;

export type SessionsRepo = ReturnType<typeof createSessionsRepo>;

/** Sessions in Postgres, the record of them. */
export function createSessionsRepo() {
  return {
    /**
     * Opens a session. The statement sees the table as it was before: `isNewDevice` says that the user has had
     * sessions, and none on such a device.
     */
    async insert(db: Queryable, userId: string, lifeSeconds: number, client: ClientOfSession): Promise<Opened> {
      const { rows } = await db.query<Opened>({
        name: 'session_insert',
        text: `WITH s AS (
                 INSERT INTO session (session_id, user_id, generation, rotated_at, confirmed_generation, created_at, last_seen_at, expires_at, ip, user_agent, device, browser, os, origin, country)
                 VALUES (gen_random_uuid(), $1, 0, now(), 0, now(), now(), now() + make_interval(secs => $2), $3, $4, $5, $6, $7, $8, $9) RETURNING *)
               SELECT ${SESSION}, ${GROUPS_SQL} AS groups, ${PERMISSIONS_SQL} AS permissions,
                 EXISTS (SELECT FROM session e WHERE e.user_id = $1) AND NOT EXISTS (
                   SELECT FROM session e WHERE e.user_id = $1 AND e.device IS NOT DISTINCT FROM $5 AND e.browser IS NOT DISTINCT FROM $6 AND e.os IS NOT DISTINCT FROM $7) AS "isNewDevice",
                 ${IS_CLEAN_UP_DUE} AS "isCleanUpDue"
               FROM s JOIN "user" u USING (user_id)`,
        values: [userId, lifeSeconds, client.ip, client.userAgent, client.device, client.browser, client.os, client.origin, client.country],
      });
      return rows[0]!;
    },

    /**
     * Advances the generation by one, if the presented one is the newest, the
     * session lives and its user may use it, and writes the entry of it: all in
     * one statement, so that of any number of simultaneous calls one gets the
     * row (B-11). `entry` names its source `rotated`, its parameters begin at ROTATE_ENTRY_PARAMETER.
     */
    async rotate(db: Queryable, sessionId: string, generation: number, client: ClientOfSession, idleLimit: number | null, entry: { sql: string; values: unknown[] }): Promise<TokenSubject | undefined> {
      const { rows } = await db.query<SubjectRow>({
        name: 'session_rotate',
        text: `WITH rotated AS (
                 UPDATE session s SET generation = s.generation + 1, rotated_at = now(), last_seen_at = now(), confirmed_generation = s.generation,
                   ip = $3, user_agent = $4, device = $5, browser = $6, os = $7, origin = COALESCE($8, s.origin), country = $9
                 FROM "user" u
                 WHERE s.session_id = $1 AND s.generation = $2 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 10)}
                   AND u.user_id = s.user_id AND ${MAY_USE_ACCOUNT_SQL}
                 RETURNING s.*), entry AS (${entry.sql})
               SELECT ${SESSION}, ${USER_COLUMNS}, ${GROUPS_SQL} AS groups, ${PERMISSIONS_SQL} AS permissions FROM rotated s JOIN "user" u USING (user_id)`,
        values: [sessionId, generation, client.ip, client.userAgent, client.device, client.browser, client.os, client.origin, client.country, idleLimit, ...entry.values],
      });
      return rows[0] && subject(rows[0]);
    },

    /**
     * The session of which `generation` is the one before the newest, while it may still be handed its successor again:
     * within the race window of the rotation, or until a token of the new generation has been used (B-12).
     */
    async findSuccessor(db: Queryable, sessionId: string, generation: number, raceSeconds: number, idleLimit: number | null): Promise<TokenSubject | undefined> {
      const { rows } = await db.query<SubjectRow>({
        name: 'session_successor',
        text: `SELECT ${SESSION}, ${USER_COLUMNS}, ${GROUPS_SQL} AS groups, ${PERMISSIONS_SQL} AS permissions
               FROM session s JOIN "user" u USING (user_id)
               WHERE s.session_id = $1 AND s.generation = $2 + 1 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 4)} AND ${MAY_USE_ACCOUNT_SQL}
                 AND (s.confirmed_generation < s.generation OR s.rotated_at > now() - make_interval(secs => $3))`,
        values: [sessionId, generation, raceSeconds, idleLimit],
      });
      return rows[0] && subject(rows[0]);
    },

    /** Ends a session whose superseded token came back. The condition stands in the statement, so that a racing rotation is not taken for a theft. @returns undefined when it was none */
    async revokeReused(db: Queryable, sessionId: string, generation: number, raceSeconds: number, idleLimit: number | null): Promise<StolenSession | undefined> {
      const { rows } = await db.query<StolenSession>({
        name: 'session_revoke_reused',
        text: `UPDATE session s SET revoked_at = now(), revoke_reason = 'refresh_reused'
               FROM "user" u
               WHERE s.session_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 4)} AND s.generation > $2
                 AND NOT (s.generation = $2 + 1 AND (s.confirmed_generation < s.generation OR s.rotated_at > now() - make_interval(secs => $3)))
                 AND u.user_id = s.user_id
               RETURNING s.user_id, s.device, s.browser, s.os, u.email, u.is_email_verified, u.language, u.timezone`,
        values: [sessionId, generation, raceSeconds, idleLimit],
      });
      return rows[0];
    },
  };
}

/** The two share `user_id` alone, which is the same in both. */
export function subject(row: SubjectRow): TokenSubject {
  return { session: row, user: row, authority: { groups: row.groups, permissions: row.permissions } };
}

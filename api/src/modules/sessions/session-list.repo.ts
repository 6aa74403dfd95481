import type { Queryable } from '../../infra/postgres.js';
import type { ClientFacts } from '../../shared/user-agent.js';
import { notIdle } from './session-conditions.repo.js';

/** A session as its owner sees it. */
export type ListedSession = ClientFacts & { session_id: string; created_at: Date; last_seen_at: Date; ip: string | null; user_agent: string | null; country: string | null };

/** What tokens of a session are measured by. */
export type LiveSession = { session_id: string; generation: number; expires_at: Date };

/** A place in a list, newest first: when a session was opened, in milliseconds since the epoch, and which. */
export type SessionPosition = [createdAtMs: number, sessionId: string];

export type SessionListRepo = ReturnType<typeof createSessionListRepo>;

/** Questions about the sessions a user has now. */
export function createSessionListRepo() {
  return {
    /** Live sessions of a user, newest first, from a position on. */
    async list(db: Queryable, userId: string, { after, atMost, idleLimit }: { after: SessionPosition | undefined; atMost: number; idleLimit: number | null }): Promise<ListedSession[]> {
      const { rows } = await db.query<ListedSession>({
        name: 'session_list',
        text: `SELECT s.session_id, s.created_at, s.last_seen_at, s.ip, s.user_agent, s.device, s.browser, s.os, s.country FROM session s
               WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 5)}
                 AND ($2::timestamptz IS NULL OR (s.created_at, s.session_id) < ($2, $3::uuid))
               ORDER BY s.created_at DESC, s.session_id DESC LIMIT $4`,
        values: [userId, after ? new Date(after[0]) : null, after?.[1] ?? null, atMost, idleLimit],
      });
      return rows;
    },

    /** Which of these sessions are the user's and live. */
    async findLive(db: Queryable, userId: string, sessionIds: readonly string[], idleLimit: number | null): Promise<LiveSession[]> {
      const { rows } = await db.query<LiveSession>({
        name: 'session_find_live',
        text: `SELECT s.session_id, s.generation, s.expires_at FROM session s
               WHERE s.session_id = ANY($2::uuid[]) AND s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > now() AND ${notIdle('s', 3)}`,
        values: [userId, sessionIds, idleLimit],
      });
      return rows;
    },
  };
}

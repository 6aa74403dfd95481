import { z } from 'zod';
import { createPaging, type Pagination } from '../../http/pagination.js';
import type { Queryable } from '../../infra/postgres.js';
import type { Principal } from '../../shared/principal.js';
import type { ListedSession, SessionListRepo, SessionPosition } from './session-list.repo.js';

/** The end of the year 9999, beyond which Postgres and JavaScript write dates differently. */
const MAX_TIME_MS = 253_402_300_799_999;

export const sessionPaging = createPaging<SessionPosition>(z.tuple([z.int().min(0).max(MAX_TIME_MS), z.guid()]));

export type SessionPage = { sessions: ListedSession[]; pagination: Pagination };

export type SessionList = ReturnType<typeof createSessionList>;

/** The devices on which a user is signed in (ASVS 7.5.2). */
export function createSessionList({ db, repo, idleLimit }: { db: Queryable; repo: SessionListRepo; idleLimit: number | null }) {
  return {
    /** @returns a page of a user's live sessions, newest first */
    async of({ userId }: Pick<Principal, 'userId'>, { limit, cursor }: { limit: number; cursor?: SessionPosition | undefined }): Promise<SessionPage> {
      const rows = await repo.list(db, userId, { after: cursor, atMost: limit + 1, idleLimit });
      const page = sessionPaging.page(rows, limit, ({ created_at, session_id }) => [created_at.getTime(), session_id]);
      return { sessions: page.rows, pagination: page.pagination };
    },
  };
}

import type { Queryable } from '../../infra/postgres.js';
import { createBoundedMap, type BoundedMap } from '../../shared/bounded-map.js';
import type { Changes } from '../../shared/changes.js';
import type { SessionsRepo } from './sessions.repo.js';
import type { SessionState } from './sessions.types.js';

export type SessionStates = {
  /** The state of a user's session: at once when it is remembered, else asked of Postgres. Undefined: there is no such session. */
  of(userId: string, sessionId: string): SessionState | undefined | Promise<SessionState | undefined>;
};

const REMEMBERED_USERS = 50_000;
/** Devices of one user; with more than that in use at once, some are asked for again. */
const REMEMBERED_SESSIONS_PER_USER = 50;

/**
 * What decides about tokens. Postgres is the record; when this process is the
 * only one that writes there (`exclusive`), what it read stays true until it
 * announces a change itself, and is remembered. With other writers about,
 * every request asks Postgres: slower, never more lenient.
 */
export function createSessionStates(parts: { db: Queryable; repo: SessionsRepo; changes: Changes; exclusive: boolean }): SessionStates {
  const known = createBoundedMap<string, BoundedMap<string, SessionState>>(REMEMBERED_USERS);
  let epoch = 0;

  parts.changes.listen((change) => {
    // A read that began before the change may still be under way: it must not be remembered after it.
    epoch += 1;
    if (change.kind === 'user') known.delete(change.userId);
    else known.clear();
  });

  async function load(userId: string, sessionId: string): Promise<SessionState | undefined> {
    const begun = epoch;
    const state = await parts.repo.findState(parts.db, sessionId);
    if (state?.userId === userId && parts.exclusive && begun === epoch) remember(userId, sessionId, state);
    return state;
  }

  function remember(userId: string, sessionId: string, state: SessionState): void {
    const sessions = known.get(userId) ?? createBoundedMap<string, SessionState>(REMEMBERED_SESSIONS_PER_USER);
    sessions.set(sessionId, state);
    known.set(userId, sessions);
  }

  return { of: (userId, sessionId) => known.get(userId)?.get(sessionId) ?? load(userId, sessionId) };
}

import type { Queryable } from '../../infra/postgres.js';
import { createBoundedMap } from '../../shared/bounded-map.js';
import type { Changes } from '../../shared/changes.js';
import type { SessionsRepo } from './sessions.repo.js';
import type { SessionState } from './sessions.types.js';

export type SessionStates = {
  /** The state of a session: at once when it is remembered, else asked of Postgres. Undefined: there is no such session. */
  of(sessionId: string): SessionState | undefined | Promise<SessionState | undefined>;
};

const REMEMBERED_SESSIONS = 100_000;

/**
 * What decides about tokens. Postgres is the record; when this process is the
 * only one that writes there (`exclusive`), what it read stays true until it
 * announces a change itself, and is remembered. With other writers about,
 * every request asks Postgres: slower, never more lenient.
 */
export function createSessionStates(parts: { db: Queryable; repo: SessionsRepo; changes: Changes; exclusive: boolean }): SessionStates {
  const known = createBoundedMap<string, SessionState>(REMEMBERED_SESSIONS);
  let epoch = 0;

  parts.changes.listen((change) => {
    // A read that began before the change may still be under way: it must not be remembered after it.
    epoch += 1;
    if (change.kind === 'session') known.delete(change.sessionId);
    else known.clear();
  });

  async function load(sessionId: string): Promise<SessionState | undefined> {
    const begun = epoch;
    const state = await parts.repo.findState(parts.db, sessionId);
    if (state && parts.exclusive && begun === epoch) known.set(sessionId, state);
    return state;
  }

  return { of: (sessionId) => known.get(sessionId) ?? load(sessionId) };
}

import type { Queryable } from '../../infra/postgres.js';
import { createBoundedMap } from '../../shared/bounded-map.js';
import type { Changes } from '../../shared/changes.js';
import { createRecordMemory } from '../../shared/record-memory.js';
import { claimsVersion } from './claims.js';
import type { SessionStatesRepo, StateRow } from './session-states.repo.js';
import type { Authority } from './sessions.types.js';

/** What groups let a user do: one object for all who may do the same. */
export type Rights = Readonly<{ groups: ReadonlySet<string>; permissions: ReadonlySet<string> }>;

/** What decides whether a token of this session is good now, and what it may do. */
export type SessionState = {
  sessionId: string;
  userId: string;
  rights: Rights;
  revoked: boolean;
  usable: boolean;
  expiresAtMs: number;
  confirmedGeneration: number;
  language: string | null;
  /** The `pv` of tokens that say what the record says. */
  claimsVersion: string;
  /** The last use that this worker knows of, on its steady clock, in milliseconds. */
  usedAt: number;
  /** The last use that was noted in the record, likewise. */
  notedAt: number;
};

export type SessionStates = {
  /** The state of a user's session: at once when it is remembered, else asked of the record. Undefined: there is no such session. */
  of(userId: string, sessionId: string): SessionState | undefined | Promise<SessionState | undefined>;
  /** Asks the record, whatever is remembered. */
  read(userId: string, sessionId: string): Promise<SessionState | undefined>;
};

const REMEMBERED_USERS = 50_000;
/** Devices of one user; with more than that in use at once, some are asked for again. */
const REMEMBERED_SESSIONS_PER_USER = 50;
/** Different sets of rights; most users share a few. */
const REMEMBERED_RIGHTS = 1_000;

/**
 * What decides about tokens. Postgres is the record; what was read of it is
 * remembered until a change of it is announced, and trusted only while this
 * worker would have heard of one. So there is no list of what was revoked that
 * could be incomplete: what is not remembered is asked (ADR 0009).
 */
export function createSessionStates(parts: { db: Queryable; repo: SessionStatesRepo; changes: Changes }): SessionStates {
  const knownRights = createBoundedMap<string, Rights>(REMEMBERED_RIGHTS);
  const memory = createRecordMemory<readonly SessionState[]>({ changes: parts.changes, maxUsers: REMEMBERED_USERS });

  async function read(userId: string, sessionId: string): Promise<SessionState | undefined> {
    const load = async () => toState(sessionId, await parts.repo.find(parts.db, sessionId));
    return memory.read(userId, load, (state, known = []) => {
      // A token that names another user's session is refused; nothing is remembered of it.
      if (state?.userId !== userId) return undefined;
      return [state, ...known.filter((one) => one.sessionId !== sessionId)].slice(0, REMEMBERED_SESSIONS_PER_USER);
    });
  }

  function toState(sessionId: string, row: StateRow | undefined): SessionState | undefined {
    if (!row) return undefined;
    const { groups, permissions, expiresAt, version, idleSeconds, ...state } = row;
    const usedAt = performance.now() - idleSeconds * 1_000;
    return { sessionId, ...state, rights: rightsOf(row), expiresAtMs: expiresAt.getTime(), claimsVersion: claimsVersion(version, { groups, permissions }), usedAt, notedAt: usedAt };
  }

  function rightsOf({ groups, permissions }: Authority): Rights {
    const key = JSON.stringify([groups, permissions]);
    const rights = knownRights.get(key) ?? Object.freeze({ groups: new Set(groups), permissions: new Set(permissions) });
    knownRights.set(key, rights);
    return rights;
  }

  return { read, of: (userId, sessionId) => memory.get(userId)?.find((state) => state.sessionId === sessionId) ?? read(userId, sessionId) };
}

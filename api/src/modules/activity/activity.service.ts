import type { Queryable } from '../../infra/postgres.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ReadUserAgent } from '../../shared/user-agent.js';
import type { ActivityClause, ActivityRow, createActivityRepo } from './activity.repo.js';

/** What the server itself writes of; the catalogue grows with the features. */
export const ACTIVITY = {
  sign_up: { module: 'auth', level: 'audit', message: 'Signed up' },
  sign_in: { module: 'auth', level: 'audit', message: 'Signed in' },
  sign_in_failed: { module: 'auth', level: 'warn', message: 'Failed to sign in' },
  code_sent: { module: 'auth', level: 'info', message: 'Asked for a one-time code' },
  code_failed: { module: 'auth', level: 'warn', message: 'Gave a wrong one-time code' },
  code_checked: { module: 'auth', level: 'info', message: 'Had a one-time code checked' },
  identity_verified: { module: 'auth', level: 'audit', message: 'Proved an e-mail address or phone number' },
  master_code_used: { module: 'auth', level: 'audit', message: 'Used the master code' },
  password_set: { module: 'auth', level: 'audit', message: 'Set a password' },
  password_changed: { module: 'auth', level: 'audit', message: 'Changed the password' },
  password_reset: { module: 'auth', level: 'audit', message: 'Reset the password with a code' },
  password_change_failed: { module: 'auth', level: 'warn', message: 'Failed to change or reset a password' },
  email_changed: { module: 'profile', level: 'audit', message: 'Changed the e-mail address' },
  phone_changed: { module: 'profile', level: 'audit', message: 'Changed the phone number' },
  contact_change_failed: { module: 'profile', level: 'warn', message: 'Failed to change the e-mail address or phone number' },
  contact_change_undone: { module: 'profile', level: 'audit', message: 'Undid a change of the e-mail address or phone number' },
  profile_updated: { module: 'profile', level: 'info', message: 'Changed the profile' },
  picture_updated: { module: 'profile', level: 'info', message: 'Changed the profile picture' },
  account_deactivated: { module: 'account', level: 'audit', message: 'Deactivated the account' },
  account_reactivated: { module: 'account', level: 'audit', message: 'Reactivated the account by a sign-in' },
  account_deleted: { module: 'account', level: 'audit', message: 'Asked for the account to be deleted' },
  account_restored: { module: 'account', level: 'audit', message: 'Restored the deleted account by a sign-in' },
  account_erased: { module: 'account', level: 'audit', message: 'A deleted account was erased' },
  account_exported: { module: 'account', level: 'audit', message: 'Exported the data of the account' },
  message_undelivered: { module: 'messages', level: 'error', message: 'A message was not delivered, or nobody can tell whether it was' },
  session_refreshed: { module: 'sessions', level: 'info', message: 'Refreshed a session' },
  refresh_reused: { module: 'sessions', level: 'audit', message: 'A superseded refresh token was used again; the session was ended' },
  signed_out: { module: 'sessions', level: 'audit', message: 'Signed out' },
  session_ended: { module: 'sessions', level: 'audit', message: 'Ended a session' },
  permission_created: { module: 'permissions', level: 'audit', message: 'Made a permission' },
  permission_updated: { module: 'permissions', level: 'audit', message: 'Changed a permission' },
  permission_deleted: { module: 'permissions', level: 'audit', message: 'Deleted a permission' },
  group_created: { module: 'permissions', level: 'audit', message: 'Made a group' },
  group_updated: { module: 'permissions', level: 'audit', message: 'Changed a group' },
  group_deleted: { module: 'permissions', level: 'audit', message: 'Deleted a group' },
  group_permissions_changed: { module: 'permissions', level: 'audit', message: 'Changed what a group grants' },
  user_groups_changed: { module: 'users', level: 'audit', message: 'Changed the groups of a user' },
  user_invited: { module: 'users', level: 'audit', message: 'Invited somebody' },
  invitation_withdrawn: { module: 'users', level: 'audit', message: 'Withdrew an invitation' },
  invitation_accepted: { module: 'users', level: 'audit', message: 'Signed up by invitation' },
  user_suspended: { module: 'users', level: 'audit', message: 'Suspended a user' },
  user_reactivated: { module: 'users', level: 'audit', message: 'Activated a user' },
  user_deleted: { module: 'users', level: 'audit', message: 'Deleted a user' },
  user_sessions_ended: { module: 'users', level: 'audit', message: 'Ended the sessions of a user' },
} as const;

export type ActivityAction = keyof typeof ACTIVITY;

export type ActivityEntry = {
  action: ActivityAction;
  /** Who did it; unknown when nobody was recognised. */
  userId?: string | undefined;
  sessionId?: string | undefined;
  /** The account it was done to, when that is another one. */
  targetUserId?: string | undefined;
  /** The status the request is about to be answered with. */
  status: number;
  /** Facts worth keeping; never a code, a password or a token (H-03). */
  metadata?: Record<string, unknown>;
};

export type ActivityService = {
  record(tx: Queryable, origin: RequestOrigin, entry: ActivityEntry): Promise<void>;
  /** The entry as a clause of the statement that makes the change: for what is done in one statement. Its user is the `user_id` of `source`. */
  clause(origin: RequestOrigin, entry: Omit<ActivityEntry, 'userId'>, source: string, firstParameter: number): ActivityClause;
};

/** The database's own limits (REFERENCE §12.1); a longer fact is cut rather than lost with its entry (E-13). */
const LIMITS = { ip: 45, endpoint: 255, method: 10, requestId: 100, sessionId: 100 };

/**
 * Writes the log. The entry goes into the caller's own transaction, so that a
 * change and its entry are one: neither is ever there without the other (H-02).
 */
export function createActivityService(parts: { repo: ReturnType<typeof createActivityRepo>; readUserAgent: ReadUserAgent }): ActivityService {
  return {
    record: (tx, origin, entry) => parts.repo.insert(tx, toRow(origin, entry)),
    clause: (origin, entry, source, firstParameter) => parts.repo.clause(toRow(origin, entry), source, firstParameter),
  };

  function toRow(origin: RequestOrigin, entry: ActivityEntry): ActivityRow {
    const kind = ACTIVITY[entry.action];
    return {
      user_id: entry.userId ?? null,
      target_user_id: entry.targetUserId ?? null,
      level: kind.level,
      message: kind.message,
      action: entry.action,
      module: kind.module,
      ip_address: cut(origin.ip, LIMITS.ip),
      user_agent: origin.userAgent ?? null,
      ...parts.readUserAgent(origin.userAgent),
      platform: 'web',
      endpoint: cut(origin.endpoint, LIMITS.endpoint),
      method: cut(origin.method, LIMITS.method),
      status_code: entry.status,
      request_id: cut(origin.requestId, LIMITS.requestId),
      session_id: cut(entry.sessionId ?? origin.sessionId, LIMITS.sessionId),
      metadata: entry.metadata ? JSON.stringify(entry.metadata) : null,
      duration_ms: origin.elapsedMs(),
    };
  }
}

function cut(text: string | undefined, length: number): string | null {
  return text === undefined ? null : text.slice(0, length);
}

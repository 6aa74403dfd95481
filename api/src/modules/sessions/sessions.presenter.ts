import type { Principal } from '../../shared/principal.js';
import type { SignOutScope } from './session-ends.service.js';
import type { ListedSession } from './session-list.repo.js';
import type { SessionView, SignedOutView } from './sessions.schema.js';

/** A session as its owner sees it. */
export function presentSession(row: ListedSession, { sessionId }: Principal): SessionView {
  return {
    session_id: row.session_id,
    current: row.session_id === sessionId,
    created_at: row.created_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    ip: row.ip,
    user_agent: row.user_agent,
    device: row.device,
    browser: row.browser,
    os: row.os,
    country: row.country,
  };
}

/** REFERENCE §9.10. `data` is in English for everybody; the envelope's `message` is the translated one. */
const SIGNED_OUT_SENTENCES: Record<SignOutScope, string> = {
  all: 'Logged out successfully. All tokens and sessions have been revoked.',
  this: 'Logged out successfully. This session and its tokens have been revoked.',
  others: 'Your other sessions have been signed out. This one stays signed in.',
};

/** Whether the caller's own access token has ended, and the refresh tokens and sessions that the scope names. */
export function presentSignOut(scope: SignOutScope): SignedOutView {
  const own = scope !== 'others';
  return { message: SIGNED_OUT_SENTENCES[scope], access_token_revoked: own, refresh_tokens_revoked: true, sessions_revoked: true, tokens_revoked: own };
}

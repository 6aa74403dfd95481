/** A guard, and what the built server looks like without it. */
export type Mutation = { name: string; /** Below dist. */ file: string; /** Stands there exactly once. */ find: string; put: string; /** What notices it; without, `sessions`. */ noticedBy?: 'stopped-worker' };

const REPO = 'modules/sessions/sessions.repo.js';
const SERVICE = 'modules/sessions/sessions.service.js';
const AUTHENTICATOR = 'modules/sessions/authenticator.js';
const TOKENS = 'modules/sessions/tokens.js';
const CHANGES = 'infra/changes.js';
const MEMORY = 'shared/record-memory.js';

/** The guards of sessions: with any of them gone, the simulation must notice. */
export const MUTATIONS: readonly Mutation[] = [
  { name: 'any-generation-rotates', file: REPO, find: 's.generation = $2 AND s.revoked_at IS NULL', put: '$2::int IS NOT NULL AND s.revoked_at IS NULL' },
  { name: 'revoked-session-refreshes', file: REPO, find: 's.generation = $2 AND s.revoked_at IS NULL', put: 's.generation = $2' },
  { name: 'suspended-account-refreshes', file: REPO, find: 'AND u.user_id = s.user_id AND ${MAY_USE_ACCOUNT_SQL}', put: 'AND u.user_id = s.user_id' },
  { name: 'two-generations-behind-is-forgiven', file: REPO, find: 's.generation = $2 + 1 AND s.revoked_at IS NULL', put: 's.generation > $2 AND s.revoked_at IS NULL' },
  { name: 'lost-answer-cannot-be-asked-again', file: REPO, find: '\n                 AND (s.confirmed_generation < s.generation OR', put: '\n                 AND (' },
  { name: 'no-race-window', file: REPO, find: '\n                 AND (s.confirmed_generation < s.generation OR s.rotated_at > now() - make_interval(secs => $3))', put: '\n                 AND s.confirmed_generation < s.generation AND $3::int IS NOT NULL' },
  { name: 'race-window-counts-from-sign-in', file: REPO, find: 'rotated_at = now(), last_seen_at', put: 'last_seen_at' },
  { name: 'no-theft-detection', file: SERVICE, find: '(await endReused(claims, origin)) ?', put: 'false ?' },
  { name: 'use-confirms-nothing', file: AUTHENTICATOR, find: 'await parts.repo.confirm(parts.db, claims.session_id, claims.gen);', put: '' },
  { name: 'revoked-session-is-let-in', file: AUTHENTICATOR, find: 'state.revoked || ', put: '' },
  { name: 'suspended-account-is-let-in', file: AUTHENTICATOR, find: '!state.usable || ', put: '' },
  { name: 'permissions-of-the-first-use-decide', file: AUTHENTICATOR, find: 'known.state === state && known.principal ?', put: 'known.principal ?' },
  { name: 'remembered-token-never-expires', file: AUTHENTICATOR, find: 'claims.exp * 1000 <= now()', put: 'false' },
  { name: 'stale-token-is-not-renewed', file: AUTHENTICATOR, find: 'isStale ? await renew(known) : undefined', put: 'undefined' },
  { name: 'renewal-lengthens-life', file: TOKENS, find: "{ ...claims, type: 'session',", put: "{ ...claims, exp: claims.exp + 3_600, type: 'session'," },
  { name: 'refresh-token-is-random', file: TOKENS, find: 'refreshId(subject)))', put: 'randomUUID()))' },
  { name: 'answer-does-not-wait-for-workers', file: CHANGES, find: 'await Promise.race([everybodySaw(() => over).catch(() => deadline), deadline]);', put: '' },
  { name: 'memory-is-trusted-for-ever', file: CHANGES, find: 'performance.now() < trustedUntil && Date.now() < trustedUntilDate', put: 'true', noticedBy: 'stopped-worker' },
  { name: 'news-is-not-applied', file: MEMORY, find: 'known.delete(userId);', put: ';' },
];

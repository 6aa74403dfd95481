import type { Queryable } from '../../infra/postgres.js';
import type { SessionFreshnessRepo } from './session-freshness.repo.js';

export type SessionFreshness = ReturnType<typeof createSessionFreshness>;

/**
 * Whether a sign-in is recent enough for a change that decides who may sign in: a session that was stolen long after
 * it was opened must not be enough (C-15, C-16, ASVS 7.5.1).
 * @param reauthSeconds how long a sign-in counts; zero: for ever
 */
export function createSessionFreshness({ repo, reauthSeconds }: { repo: SessionFreshnessRepo; reauthSeconds: number }) {
  return {
    /** @returns false when the caller should sign in again, or prove in another way who he is: AUTH_REAUTH_REQUIRED */
    async isFresh(tx: Queryable, sessionId: string): Promise<boolean> {
      return reauthSeconds === 0 || repo.isFresh(tx, sessionId, reauthSeconds);
    },
  };
}

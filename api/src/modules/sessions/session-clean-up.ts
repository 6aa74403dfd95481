import type { Jobs } from '../../infra/jobs.js';
import type { Queryable } from '../../infra/postgres.js';
import type { SessionEndsRepo } from './session-ends.repo.js';

export type SessionCleanUp = ReturnType<typeof createSessionCleanUp>;

const FORGET_OLD_SESSIONS = 'forget_old_sessions';
/** Few enough that a statement never holds anybody up. */
const BATCH = 500;

/**
 * Clears away sessions that ended long ago: a durable job, asked for in the
 * transaction of a sign-in that finds it due. Several workers may do it at
 * once, and a job that is broken off is done again.
 */
export function createSessionCleanUp({ db, jobs, repo }: { db: Queryable; jobs: Pick<Jobs, 'handle' | 'add'>; repo: Pick<SessionEndsRepo, 'forgetOld'> }) {
  jobs.handle(FORGET_OLD_SESSIONS, async () => {
    while ((await repo.forgetOld(db, BATCH)) > 0);
  });

  return {
    /** Asks for it; once, however many ask before it begins. */
    async ask(tx: Queryable): Promise<void> {
      await jobs.add(tx, FORGET_OLD_SESSIONS, {}, { key: 'all' });
    },
  };
}

import type { Jobs } from '../../infra/jobs.js';
import type { Queryable } from '../../infra/postgres.js';
import type { InvitationsRepo } from './invitations.repo.js';

const FORGET_OLD_INVITATIONS = 'forget_old_invitations';
const EVERY_SECONDS = 24 * 3_600;
/** Few enough that a statement never holds anybody up. */
const BATCH = 500;

/**
 * Clears away invitations that ended long ago: a durable job, once a day, because they are addresses of people who may never
 * have come. Several workers may do it at once, and a job that is broken off is done again.
 */
export function createInvitationCleanUp({ db, jobs, repo }: { db: Queryable; jobs: Pick<Jobs, 'handle' | 'add'>; repo: Pick<InvitationsRepo, 'forgetOld'> }) {
  jobs.handle(FORGET_OLD_INVITATIONS, async () => {
    while ((await repo.forgetOld(db, BATCH)) > 0);
    await jobs.add(db, FORGET_OLD_INVITATIONS, {}, { key: 'all', afterSeconds: EVERY_SECONDS });
  });

  return {
    /** Has them looked for, now and once a day. */
    async watch(): Promise<void> {
      await jobs.add(db, FORGET_OLD_INVITATIONS, {}, { key: 'all' });
    },
  };
}

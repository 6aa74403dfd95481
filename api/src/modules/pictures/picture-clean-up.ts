import type { FileStore } from '../../infra/file-store.js';
import type { Jobs } from '../../infra/jobs.js';
import type { Queryable } from '../../infra/postgres.js';
import type { PicturesRepo } from './pictures.repo.js';

export type PictureCleanUp = ReturnType<typeof createPictureCleanUp>;

const DELETE_UNUSED_PICTURE = 'delete_unused_picture';
/** Hourly after the first three: a bucket may be away for days. */
const MAX_ATTEMPTS = 100;

type Payload = { key: string; user_id: string };

/** Files are removed by durable jobs, which ask the record first: what an account shows stays, whatever was queued. */
export function createPictureCleanUp({ db, jobs, files, repo }: { db: Queryable; jobs: Pick<Jobs, 'handle' | 'add'>; files: Pick<FileStore, 'delete'>; repo: Pick<PicturesRepo, 'isShown'> }) {
  jobs.handle<Payload>(DELETE_UNUSED_PICTURE, async ({ key, user_id }) => {
    if (!(await repo.isShown(db, user_id, key))) await files.delete(key);
  });

  return {
    /** Removes the file unless its account shows it: soon, or after so many seconds. Taken back with the transaction. */
    async ask(tx: Queryable, userId: string, key: string, afterSeconds?: number): Promise<void> {
      await jobs.add(tx, DELETE_UNUSED_PICTURE, { key, user_id: userId } satisfies Payload, { maxAttempts: MAX_ATTEMPTS, ...(afterSeconds !== undefined && { afterSeconds }) });
    },
  };
}

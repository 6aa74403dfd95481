import { randomUUID } from 'node:crypto';
import type { Jobs } from '../../infra/jobs.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { readIdentity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { ErasureRepo } from './erasure.repo.js';

/** Removes a file that was uploaded; no file is no failure. */
export type PictureEraser = (key: string) => Promise<void>;

export type ErasureParts = { db: Database; jobs: Pick<Jobs, 'handle' | 'add'>; repo: ErasureRepo; activity: Pick<ActivityService, 'record'>; erasePicture: PictureEraser };

export type Erasures = ReturnType<typeof createErasures>;

type RowsByTable = Record<string, number>;

const ERASE = 'erase_account';
const SWEEP = 'erase_overdue_accounts';
const SWEEP_EVERY_SECONDS = 24 * 3_600;
const SWEEP_BATCH = 500;
const BEFORE_ALL_USERS = '00000000-0000-0000-0000-000000000000';

/**
 * The erasure of deleted accounts: a durable job at the end of the days of grace. Each part of it finds what is left to do
 * by itself, so it may be broken off anywhere, done again, and done by several workers at once.
 */
export function createErasures({ db, jobs, repo, activity, erasePicture }: ErasureParts) {
  jobs.handle<{ userId: string }>(ERASE, ({ userId }) => erase(userId));
  jobs.handle(SWEEP, sweep);

  return {
    /** Has an account erased at a time, in the transaction that deletes it. */
    async schedule(tx: Queryable, userId: string, at: Date): Promise<void> {
      await jobs.add(tx, ERASE, { userId }, { notBefore: at, key: userId });
    },

    /** Has all accounts looked for whose time has passed, now and once a day: a database from a backup may have lost their jobs. */
    async watch(): Promise<void> {
      await jobs.add(db, SWEEP, {}, { key: 'all' });
    },
  };

  async function erase(userId: string): Promise<void> {
    const account = await repo.claim(db, userId);
    if (!account) return;
    // First of all: the account's row is the only one that knows the file.
    if (account.profile_picture_key !== null) await erasePicture(account.profile_picture_key);
    const rows: RowsByTable = {};
    for (const { table, run } of repo.steps) {
      // Each batch is committed by itself.
      for (let done = await run(db, userId); done > 0; done = await run(db, userId)) rows[table] = (rows[table] ?? 0) + done;
    }
    await db.transaction((tx) => finish(tx, userId, rows));
  }

  /** What is left is little. It goes together with the account, and the entry of it is there exactly once (H-02). */
  async function finish(tx: Queryable, userId: string, rows: RowsByTable): Promise<void> {
    if (!(await repo.lock(tx, userId))) return;
    const identities = (await repo.identities(tx, userId)).flatMap((text) => readIdentity(text) ?? []);
    await repo.forgetIdentities(tx, identities);
    // What a failing sign-in has noted meanwhile.
    for (const { run } of repo.steps) while ((await run(tx, userId)) > 0);
    await repo.deleteUser(tx, userId);
    await activity.record(tx, bySystem(), { action: 'account_erased', status: 200, metadata: { rows } });
  }

  async function sweep(): Promise<void> {
    for (let after: string | undefined = BEFORE_ALL_USERS; after !== undefined; ) {
      const due: string[] = await repo.due(db, after, SWEEP_BATCH);
      for (const userId of due) await jobs.add(db, ERASE, { userId }, { key: userId });
      after = due.at(-1);
    }
    await jobs.add(db, SWEEP, {}, { key: 'all', afterSeconds: SWEEP_EVERY_SECONDS });
  }
}

/** Nobody has asked for it: no person stands behind the entry. */
function bySystem(): RequestOrigin {
  return { requestId: randomUUID(), ip: undefined, address: '', userAgent: undefined, origin: undefined, method: 'JOB', endpoint: ERASE, sessionId: undefined, elapsedMs: () => 0 };
}

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Queryable } from '../../infra/postgres.js';
import { channelReaches } from '../../shared/code-body.js';
import { maskIdentity } from '../../shared/identity.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AnyPurposeCode } from './otp.service.js';

export type MasterCode = ReturnType<typeof createMasterCode>;

/**
 * The code that fits every identity and purpose, for development and tests. It exists only where it is configured, and
 * configuration refuses it in production (C-01). It is never used up nor counted, and needs no channel that can deliver.
 */
export function createMasterCode({ masterCode, activity }: { masterCode: string | undefined; activity: ActivityService }) {
  const expected = masterCode === undefined ? undefined : digest(masterCode);
  return {
    /** Hashes of equal length, compared in the same time whatever they are (C-07). */
    fits({ code, channel, identity }: AnyPurposeCode): boolean {
      if (!expected || (channel && !channelReaches(channel, identity))) return false;
      return timingSafeEqual(digest(code), expected);
    },

    /** Whoever opens accounts that are not his is in the log, with the transaction that lets him (API.md §5). */
    record(tx: Queryable, { identity, channel, purpose, origin }: AnyPurposeCode, status: number): Promise<void> {
      return activity.record(tx, origin, { action: 'master_code_used', status, metadata: { identity: maskIdentity(identity.key), channel, purpose } });
    },
  };
}

function digest(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}

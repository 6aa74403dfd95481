import { createHash } from 'node:crypto';
import { ApiError } from '../../http/errors.js';
import type { Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import { readIdentity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { DeviceTokens } from '../devices/device-tokens.js';
import type { LockoutRepo } from './lockout.repo.js';

/**
 * Whoever tries, on what he tries. A stranger is counted twice: by the name he wrote, of which he may be told, and by the
 * account behind it, of which he must not. Otherwise three failures with an address and three with a user name would
 * tell that both exist and belong together (C-09); and without the second, every name of an account gave five tries more.
 */
export type Guesser = Readonly<{ told: Buffer; untold: Buffer | undefined }>;

export type Lockout = ReturnType<typeof createLockout>;

/**
 * Failures back off whoever makes them, not the account (API.md §6, ASVS 6.3.1): nobody can lock an owner out. A device
 * on which the owner has signed in is counted by itself, whatever strangers do behind the same address.
 */
export function createLockout({ repo, devices }: { repo: LockoutRepo; devices: Pick<DeviceTokens, 'idFor'> }) {
  return {
    /** @param userId the account behind the name; an unknown name is counted just so */
    guesser(name: string, userId: string | undefined, origin: RequestOrigin): Guesser {
      const device = userId === undefined ? undefined : devices.idFor(origin.deviceToken, userId);
      if (device !== undefined) return { told: subject('device', device, 'account', userId!), untold: undefined };
      const written = readIdentity(name)?.key ?? name;
      return { told: subject('stranger', origin.address, 'name', written), untold: subject('stranger', origin.address, userId === undefined ? 'nobody' : 'account', userId ?? written) };
    },

    /**
     * Asked before any hashing.
     * @returns false when the guesser has to wait and must not know: he is answered as for a wrong password
     * @throws ApiError AUTH_TOO_MANY_ATTEMPTS with the seconds to wait
     */
    async mayTry(db: Queryable, guesser: Guesser): Promise<boolean> {
      return judge(guesser, await repo.waits(db, subjectsOf(guesser)));
    },

    /** As `mayTry`, in the transaction of a sign-in by the right password, after which the guesser begins anew. Failures of the same moment come before or after the whole of it. */
    async pass(tx: Queryable, guesser: Guesser): Promise<boolean> {
      const waits = await repo.lockWaits(tx, subjectsOf(guesser));
      const may = judge(guesser, waits);
      if (may && waits.length > 0) await repo.forgive(tx, subjectsOf(guesser));
      return may;
    },

    /** Whoever has proved by other means who he is begins anew. */
    async clear(tx: Queryable, guesser: Guesser): Promise<void> {
      const waits = await repo.lockWaits(tx, subjectsOf(guesser));
      if (waits.length > 0) await repo.forgive(tx, subjectsOf(guesser));
    },

    /** Counts a failure. @returns what to answer instead, when simultaneous failures were enough before it */
    async countFailure(tx: Queryable, guesser: Guesser): Promise<ApiError | undefined> {
      const counted = await repo.countFailure(tx, subjectsOf(guesser));
      await repo.forgetOld(tx);
      if (counted.some((each) => each.equals(guesser.told))) return undefined;
      const waits = await repo.waits(tx, [guesser.told]);
      return tooMany(waits[0]?.seconds ?? 1);
    },
  };
}

function judge({ told }: Guesser, waits: readonly { subject: Buffer; seconds: number }[]): boolean {
  const waiting = waits.filter(({ seconds }) => seconds > 0);
  const known = waiting.find(({ subject: each }) => each.equals(told));
  if (known) throw tooMany(known.seconds);
  return waiting.length === 0;
}

function tooMany(seconds: number): ApiError {
  const wait = Math.max(1, seconds);
  return new ApiError(authErrors.AUTH_TOO_MANY_ATTEMPTS, { params: { seconds: wait }, details: { retry_after: wait }, headers: { 'Retry-After': String(wait) } });
}

function subjectsOf({ told, untold }: Guesser): Buffer[] {
  return untold ? [told, untold] : [told];
}

/** What a caller wrote comes last, so that no name reads as another's address. */
function subject(...parts: readonly [kind: 'device' | 'stranger', who: string, of: 'account' | 'name' | 'nobody', what: string]): Buffer {
  return createHash('sha256').update(parts.join('\n')).digest();
}

import { randomInt } from 'node:crypto';
import { ApiError } from '../../http/errors.js';
import type { Language } from '../../i18n/language.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import { authErrors } from '../../shared/auth-errors.js';
import type { Channel } from '../../shared/code-body.js';
import { hashIdentity, maskIdentity, type Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import { hashCode } from './code-hash.js';
import { createMasterCode } from './master-code.js';
import type { BoundCode, OtpRepo, Purpose, StoredCode } from './otp.repo.js';
import { createSendBudgets, type SendBudgetsOptions } from './send-budgets.js';
import { createTestCodes, type TestCodesOptions } from './test-codes.js';

export type { Channel } from '../../shared/code-body.js';

/** Puts the message into the caller's transaction; it leaves after the commit. One with the same key that has not left yet is replaced. */
export type SendOneTimeCode = (tx: Queryable, message: { channel: Channel; to: string; code: string; language: Language; expiresAt: Date; minutes: number; key: string; purpose: Purpose }) => Promise<void>;

export type OtpServiceParts = {
  db: Database;
  repo: OtpRepo;
  budgets: BudgetsRepo;
  activity: ActivityService;
  sendOneTimeCode: SendOneTimeCode;
  /** Channels that can deliver; any other is refused for everybody alike. */
  channels: ReadonlySet<Channel>;
  /** Whole seconds for which a channel is known to be down; 0 while it works. */
  downFor?: (tx: Queryable, channel: Channel) => Promise<number>;
  /** The first makes codes, all of them verify. */
  keys: readonly Buffer[];
  options: SendBudgetsOptions & TestCodesOptions & Readonly<{ requirePurpose: boolean; masterCode: string | undefined }>;
};

/** Without a channel: whichever the code was sent by. */
export type TriedCode = { identity: Identity; channel?: Channel | undefined; purpose: Purpose; code: string; origin: RequestOrigin };

/** Without a purpose: whatever the code was asked for. */
export type AnyPurposeCode = Omit<TriedCode, 'purpose'> & { purpose?: Purpose | undefined };

/** `master`: the code that fits everybody outside production (API.md §5). */
export type CodeKind = 'code' | 'master';

/** A code that was found right and can still be used up. */
export type ProvenCode = StoredCode | 'master';

export type OtpService = ReturnType<typeof createOtpService>;

const CODE_LIFE_SECONDS = 600;
const CODES = 1_000_000;
export const CHANNELS: readonly Channel[] = ['email', 'sms', 'whatsapp'];
const PURPOSES: readonly Purpose[] = ['login', 'signup', 'reset', 'verify'];

/** One-time codes (API.md §5; ASVS 6.5, 6.6): six digits, ten minutes, five tries, used once, bound to identity, channel and purpose, stored as a keyed hash. */
export function createOtpService(parts: OtpServiceParts) {
  const { db, repo, activity, options } = parts;
  const sendBudgets = createSendBudgets({ budgets: parts.budgets, options });
  const testCodes = createTestCodes(options);
  const master = createMasterCode({ masterCode: options.masterCode, activity });

  return {
    canSend: (channel: Channel): boolean => parts.channels.has(channel),

    /** Whether a code works only for a purpose: one without any would work nowhere, so the route refuses to send it. */
    requiresPurpose: (): boolean => options.requirePurpose,

    /**
     * Sends a code, whether or not an account exists. Budgets, code, message and entry are one transaction.
     * @throws ApiError AUTH_CHANNEL_UNSUPPORTED; AUTH_OTP_SEND_FAILED or AUTH_OTP_THROTTLED with the seconds to wait
     */
    async send(request: { identity: Identity; channel: Channel; purpose: Purpose; language: Language; origin: RequestOrigin }): Promise<void> {
      const { identity, channel, purpose, language, origin } = request;
      assertChannel(channel);
      const fixed = testCodes.of(identity);
      const code = fixed ?? randomInt(CODES).toString().padStart(6, '0');
      await db.transaction(async (tx) => {
        // Before anything is looked up or stored: everybody hears the same, and a code that cannot leave costs nobody a try.
        const down = (await parts.downFor?.(tx, channel)) ?? 0;
        if (down > 0) throw sendFailed(down);
        await sendBudgets.take(tx, request);
        const codeHash = hashCode(parts.keys[0]!, request, code);
        const expiresAt = await repo.replace(tx, { identityHash: hashIdentity(identity), purpose, channel, codeHash, lifeSeconds: CODE_LIFE_SECONDS });
        if (fixed === undefined) await parts.sendOneTimeCode(tx, { channel, to: identity.address, code, language, expiresAt, minutes: CODE_LIFE_SECONDS / 60, key: purpose, purpose });
        await repo.forgetOld(tx);
        await parts.budgets.forgetOld(tx);
        await activity.record(tx, origin, { action: 'code_sent', status: 200, metadata: factsOf(request) });
      });
    },

    /**
     * Uses up a code in the caller's transaction. A wrong one is counted: the caller must
     * commit in that case, or the count is lost.
     * @returns undefined when it is wrong
     */
    async consume(tx: Queryable, tried: TriedCode): Promise<CodeKind | undefined> {
      if (await passesAsMaster(tx, tried)) return 'master';
      return (await repo.consume(tx, bind(tried))) && 'code';
    },

    /**
     * Compares a code and leaves a right one as it is; a wrong one is counted, as by `consume`.
     * For whoever has slow work to do between knowing and using.
     * @returns what `consumeProven` takes; undefined when it is wrong
     */
    async prove(tx: Queryable, tried: TriedCode): Promise<ProvenCode | undefined> {
      if (await passesAsMaster(tx, tried)) return 'master';
      return repo.prove(tx, bind(tried));
    },

    /** Uses up a code that was proven. @returns false when somebody else has used it meanwhile, or its time is over */
    async consumeProven(tx: Queryable, proven: ProvenCode): Promise<boolean> {
      return proven === 'master' || repo.consumeProven(tx, proven);
    },

    /**
     * Says whether a code is right, and uses nothing up. A right one counts as a try too (API.md §4.1).
     * @param written the identity as the caller wrote it
     * @throws ApiError AUTH_OTP_INVALID, AUTH_CHANNEL_UNSUPPORTED
     */
    async check({ written, ...tried }: AnyPurposeCode & { written: string }): Promise<void> {
      const isRight = await db.transaction(async (tx) => {
        const right = (await passesAsMaster(tx, tried)) || (await repo.check(tx, bind(tried)));
        await activity.record(tx, tried.origin, { action: right ? 'code_checked' : 'code_failed', status: right ? 200 : authErrors.AUTH_OTP_INVALID.status, metadata: factsOf(tried) });
        return right;
      });
      if (!isRight) throw new ApiError(authErrors.AUTH_OTP_INVALID, { details: { user_id: written } });
    },

    /** Leaves the entry of a master code again, where the transaction that had let it pass was undone. */
    recordMasterCode: (tx: Queryable, tried: TriedCode, status: number): Promise<void> => master.record(tx, tried, status),
  };

  async function passesAsMaster(tx: Queryable, tried: AnyPurposeCode): Promise<boolean> {
    if (!master.fits(tried)) return false;
    await master.record(tx, tried, 200);
    return true;
  }

  function bind({ identity, channel, purpose, code }: AnyPurposeCode): BoundCode {
    if (channel) assertChannel(channel);
    const wanted = purpose ? [purpose] : PURPOSES;
    // A code without a purpose belongs everywhere, unless configuration ends that (C-02).
    const purposes: readonly Purpose[] = options.requirePurpose ? wanted : [...wanted, 'any'];
    const channels = channel ? [channel] : CHANNELS;
    const codeHashes = parts.keys.flatMap((key) => channels.flatMap((channel) => purposes.map((purpose) => hashCode(key, { identity, channel, purpose }, code))));
    return { identityHash: hashIdentity(identity), purposes, channels, codeHashes };
  }

  function assertChannel(channel: Channel): void {
    if (!parts.channels.has(channel)) throw new ApiError(authErrors.AUTH_CHANNEL_UNSUPPORTED, { details: { channel, supported: [...parts.channels] } });
  }
}

function sendFailed(seconds: number): ApiError {
  return new ApiError(authErrors.AUTH_OTP_SEND_FAILED, { details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
}

/** What an entry says of a code: never the code, and of the identity no more than its owner needs (H-03). */
function factsOf({ identity, channel, purpose }: { identity: Identity; channel?: Channel | undefined; purpose?: Purpose | undefined }) {
  return { identity: maskIdentity(identity.key), channel, purpose };
}

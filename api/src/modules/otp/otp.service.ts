import { createHmac, randomInt } from 'node:crypto';
import type { Database, Queryable } from '../../infra/postgres.js';
import type { Language } from '../../i18n/language.js';
import { ApiError } from '../../http/errors.js';
import { authErrors } from '../../shared/auth-errors.js';
import { hashIdentity, maskIdentity, type Identity } from '../../shared/identity.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { BudgetsRepo } from '../budgets/budgets.repo.js';
import type { OtpRepo, ProvenCode, Purpose } from './otp.repo.js';

export type Channel = 'email' | 'sms' | 'whatsapp';

/** Puts the message into the caller's transaction; it leaves after the commit. One with the same key that has not left yet is replaced. */
export type SendOneTimeCode = (tx: Queryable, message: { channel: Channel; to: string; code: string; language: Language; expiresAt: Date; minutes: number; key: string }) => Promise<void>;

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
  options: Readonly<{ sendCooldownSeconds: number; sendMaxPerHour: number; requirePurpose: boolean }>;
};

/** Without a channel: whichever the code was sent by. */
export type TriedCode = { identity: Identity; channel?: Channel | undefined; purpose: Purpose; code: string; origin: RequestOrigin };

/** `master`: the code that fits everybody outside production (API.md §5). */
export type CodeKind = 'code' | 'master';

export type OtpService = ReturnType<typeof createOtpService>;

const CODE_LIFE_SECONDS = 600;
const HOUR_SECONDS = 3600;
const CODES = 1_000_000;
export const CHANNELS: readonly Channel[] = ['email', 'sms', 'whatsapp'];

/** One-time codes (API.md §5; ASVS 6.5, 6.6): six digits, ten minutes, five tries, used once, bound to identity, channel and purpose, stored as a keyed hash. */
export function createOtpService(parts: OtpServiceParts) {
  const { db, repo, activity, options } = parts;

  return {
    /**
     * Sends a code, whether or not an account exists.
     * @throws ApiError AUTH_CHANNEL_UNSUPPORTED, or AUTH_OTP_SEND_FAILED or AUTH_OTP_THROTTLED with the seconds to wait
     */
    async send(request: { identity: Identity; channel: Channel; purpose: Purpose; language: Language; origin: RequestOrigin }): Promise<void> {
      assertChannel(request.channel);
      const code = randomInt(CODES).toString().padStart(6, '0');
      const identityHash = hashIdentity(request.identity);
      const wait = await db.transaction(async (tx) => {
        // Before anything is looked up or stored: everybody hears the same, and a code that cannot leave costs nobody a try.
        const down = (await parts.downFor?.(tx, request.channel)) ?? 0;
        if (down > 0) throw sendFailed(down);
        const budget = { bucket: 'otp_send', subject: identityHash, windowSeconds: HOUR_SECONDS, max: options.sendMaxPerHour, cooldownSeconds: options.sendCooldownSeconds };
        const seconds = await parts.budgets.take(tx, budget);
        if (seconds > 0) return seconds;
        const codeHash = hashCode(parts.keys[0]!, request, code);
        const expiresAt = await repo.replace(tx, { identityHash, purpose: request.purpose, channel: request.channel, codeHash, lifeSeconds: CODE_LIFE_SECONDS });
        await parts.sendOneTimeCode(tx, { channel: request.channel, to: request.identity.address, code, language: request.language, expiresAt, minutes: CODE_LIFE_SECONDS / 60, key: request.purpose });
        await repo.forgetOld(tx);
        await parts.budgets.forgetOld(tx);
        await activity.record(tx, request.origin, { action: 'code_sent', status: 200, metadata: { identity: maskIdentity(request.identity.key), channel: request.channel, purpose: request.purpose } });
        return 0;
      });
      if (wait > 0) throw throttled(wait);
    },

    /**
     * Uses up a code in the caller's transaction. A wrong one is counted: the caller must
     * commit in that case, or the count is lost.
     * @returns undefined when it is wrong
     */
    async consume(tx: Queryable, tried: TriedCode): Promise<CodeKind | undefined> {
      return (await repo.consume(tx, bind(tried))) && 'code';
    },

    /**
     * Compares a code and leaves a right one as it is; a wrong one is counted, as by `consume`.
     * For whoever has slow work to do between knowing and using.
     * @returns what `consumeProven` takes; undefined when it is wrong
     */
    prove(tx: Queryable, tried: TriedCode): Promise<ProvenCode | undefined> {
      return repo.prove(tx, bind(tried));
    },

    /** Uses up a code that was proven. @returns false when somebody else has used it meanwhile, or its time is over */
    consumeProven(tx: Queryable, proven: ProvenCode): Promise<boolean> {
      return repo.consumeProven(tx, proven);
    },
  };

  function bind(tried: TriedCode) {
    if (tried.channel) assertChannel(tried.channel);
    const purposes: Purpose[] = options.requirePurpose ? [tried.purpose] : [tried.purpose, 'any'];
    const channels = tried.channel ? [tried.channel] : CHANNELS;
    const codeHashes = parts.keys.flatMap((key) => channels.flatMap((channel) => purposes.map((purpose) => hashCode(key, { identity: tried.identity, channel, purpose }, tried.code))));
    return { identityHash: hashIdentity(tried.identity), purposes, channels, codeHashes };
  }

  function assertChannel(channel: Channel): void {
    if (!parts.channels.has(channel)) throw new ApiError(authErrors.AUTH_CHANNEL_UNSUPPORTED, { details: { channel, supported: [...parts.channels] } });
  }
}

function sendFailed(seconds: number): ApiError {
  return new ApiError(authErrors.AUTH_OTP_SEND_FAILED, { details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
}

function throttled(seconds: number): ApiError {
  return new ApiError(authErrors.AUTH_OTP_THROTTLED, { params: { seconds }, details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
}

/** Comparing keyed hashes tells nothing of the code by time (C-06, C-07); identity, channel and purpose are part of what is signed, so a hash fits nowhere else (C-02). */
function hashCode(key: Buffer, bound: { identity: Identity; channel: Channel; purpose: Purpose }, code: string): Buffer {
  return createHmac('sha256', key).update(['otp', bound.purpose, bound.channel, bound.identity.key, code].join('\n')).digest();
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PICTURES_PER_HOUR = 20;

/** The numbers an operator sets. */
export type LimitSettings = Readonly<{ generalPerMinute: number; authPerMinute: number; availabilityPerMinute: number }>;

/**
 * `limit` requests in each window of `windowMs`, counted by who is asking (the
 * user when signed in, else the address) or always by address: where a
 * password or code is tried, a collection of accounts must not multiply the tries.
 */
export type LimitRule = Readonly<{ limit: number; windowMs: number; by: 'caller' | 'address' }>;

/** The limits that an endpoint may name; the general one applies to all without being named. */
export type LimitName = keyof ReturnType<typeof limitRules>;

/** Every limit beside the general one, exact over all workers (G-02). */
export function limitRules({ authPerMinute, availabilityPerMinute }: LimitSettings) {
  return {
    /** Sign-in, and whatever else checks a password or a code. */
    auth: { limit: authPerMinute, windowMs: MINUTE_MS, by: 'address' },
    /** Sending a code, beside the budgets of the identity it is sent to. */
    otp_send: { limit: authPerMinute, windowMs: MINUTE_MS, by: 'address' },
    /** Asking whether an account exists: enough for a form, too little to collect them. */
    availability: { limit: availabilityPerMinute, windowMs: MINUTE_MS, by: 'address' },
    /** Everything about a person: read often, it would only be work. */
    export: { limit: 5, windowMs: HOUR_MS, by: 'caller' },
    /** Changing the profile picture: each costs a large body and an image to decode (F-13). */
    picture: { limit: PICTURES_PER_HOUR, windowMs: HOUR_MS, by: 'caller' },
  } as const satisfies Record<string, LimitRule>;
}

export function generalRule({ generalPerMinute }: LimitSettings): LimitRule {
  return { limit: generalPerMinute, windowMs: MINUTE_MS, by: 'caller' };
}

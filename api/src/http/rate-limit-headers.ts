import type { Request } from 'express';
import type { LimitRule } from './rate-limit-rules.js';
import type { Usage } from './rate-limit-store.js';

export type LimitHeaders = {
  /** Describes the limit unless one that is tighter has been described already. */
  describe(req: Request, usage: Usage): void;
  /** Describes the limit that was passed and when to come back. @returns that time in seconds, at least 1 */
  refuse(req: Request, usage: Usage): number;
};

const REMAINING = 'RateLimit-Remaining';

/** Writes `RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-06) and `Retry-After` (RFC 9110 §10.2.3) for one limit. */
export function createLimitHeaders({ limit, windowMs }: LimitRule): LimitHeaders {
  const policy = `${limit};w=${windowMs / 1000}`;
  const limitText = String(limit);

  const lines = (remaining: number, resetSeconds: number) => ['RateLimit-Policy', policy, 'RateLimit-Limit', limitText, REMAINING, String(remaining), 'RateLimit-Reset', String(resetSeconds)];

  return {
    describe({ context: { head } }, { used, resetMs }) {
      const remaining = Math.max(0, limit - used);
      const described = head.get(REMAINING);
      if (described === undefined) head.add(lines(remaining, wholeSeconds(resetMs)));
      else if (Number(described) >= remaining) head.replace(lines(remaining, wholeSeconds(resetMs)));
    },
    refuse({ context: { head } }, { resetMs }) {
      const seconds = Math.max(1, wholeSeconds(resetMs));
      head.replace([...lines(0, seconds), 'Retry-After', String(seconds)]);
      return seconds;
    },
  };
}

/** The clock counts in fractions: what is left of a minute may come out as 60,000.000000001 ms, which is no 61st second. */
function wholeSeconds(ms: number): number {
  return Math.ceil(Math.round(ms) / 1000);
}

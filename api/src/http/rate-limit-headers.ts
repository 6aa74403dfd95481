import type { Response } from 'express';
import type { LimitRule } from './rate-limit-rules.js';
import type { Usage } from './rate-limit-store.js';

export type LimitHeaders = {
  /** Describes the limit unless one that is tighter has been described already. */
  describe(res: Response, usage: Usage): void;
  /** Describes the limit that was passed and when to come back. @returns that time in seconds, at least 1 */
  refuse(res: Response, usage: Usage): number;
};

/** Writes `RateLimit-*` (draft-ietf-httpapi-ratelimit-headers-06) and `Retry-After` (RFC 9110 §10.2.3) for one limit. */
export function createLimitHeaders({ limit, windowMs }: LimitRule): LimitHeaders {
  const policy = `${limit};w=${windowMs / 1000}`;
  const limitText = String(limit);

  function write(res: Response, remaining: number, resetSeconds: number): void {
    res.setHeader('RateLimit-Policy', policy);
    res.setHeader('RateLimit-Limit', limitText);
    res.setHeader('RateLimit-Remaining', String(remaining));
    res.setHeader('RateLimit-Reset', String(resetSeconds));
  }

  return {
    describe(res, { used, resetMs }) {
      const remaining = Math.max(0, limit - used);
      const described = res.getHeader('RateLimit-Remaining');
      if (described !== undefined && Number(described) < remaining) return;
      write(res, remaining, Math.ceil(resetMs / 1000));
    },
    refuse(res, { resetMs }) {
      const seconds = Math.max(1, Math.ceil(resetMs / 1000));
      write(res, 0, seconds);
      res.setHeader('Retry-After', String(seconds));
      return seconds;
    },
  };
}

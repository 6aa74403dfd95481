import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { Head } from './head.js';
import { createLimitHeaders } from './rate-limit-headers.js';

const { describe: describeLimit, refuse } = createLimitHeaders({ limit: 10, windowMs: 60_000, by: 'address' });

/** A request of which nothing has been said yet. */
function asked(): { req: Request; head: Head } {
  const head = new Head();
  return { req: { context: { head } } as Request, head };
}

describe('when to come back', () => {
  it.each([[60_000.000_000_01, '60'], [60_000, '60'], [59_000.4, '59'], [59_001, '60'], [1, '1']])('%d ms are %s s', (resetMs, seconds) => {
    const { req, head } = asked();
    describeLimit(req, { used: 1, resetMs });
    expect(head.get('RateLimit-Reset')).toBe(seconds);
  });

  it('is a second away at least, and said once', () => {
    const { req, head } = asked();
    describeLimit(req, { used: 1, resetMs: 500 });
    expect(refuse(req, { used: 11, resetMs: 0.2 })).toBe(1);
    expect([head.get('Retry-After'), head.get('RateLimit-Reset'), head.get('RateLimit-Remaining')]).toEqual(['1', '1', '0']);
    expect(head.complete([]).filter((name) => name === 'RateLimit-Reset')).toHaveLength(1);
  });
});

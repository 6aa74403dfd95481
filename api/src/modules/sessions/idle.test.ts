import { describe, expect, it } from '@jest/globals';
import { idleLimitSeconds, seenEverySeconds } from './idle.js';

describe('B-15: the idle time-out', () => {
  it.each([
    [0, 300, null],
    [1, 1, 2],
    [9, 1, 10],
    [60, 6, 66],
    [900, 90, 990],
    [3_000, 300, 3_300],
    [86_400, 300, 86_700],
  ])('of %d s notes a use every %d s and ends a session after %s s', (idle, every, limit) => {
    expect([seenEverySeconds(idle), idleLimitSeconds(idle)]).toEqual([every, limit]);
  });

  it('never ends a session that is used as often as the time-out says', () => {
    for (let idle = 1; idle < 10_000; idle += 7) expect(idleLimitSeconds(idle)! - seenEverySeconds(idle)).toBeGreaterThanOrEqual(idle);
  });
});

import { describe, expect, it } from '@jest/globals';
import { createBoundedMap } from './bounded-map.js';

describe('a bounded map', () => {
  it('never holds more than it was allowed', () => {
    const map = createBoundedMap<number, string>(100);
    for (let key = 0; key < 10_000; key += 1) map.set(key, 'x');
    expect(map.size).toBeLessThanOrEqual(100);
    expect(map.get(9_999)).toBe('x');
  });

  it('keeps what is used and forgets what is not', () => {
    const map = createBoundedMap<string, number>(10);
    map.set('used', 1);
    map.set('unused', 2);
    for (let key = 0; key < 50; key += 1) {
      map.set(`other ${key}`, key);
      expect(map.get('used')).toBe(1);
    }
    expect(map.get('unused')).toBeUndefined();
  });

  it('forgets on request, also what has grown old', () => {
    const map = createBoundedMap<string, number>(4);
    map.set('old', 1);
    map.set('a', 1);
    map.set('b', 1);
    map.delete('old');
    expect(map.get('old')).toBeUndefined();
    map.clear();
    expect(map.size).toBe(0);
  });
});

import { describe, expect, it } from '@jest/globals';
import { isTooDeep, MAX_JSON_DEPTH } from './json-depth.js';

const nested = (levels: number, open = '[', close = ']'): Buffer => Buffer.from(open.repeat(levels) + close.repeat(levels));

describe('E-05: the depth of JSON is told before it is parsed', () => {
  it('allows the limit and refuses one level more', () => {
    expect(isTooDeep(nested(MAX_JSON_DEPTH))).toBe(false);
    expect(isTooDeep(nested(MAX_JSON_DEPTH + 1))).toBe(true);
    expect(isTooDeep(nested(MAX_JSON_DEPTH + 1, '{"a":', '}'))).toBe(true);
  });

  it('counts what is open, not what has been', () => {
    expect(isTooDeep(Buffer.from(`[${'[],'.repeat(10_000)}[]]`))).toBe(false);
  });

  it('does not count brackets inside strings, whatever they escape', () => {
    expect(isTooDeep(Buffer.from(JSON.stringify({ a: '['.repeat(500), '[[[': '\\"[[['.repeat(100) })))).toBe(false);
    expect(isTooDeep(Buffer.from(`{"a":"\\\\","b":${'['.repeat(40)}`))).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { findUnsafeText } from './text-safety.js';

describe('text that no field can hold', () => {
  it('E-02: finds a NUL in any value or key, at any depth', () => {
    expect(findUnsafeText('a\0b')).toEqual({ path: '', code: 'null_byte' });
    expect(findUnsafeText({ a: [{ b: 'x\0' }] })).toEqual({ path: 'a.0.b', code: 'null_byte' });
    expect(findUnsafeText({ a: { 'b\0': 1 } })).toEqual({ path: 'a', code: 'null_byte' });
  });

  it('E-04: finds a lone surrogate, which would come back changed', () => {
    expect(findUnsafeText({ name: '\ud800' })).toEqual({ path: 'name', code: 'malformed_text' });
    expect(findUnsafeText({ name: 'x\udc00y' })).toEqual({ path: 'name', code: 'malformed_text' });
  });

  it('E-04: lets every other text pass, however odd', () => {
    for (const text of ['😀', '\u202e', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A', "'; DROP TABLE x; --", '<script>', '\u200b', '\r\n', '${jndi:ldap://x}']) expect(findUnsafeText({ text })).toBeUndefined();
  });
});

import { describe, expect, it } from '@jest/globals';
import { claimsVersion, readClaims } from './claims.js';

const NOW = 1_790_000_000;
const ID = '6f1c1f0e-6a3e-4c55-8a55-0f6f4c1d2e3f';
const CLAIMS = { sub: ID, iat: NOW, exp: NOW + 600, jti: ID, type: 'access', aud: 'authenticated', iss: 'tessera', session_id: ID, gen: 0 };

describe('the version of what a token repeats', () => {
  const authority = { groups: ['admin', 'user'], permissions: ['edit_profile', 'view_user'] };

  it('is 64 bits of base64url', () => {
    expect(claimsVersion(3, authority)).toMatch(/^[A-Za-z0-9_-]{11}$/);
  });

  it('is equal for equal content, in whatever order it was read', () => {
    expect(claimsVersion(3, { groups: ['user', 'admin'], permissions: ['view_user', 'edit_profile'] })).toBe(claimsVersion(3, authority));
  });

  it('is another one for another profile, group or permission, also where the names are the same when joined', () => {
    const others = [
      claimsVersion(4, authority),
      claimsVersion(3, { ...authority, groups: ['user'] }),
      claimsVersion(3, { ...authority, permissions: [] }),
      claimsVersion(3, { groups: ['admin', 'user', 'edit_profile'], permissions: ['view_user'] }),
      claimsVersion(3, { groups: ['admin,user'], permissions: authority.permissions }),
    ];
    expect(new Set([...others, claimsVersion(3, authority)]).size).toBe(6);
  });
});

describe('reading the version', () => {
  const read = (pv: unknown) => readClaims({ ...CLAIMS, pv }, NOW);

  it('a text is handed on', () => expect(read('AAAAAAAAAAA')).toEqual({ ...CLAIMS, pv: 'AAAAAAAAAAA' }));
  it('a number, as the release before wrote it, is an older version: none', () => expect(read(3)).toEqual(CLAIMS));
  it('none is none', () => expect(read(undefined)).toEqual(CLAIMS));
  it.each([[['AAAAAAAAAAA']], [{}], [null], [true], [-1], [1.5]])('%j is no token of ours', (pv) => expect(read(pv)).toBeUndefined());
});

it('no claim beyond those that decide is handed on: what a token says of permissions decides nothing (B-17)', () => {
  expect(readClaims({ ...CLAIMS, permissions: { codenames: ['everything'] } }, NOW)).toEqual(CLAIMS);
});

import { describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import type { UserRow } from '../../shared/user-row.js';
import { createRandom } from '../../../simulate/tokens.random.mjs';
import { keySources } from '../../../test/token-forge.js';
import { EXPIRES_AT, LIFETIMES, NOW, SESSION_ID, subject, usualUser } from '../../../test/token-subjects.js';
import { claimsVersion, type BaseClaims } from './claims.js';
import type { TokenKeySources } from './token-keys.js';
import { createTokens, type Tokens } from './tokens.js';

const USUAL_LENGTH = 1_536;
const WORST_LENGTH = 4_096;
const SEED = 20_261_121;

const WITH_KEYS: [string, TokenKeySources][] = [['HS256', keySources('HS256')], ['ES256', keySources('ES256')], ['RS256 with 4,096 bits', keySources('RS256', 4_096)]];
const ALGORITHMS = WITH_KEYS.map(([name, keys]): [string, Tokens] => [name, createTokens(keys, LIFETIMES, () => NOW)]);

type Random = ReturnType<typeof createRandom>;
type Session = { first_name: string; bio: never; user_profile: Record<string, string | null>; permissions: { groups?: string[]; groups_ref?: string; groups_count?: number; codenames?: string[]; codenames_ref?: string; codenames_count?: number }; pv: string };
const decode = (token: string) => jwt.decode(token) as unknown as Session;

const names = (count: number, length: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}_${index}`.padEnd(length, 'x'));
const WIDE = '\u{1F9FF}';

/** All that a database that was taken over may hold. What would be left out for its length is just as long as the shortest limit but one lets it be. */
const WORST: Partial<UserRow> = {
  ...Object.fromEntries(['first_name', 'last_name', 'country', 'user_name'].map((name) => [name, WIDE.repeat(5_000)])),
  ...Object.fromEntries(['email', 'profile_picture_url', 'auth_type', 'theme', 'profile_accessibility', 'user_type', 'language', 'timezone'].map((name) => [name, '\u0001'.repeat(10)])),
  bio: '\u0001'.repeat(20_000),
  phone_number: { phone: '+'.repeat(48) },
  status: 'SUSPENDED',
  dob: new Date(0),
  invited_by_user_id: SESSION_ID,
};
const WORST_AUTHORITY = { groups: names(200, 100, 'group'), permissions: names(1_000, 100, 'permission') };
/** The longest that a session is bound to. */
const WORST_ORIGIN = `https://${'o'.repeat(292)}`;

describe.each(ALGORITHMS)('with %s', (_name, tokens) => {
  it('the session token of a usual user has less than 1.5 KB, or what the longer signature adds to it', () => {
    const { session_token: token } = tokens.issue(subject(usualUser(), { groups: ['user'], permissions: ['add_upload', 'edit_profile', 'view_profile'] }));
    const signature = token.slice(token.lastIndexOf('.') + 1).length;
    expect(token.length - Math.max(0, signature - 43)).toBeLessThan(USUAL_LENGTH);
  });

  it('the worst of all has less than 4 KB, its access token too, and both verify', () => {
    const worst = subject(usualUser(WORST), WORST_AUTHORITY, { origin: WORST_ORIGIN, generation: 2 ** 31 - 1 });
    const { session_token: session, access_token: access } = tokens.issue(worst);
    for (const token of [session, access, tokens.renew(tokens.verify(session)!, worst)]) {
      expect(token.length).toBeLessThan(WORST_LENGTH);
      expect(tokens.verify(token)).toMatchObject({ origin: WORST_ORIGIN, pv: claimsVersion(worst.user.version, WORST_AUTHORITY) });
    }
  });

  it(`so has anybody's (seed ${SEED})`, () => {
    const random = createRandom(SEED);
    for (let round = 0; round < 150; round += 1) {
      const anybody = subject(usualUser(randomProfile(random)), randomAuthority(random), random.chance(0.5) ? { origin: WORST_ORIGIN.slice(0, random.below(300) + 9) } : {});
      const { session_token: session, access_token: access } = tokens.issue(anybody);
      for (const token of [session, access]) {
        expect(token.length).toBeLessThan(WORST_LENGTH);
        expect(tokens.verify(token)).toMatchObject({ sub: anybody.user.user_id } satisfies Partial<BaseClaims>);
        expect(JSON.stringify(jwt.decode(token))).not.toMatch(/\\ud[89a-f]/i);
      }
      const { groups, groups_ref, codenames, codenames_ref } = decode(session).permissions;
      expect([groups ?? groups_ref, codenames ?? codenames_ref]).toEqual([groups ? anybody.authority.groups : expect.any(String), codenames ? anybody.authority.permissions : expect.any(String)]);
    }
  });
});

describe('what has to go, and in which order', () => {
  const tokens = ALGORITHMS[0]![1];
  const claims = (changes: Partial<UserRow>, groups: string[], permissions: string[]) => decode(tokens.issue(subject(usualUser(changes), { groups, permissions })).session_token);
  const BIO = 'b'.repeat(1_000);
  const FEW = ['edit_profile', 'view_profile'];

  it('nothing, while there is room', () => {
    const { permissions, user_profile } = claims({ bio: BIO }, ['user'], FEW);
    expect([permissions.codenames, permissions.groups, user_profile['bio']]).toEqual([FEW, ['user'], BIO]);
  });

  it('first the codenames, for a reference to the set and its size', () => {
    const { permissions, user_profile } = claims({ bio: BIO }, ['user'], names(1_000, 12, 'p'));
    expect(permissions).toEqual({ is_active: true, is_verified: true, groups: ['user'], codenames_ref: expect.stringMatching(/^[\w-]{22}$/), codenames_count: 1_000 });
    expect(user_profile['bio']).toBe(BIO);
  });

  it('the reference is equal for equal sets alone', () => {
    const ref = (set: string[]) => claims({}, ['user'], set).permissions.codenames_ref;
    const set = names(1_000, 12, 'p');
    expect(ref([...set].reverse())).toBe(ref(set));
    expect(ref([...set.slice(1), 'other'])).not.toBe(ref(set));
  });

  it('then the long texts, and the codenames return where that is enough', () => {
    const { permissions, user_profile } = claims({ bio: WIDE.repeat(1_000), profile_picture_url: `https://example.com/${'p'.repeat(2_000)}` }, ['user'], FEW);
    expect(permissions.codenames).toEqual(FEW);
    expect(user_profile['bio']).toBe(WIDE.repeat(70));
    // Half an address leads nowhere.
    expect(user_profile).not.toHaveProperty('profile_picture_url');
    expect([user_profile['email'], user_profile['status'], user_profile['created_at']]).toEqual(['amal.haddad@example.com', 'ACTIVE', new Date(NOW - 86_400_000).toISOString()]);
  });

  it('last the groups', () => {
    const { permissions } = claims({ bio: BIO }, names(200, 100, 'g'), FEW);
    expect(permissions).toEqual({ is_active: true, is_verified: true, groups_ref: expect.any(String), groups_count: 200, codenames_ref: expect.any(String), codenames_count: 2 });
  });
});

function randomProfile(random: Random): Partial<UserRow> {
  const texts = ['first_name', 'last_name', 'country', 'auth_type', 'theme', 'profile_accessibility', 'user_type', 'user_name', 'language', 'timezone', 'bio', 'email', 'profile_picture_url'];
  const text = () => random.pick(['a', 'é', '語', WIDE, '"', '\\', '\n', '\u0001', '\u2028']).repeat(Math.floor(10 ** (random.next() * 4)));
  return Object.fromEntries([...texts.map((name) => [name, random.chance(0.3) ? null : text()]), ['phone_number', random.chance(0.5) ? { phone: text() } : null], ['dob', random.chance(0.5) ? new Date(EXPIRES_AT) : null]]);
}

function randomAuthority(random: Random) {
  return { groups: names(random.below(200), 1 + random.below(100), 'g'), permissions: names(random.below(1_000), 1 + random.below(100), 'p') };
}

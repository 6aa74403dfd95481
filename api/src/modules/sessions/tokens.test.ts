import { createHash, createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { NOW, SESSION_ID, subject as subjectOf, USER_ID, usualUser } from '../../../test/token-subjects.js';
import type { UserRow } from '../../shared/user-row.js';
import { claimsVersion } from './claims.js';
import { createTokens } from './tokens.js';

const SECRET = 'a-secret-of-more-than-thirty-two-bytes!';
const LIFETIMES = { accessSeconds: 3_600, sessionSeconds: 604_800 };

const subject = (generation = 0) => subjectOf(undefined, undefined, { generation });

const tokens = createTokens({ secrets: [SECRET] }, LIFETIMES, () => NOW);
const kid = createHash('sha256').update(`kid\n${SECRET}`).digest('hex').slice(0, 16);
const claims = { sub: USER_ID, iat: NOW / 1000, exp: NOW / 1000 + 600, jti: SESSION_ID, type: 'access', aud: 'authenticated', iss: 'tessera', session_id: SESSION_ID, gen: 0 };

/** A token signed with the real key, whatever it says: what only a fault of ours could make. */
function signed(payload: object, header: object = { alg: 'HS256', typ: 'JWT', kid }): string {
  const [head, body] = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = createHmac('sha256', createSecretKey(SECRET, 'utf8')).update(`${head}.${body}`).digest('base64url');
  return `${head}.${body}.${signature}`;
}

describe('the three tokens', () => {
  const set = tokens.issue(subject());

  it('carry who and which session, and each its own id', () => {
    const [access, session, refresh] = [set.access_token, set.session_token, set.refresh_token].map((token) => jwt.decode(token) as Record<string, unknown>);
    for (const token of [access, session, refresh]) expect(token).toMatchObject({ sub: USER_ID, session_id: SESSION_ID, aud: 'authenticated', iss: 'tessera', gen: 0 });
    expect(new Set([access!['jti'], session!['jti'], refresh!['jti']]).size).toBe(3);
    expect([access!['type'], session!['type'], refresh!['type']]).toEqual(['access', 'session', 'refresh']);
  });

  it('live an hour, seven days, and as long as the session', () => {
    const life = (token: string) => Number((jwt.decode(token) as { exp: number }).exp) - NOW / 1000;
    expect([life(set.access_token), life(set.session_token), life(set.refresh_token)]).toEqual([3_600, 604_800, 2_592_000]);
  });

  it('B-15: none outlives its session', () => {
    const late = { ...subject(), session: { ...subject().session, expires_at: new Date(NOW + 60_000) } };
    for (const token of Object.values(tokens.issue(late)).filter((value) => value.startsWith('eyJ'))) expect((jwt.decode(token) as { exp: number }).exp).toBe(NOW / 1000 + 60);
  });

  it('the session token holds profile and permissions, never the password', () => {
    const session = jwt.decode(set.session_token) as { user_profile: object; permissions: object };
    expect(session.permissions).toEqual({ is_active: true, is_verified: true, groups: ['user'], codenames: ['add_upload', 'edit_profile', 'view_profile'] });
    // Five of its 24 members are null here.
    expect(Object.keys(session.user_profile)).toHaveLength(19);
    expect(Object.values(session.user_profile)).not.toContain(null);
    expect(JSON.stringify(session)).not.toContain('$2b$');
  });

  it('a refresh token depends on session, generation and rotation alone: asked again, it is the same bytes', () => {
    expect(tokens.issue(subject(4)).refresh_token).toBe(createTokens({ secrets: [SECRET] }, LIFETIMES, () => NOW + 5_000).issue(subject(4)).refresh_token);
    expect(tokens.issue(subject(4)).refresh_token).not.toBe(tokens.issue(subject(5)).refresh_token);
  });
});

describe('a renewed session token', () => {
  const presented = tokens.verify(tokens.issue(subject(4)).session_token)!;
  const LATER = NOW + 20_000;
  const renew = (claims = presented, changes: Partial<UserRow> = {}) =>
    createTokens({ secrets: [SECRET] }, LIFETIMES, () => LATER).renew(claims, { user: usualUser({ version: 4, ...changes }), authority: { groups: ['admin'], permissions: ['edit_user'] } });

  it('says what is so now', () => {
    expect(jwt.decode(renew(presented, { first_name: 'Nour' }))).toMatchObject({
      first_name: 'Nour',
      permissions: { groups: ['admin'], codenames: ['edit_user'] },
      pv: claimsVersion(4, { groups: ['admin'], permissions: ['edit_user'] }),
      iat: LATER / 1000,
    });
  });

  it('is of the same session and generation, and ends when the presented one would have', () => {
    const { sub, session_id, gen, exp, aud, iss, type } = presented;
    const renewed = tokens.verify(renew());
    expect(renewed).toMatchObject({ sub, session_id, gen, exp, aud, iss, type });
    expect(renewed!.jti).not.toBe(presented.jti);
  });

  it('of an access token is a session token that ends with it, bound to the same origin', () => {
    const access = { ...tokens.verify(tokens.issue(subject()).access_token)!, origin: 'https://app.example.com' };
    expect(tokens.verify(renew(access))).toMatchObject({ type: 'session', exp: access.exp, origin: access.origin });
  });
});

describe('verification', () => {
  it('accepts what was issued', () => {
    expect(tokens.verify(tokens.issue(subject()).access_token)).toMatchObject({ sub: USER_ID, type: 'access' });
    expect(tokens.verify(signed(claims))).toMatchObject({ sub: USER_ID });
  });

  it('A-01: refuses every spelling of no algorithm', () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      const [head, body] = signed(claims, { alg, typ: 'JWT', kid }).split('.');
      for (const token of [`${head}.${body}.`, `${head}.${body}`, signed(claims, { alg, typ: 'JWT', kid })]) expect(tokens.verify(token)).toBeUndefined();
    }
  });

  it('A-02: refuses other algorithms, also keyed with public material', () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(tokens.verify(jwt.sign(claims, pair.privateKey, { algorithm: 'RS256', header: { alg: 'RS256', kid } }))).toBeUndefined();
    expect(tokens.verify(jwt.sign(claims, createSecretKey(pem, 'utf8'), { algorithm: 'HS256', header: { alg: 'HS256', kid } }))).toBeUndefined();
    for (const algorithm of ['HS384', 'HS512'] as const) expect(tokens.verify(jwt.sign(claims, createSecretKey(SECRET.repeat(2), 'utf8'), { algorithm, header: { alg: algorithm, kid } }))).toBeUndefined();
  });

  it('A-03: takes the key by its id from the configured ones alone', () => {
    const ids = ['../../dev/null', "' OR 1=1 --", 'x'.repeat(4_000), ['a'], { a: 1 }, 7, null, '__proto__', undefined];
    for (const id of ids) expect(tokens.verify(signed(claims, { alg: 'HS256', typ: 'JWT', kid: id }))).toBeUndefined();
  });

  it('A-04: a header that brings keys or demands is refused', () => {
    for (const extra of [{ jku: 'http://127.0.0.1:1' }, { x5u: 'http://127.0.0.1:1' }, { jwk: {} }, { x5c: [] }, { crit: ['exp'] }, { b64: false }]) {
      expect(tokens.verify(signed(claims, { alg: 'HS256', typ: 'JWT', kid, ...extra }))).toBeUndefined();
    }
  });

  it('A-05: one token is one byte string', () => {
    const token = signed(claims);
    const variants = new Set([`${token}=`, `${token} `, ` ${token}`, `${token}\n`, token.replace('.', '=.'), token.replaceAll('-', '+').replaceAll('_', '/'), `${token}.`, `${token}.e30`]);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (const [index, part] of token.split('.').entries()) {
      for (const last of alphabet) {
        const parts = token.split('.');
        parts[index] = part.slice(0, -1) + last;
        variants.add(parts.join('.'));
      }
    }
    variants.delete(token);
    const accepted = [...variants].filter((variant) => tokens.verify(variant));
    expect(accepted).toEqual([]);
    expect(variants.size).toBeGreaterThan(150);
  });

  it.each([
    ['A-10 no type', { type: undefined }],
    ['A-10 another type', { type: 'id' }],
    ['A-10 type in capitals', { type: 'ACCESS' }],
    ['A-10 type as array', { type: ['access'] }],
    ['A-11 no audience', { aud: undefined }],
    ['A-11 another audience', { aud: 'other' }],
    ['A-11 audience as array', { aud: ['authenticated'] }],
    ['A-12 no issuer', { iss: undefined }],
    ['A-12 another issuer', { iss: 'someone' }],
    ['A-13 no expiry', { exp: undefined }],
    ['A-13 expired', { exp: NOW / 1000 }],
    ['A-13 expiry as text', { exp: '9999999999' }],
    ['A-13 expiry without end', { exp: 1e99 }],
    ['A-13 fractional expiry', { exp: NOW / 1000 + 5.5 }],
    ['A-13 negative expiry', { exp: -1 }],
    ['A-13 issued in the future', { iat: NOW / 1000 + 31 }],
    ['A-13 not yet valid', { nbf: NOW / 1000 + 600 }],
    ['no subject', { sub: undefined }],
    ['a subject that is no UUID', { sub: "1' OR '1'='1" }],
    ['a session that is no UUID', { session_id: 'blacklist:*' }],
    ['no generation', { gen: undefined }],
    ['a negative generation', { gen: -1 }],
    ['an origin that is no text', { origin: ['https://a.example'] }],
  ])('refuses a signed token with %s', (_name, change) => {
    expect(tokens.verify(signed({ ...claims, ...change }))).toBeUndefined();
  });

  it('A-10: typ must be JWT', () => {
    for (const typ of [undefined, 'jwt', 'JWS', 'at+jwt', ['JWT']]) expect(tokens.verify(signed(claims, { alg: 'HS256', typ, kid }))).toBeUndefined();
  });

  it('A-13: a clock half a minute ahead is honest', () => {
    expect(tokens.verify(signed({ ...claims, iat: NOW / 1000 + 30 }))).toBeDefined();
  });

  it('A-15: refuses what is no compact JWS with JSON objects inside', () => {
    const bytes = (text: string | Buffer) => Buffer.from(text).toString('base64url');
    const head = bytes(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid }));
    const sign = (body: string) => `${head}.${body}.${createHmac('sha256', SECRET).update(`${head}.${body}`).digest('base64url')}`;
    const bodies = [bytes('null'), bytes('"text"'), bytes('[]'), bytes(`\uFEFF${JSON.stringify(claims)}`), bytes(Buffer.from([0xff, 0xfe])), bytes(signed(claims)), bytes('')];
    for (const body of bodies) expect(tokens.verify(sign(body))).toBeUndefined();
    for (const text of ['', '.', '..', 'a.b', 'a.b.c.d.e', '{"payload":"x"}', 'eyJ'.repeat(20)]) expect(tokens.verify(text)).toBeUndefined();
  });

  it('A-16: what is longer than any token of ours is not looked at', () => {
    expect(tokens.verify(signed({ ...claims, filler: 'x'.repeat(8_000) }))).toBeUndefined();
    expect(tokens.verify('a'.repeat(1_000_000))).toBeUndefined();
  });

  it('A-20: an older key verifies as long as it is configured, and never after', () => {
    const old = createTokens({ secrets: ['the-key-before-this-one-thirty-two-bytes'] }, LIFETIMES, () => NOW).issue(subject()).access_token;
    expect(createTokens({ secrets: [SECRET, 'the-key-before-this-one-thirty-two-bytes'] }, LIFETIMES, () => NOW).verify(old)).toBeDefined();
    expect(tokens.verify(old)).toBeUndefined();
  });
});

import { createHmac, createPublicKey, createSecretKey, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { bytes, createForge, keyPair, keySources, type Algorithm } from '../../../test/token-forge.js';
import { LIFETIMES, NOW, SECRET, SESSION_ID, subject, USER_ID } from '../../../test/token-subjects.js';
import { createTokenKeys } from './token-keys.js';
import { createTokens } from './tokens.js';

const CLAIMS = { sub: USER_ID, iat: NOW / 1000, exp: NOW / 1000 + 600, jti: SESSION_ID, type: 'access', aud: 'authenticated', iss: 'tessera', session_id: SESSION_ID, gen: 0 };
const AS_JSON = JSON.stringify(CLAIMS);
const SECRET_KID = createTokenKeys({ secrets: [SECRET] }).signing('refresh').kid;
const hmac = (key: string | Buffer, head: object, payload: object = CLAIMS): string => {
  const input = `${bytes(JSON.stringify(head))}.${bytes(JSON.stringify(payload))}`;
  return `${input}.${createHmac('sha256', createSecretKey(Buffer.from(key as string))).update(input).digest('base64url')}`;
};
/** Everything that is known of a public key, in every spelling that a careless server might take for a secret. */
const spellings = (key: KeyObject): (string | Buffer)[] => {
  const pem = key.export({ type: 'spki', format: 'pem' }).toString();
  const der = key.export({ type: 'spki', format: 'der' });
  const jwk = key.export({ format: 'jwk' });
  return [pem, pem.trim(), pem.replace(/\n/g, ''), der, der.toString('base64'), JSON.stringify(jwk), ...Object.values(jwk).map(String), Buffer.from(String(jwk.n ?? jwk.x), 'base64url')];
};

describe.each<Algorithm>(['HS256', 'RS256', 'ES256'])('verification with %s', (algorithm) => {
  const sources = keySources(algorithm);
  const tokens = createTokens(sources, LIFETIMES, () => NOW);
  const { kid, header, signed, signParts } = createForge(sources);
  const head = bytes(JSON.stringify(header));
  const accepted = (...candidates: string[]) => candidates.filter((token) => tokens.verify(token));

  it('accepts what was issued, each of its type', () => {
    const { access_token, session_token, refresh_token } = tokens.issue(subject());
    expect([access_token, session_token, refresh_token].map((token) => tokens.verify(token)?.type)).toEqual(['access', 'session', 'refresh']);
    expect(tokens.verify(signed(CLAIMS))).toEqual(CLAIMS);
  });

  it('A-01: refuses every spelling of no algorithm', () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', 'none ', '', null, 0, false, ['none']]) {
      const forged = signed(CLAIMS, { ...header, alg });
      const [first, second, signature] = forged.split('.');
      expect(accepted(forged, `${first}.${second}.`, `${first}.${second}`, `${first}..${signature}`)).toEqual([]);
    }
    const [first, second] = signed(CLAIMS).split('.');
    expect(accepted(`${first}.${second}.`, `${first}.${second}`, signed(CLAIMS, { typ: 'JWT', kid }))).toEqual([]);
  });

  it('A-02: the key brings the algorithm, not the header', () => {
    for (const alg of ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'PS256', 'ES256', 'ES256K', 'ES384', 'EdDSA'].filter((other) => other !== algorithm)) expect(accepted(signed(CLAIMS, { ...header, alg }))).toEqual([]);
    // With the right key too.
    const family = { HS256: ['HS384', 'HS512'], RS256: ['RS384', 'RS512', 'PS256', 'PS384'], ES256: [] } as const;
    for (const other of family[algorithm]) expect(accepted(jwt.sign(CLAIMS, createTokenKeys(sources).signing('access').signingKey, { algorithm: other, header: { alg: other, typ: 'JWT', kid } }))).toEqual([]);
  });

  it('A-02: a public key is no secret, however it is spelt', () => {
    const { publicKey } = sources.signingKeys?.[0] ?? keyPair('RS256');
    for (const spelling of spellings(publicKey)) {
      for (const id of [kid, SECRET_KID]) expect(accepted(hmac(spelling, { alg: 'HS256', typ: 'JWT', kid: id }), hmac(spelling, { alg: algorithm, typ: 'JWT', kid: id }))).toEqual([]);
    }
  });

  it('A-02: a key pair of somebody else signs nothing', () => {
    for (const other of ['RS256', 'ES256'] as const) {
      const foreign = createForge({ secrets: [SECRET], signingKeys: [keyPair(other)] });
      expect(accepted(foreign.signed(CLAIMS), foreign.signed(CLAIMS, { alg: other, typ: 'JWT', kid }), foreign.signed(CLAIMS, { alg: other, typ: 'JWT', kid: SECRET_KID }))).toEqual([]);
    }
  });

  it('A-03: takes the key by its id from the configured ones alone', () => {
    const ids = ['../../dev/null', '/dev/null', "' OR 1=1 --", 'x'.repeat(4_000), ['a'], [kid], { a: 1 }, 7, null, true, '', '__proto__', 'constructor', kid.toUpperCase(), ` ${kid}`, `${kid}\u0000`, undefined];
    for (const id of ids) expect(accepted(signed(CLAIMS, { ...header, kid: id }), hmac('', { ...header, alg: 'HS256', kid: id }))).toEqual([]);
  });

  it('A-04: a header that brings keys or demands is refused', () => {
    for (const extra of [{ jku: 'http://127.0.0.1:1' }, { x5u: 'http://127.0.0.1:1' }, { jwk: {} }, { x5c: [] }, { x5t: 'x' }, { crit: ['exp'] }, { crit: [] }, { b64: false }, { zip: 'DEF' }, { cty: 'JWT' }]) {
      expect(accepted(signed(CLAIMS, { ...header, ...extra }))).toEqual([]);
    }
  });

  it('A-05: one token is one byte string', () => {
    for (const token of [signed(CLAIMS), tokens.issue(subject()).refresh_token]) {
      const variants = new Set([`${token}=`, `${token}==`, `${token} `, ` ${token}`, `${token}\n`, `\t${token}`, `\uFEFF${token}`, `${token}\u0000`, token.replace('.', '=.'), token.replace('.', '\n.'), `${token}.`, `.${token}`, `${token}.e30`, token.toUpperCase()]);
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=';
      for (const [index, part] of token.split('.').entries()) {
        for (const last of alphabet) {
          const parts = token.split('.');
          parts[index] = part.slice(0, -1) + last;
          variants.add(parts.join('.'));
        }
      }
      if (/[-_]/.test(token)) variants.add(token.replaceAll('-', '+').replaceAll('_', '/'));
      variants.delete(token);
      expect(accepted(...variants)).toEqual([]);
      expect(variants.size).toBeGreaterThan(190);
    }
  });

  it.each([
    ['A-10 no type', { type: undefined }],
    ['A-10 another type', { type: 'id' }],
    ['A-10 type in capitals', { type: 'ACCESS' }],
    ['A-10 type as array', { type: ['access'] }],
    ['A-10 type as object', { type: { access: true } }],
    ['A-11 no audience', { aud: undefined }],
    ['A-11 another audience', { aud: 'other' }],
    ['A-11 audience as array', { aud: ['authenticated'] }],
    ['A-11 audience among others', { aud: ['other', 'authenticated'] }],
    ['A-12 no issuer', { iss: undefined }],
    ['A-12 another issuer', { iss: 'someone' }],
    ['A-12 issuer as array', { iss: ['tessera'] }],
    ['A-13 no expiry', { exp: undefined }],
    ['A-13 expired', { exp: NOW / 1000 }],
    ['A-13 expiry null', { exp: null }],
    ['A-13 expiry as text', { exp: '9999999999' }],
    ['A-13 expiry as text without end', { exp: 'Infinity' }],
    ['A-13 expiry as array', { exp: [9_999_999_999] }],
    ['A-13 expiry without end', { exp: 1e99 }],
    ['A-13 fractional expiry', { exp: NOW / 1000 + 5.5 }],
    ['A-13 negative expiry', { exp: -1 }],
    ['A-13 issued in the future', { iat: NOW / 1000 + 31 }],
    ['A-13 no time of issue', { iat: undefined }],
    ['A-13 time of issue as text', { iat: '1' }],
    ['A-13 fractional time of issue', { iat: NOW / 1000 - 0.5 }],
    ['A-13 negative time of issue', { iat: -1 }],
    ['A-13 not yet valid', { nbf: NOW / 1000 + 600 }],
    ['A-13 a start we never write', { nbf: NOW / 1000 - 600 }],
    ['A-14 no subject', { sub: undefined }],
    ['A-14 a subject that is no UUID', { sub: "1' OR '1'='1" }],
    ['A-14 a subject as array', { sub: [USER_ID] }],
    ['a session that is no UUID', { session_id: 'blacklist:*' }],
    ['no id', { jti: undefined }],
    ['no generation', { gen: undefined }],
    ['a negative generation', { gen: -1 }],
    ['a generation as text', { gen: '0' }],
    ['an origin that is no text', { origin: ['https://a.example'] }],
  ])('refuses a signed token with %s', (_name, change) => {
    expect(tokens.verify(signed({ ...CLAIMS, ...change }))).toBeUndefined();
  });

  it('A-10: typ must be JWT', () => {
    for (const typ of [undefined, null, 'jwt', 'Jwt', 'JWS', 'JOSE', 'at+jwt', 'application/jwt', ['JWT'], { JWT: 1 }]) expect(accepted(signed(CLAIMS, { ...header, typ }))).toEqual([]);
  });

  it('A-13: a clock half a minute ahead is honest', () => {
    expect(tokens.verify(signed({ ...CLAIMS, iat: NOW / 1000 + 30 }))).toBeDefined();
  });

  it('A-15: JSON that says two things is refused, in the claims and in the header', () => {
    const bodies = [
      AS_JSON.replace('{', '{"type":"refresh",'),
      AS_JSON.replace(/}$/, ',"exp":9999999999}'),
      AS_JSON.replace(/}$/, ',"\\u0065xp":9999999999}'),
      AS_JSON.replace('"exp"', '"\\u0065xp"'),
      AS_JSON.replace(':', ': '),
      `${AS_JSON} `,
      `\n${AS_JSON}`,
      `\uFEFF${AS_JSON}`,
      `${AS_JSON}{}`,
      AS_JSON.replace('"gen":0', '"gen":0.0'),
      AS_JSON.replace('"gen":0', '"gen":-0'),
    ];
    // One byte of a text that is otherwise good.
    const invalid = Buffer.from(JSON.stringify({ ...CLAIMS, origin: '?' }));
    invalid[invalid.indexOf('?')] = 0xff;
    expect(accepted(...bodies.map((body) => signParts(head, bytes(body))), signParts(head, bytes(invalid)))).toEqual([]);
    const text = JSON.stringify(header);
    const heads = [text.replace('{', '{"alg":"none",'), text.replace(/}$/, `,"kid":"x"}`), text.replace(/}$/, `,"alg":"${algorithm}"}`), `\uFEFF${text}`, `${text} `, text.replace(':', ' :'), `[${text}]`];
    expect(accepted(...heads.map((each) => signParts(bytes(each), bytes(AS_JSON))))).toEqual([]);
  });

  it('A-15: refuses what is no compact JWS of a JSON object: nested, encrypted, detached, in JSON', () => {
    const token = signed(CLAIMS);
    const [first, second, third] = token.split('.');
    const bodies = [bytes('null'), bytes('"text"'), bytes('7'), bytes(`[${AS_JSON}]`), bytes(Buffer.from([0xff, 0xfe])), bytes(token), bytes(JSON.stringify(token)), bytes(Buffer.from(AS_JSON, 'utf16le'))];
    expect(accepted(...bodies.map((body) => signParts(head, body)), signParts(head, ''))).toEqual([]);
    const texts = ['', '.', '..', '...', 'a.b', 'a.b.c.d.e', `${first}..${third}`, `${first}.${second}.${third}.${third}.${third}`, JSON.stringify({ payload: second, protected: first, signature: third }), JSON.stringify({ payload: second, signatures: [{ protected: first, signature: third }] }), `Bearer ${token}`, `${token},${token}`];
    expect(accepted(...texts)).toEqual([]);
  });

  it('A-16: what is longer than any token of ours is not looked at', () => {
    expect(accepted(signed({ ...CLAIMS, filler: 'x'.repeat(8_000) }), 'a'.repeat(1_000_000), `${head}.${'a'.repeat(500_000)}.${'a'.repeat(500_000)}`)).toEqual([]);
  });
});

describe('with a key pair', () => {
  it.each(['RS256', 'ES256'] as const)('%s: A-02 a secret signs refresh tokens alone, and a pair none of them', (algorithm) => {
    const sources = keySources(algorithm);
    const tokens = createTokens(sources, LIFETIMES, () => NOW);
    const refresh = { ...CLAIMS, type: 'refresh' };
    const secret = { alg: 'HS256', typ: 'JWT', kid: SECRET_KID };
    expect(tokens.verify(hmac(SECRET, secret, refresh))).toEqual(refresh);
    for (const type of ['access', 'session']) expect(tokens.verify(hmac(SECRET, secret, { ...CLAIMS, type }))).toBeUndefined();
    expect(tokens.verify(createForge(sources).signed(refresh))).toBeUndefined();
  });

  it.each(['RS256', 'ES256'] as const)('%s: the refresh token is the same bytes as with HS256, so that a change of the algorithm signs nobody out', (algorithm) => {
    const issue = (sources: Parameters<typeof createTokens>[0]) => createTokens(sources, LIFETIMES, () => NOW).issue(subject()).refresh_token;
    expect(issue(keySources(algorithm))).toBe(issue(keySources('HS256')));
  });

  it('ES256: A-05 of the two signatures that fit, one is ours; zeros and DER are none', () => {
    const sources = keySources('ES256');
    const tokens = createTokens(sources, LIFETIMES, () => NOW);
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    for (let round = 0; round < 20; round += 1) {
      const token = tokens.issue(subject()).access_token;
      const [head, body, signature] = token.split('.') as [string, string, string];
      const raw = Buffer.from(signature, 'base64url');
      const other = Buffer.concat([raw.subarray(0, 32), Buffer.from((order - BigInt(`0x${raw.subarray(32).toString('hex')}`)).toString(16).padStart(64, '0'), 'hex')]);
      const twin = `${head}.${body}.${other.toString('base64url')}`;
      expect(tokens.verify(token)).toBeDefined();
      // Any other server would take it.
      expect(jwt.verify(twin, createPublicKey(sources.signingKeys![0]!.publicKey.export({ type: 'spki', format: 'pem' })), { clockTimestamp: NOW / 1000 })).toBeDefined();
      const der = sign('sha256', Buffer.from(`${head}.${body}`), sources.signingKeys![0]!.privateKey!);
      for (const forged of [other, Buffer.alloc(64), der, Buffer.alloc(64, 0xff)]) expect(tokens.verify(`${head}.${body}.${forged.toString('base64url')}`)).toBeUndefined();
    }
  });
});

describe('A-20: a change of keys', () => {
  const issue = (sources: Parameters<typeof createTokens>[0]) => Object.values(createTokens(sources, LIFETIMES, () => NOW).issue(subject())).filter((value) => value.startsWith('eyJ'));
  const verified = (sources: Parameters<typeof createTokens>[0], all: string[]) => all.map((token) => createTokens(sources, LIFETIMES, () => NOW).verify(token) !== undefined);

  it('an older secret verifies as long as it is configured, and never after', () => {
    const [now, before] = [SECRET, 'the-key-before-this-one-thirty-two-bytes'];
    const old = issue({ secrets: [before] });
    expect(verified({ secrets: [now, before] }, old)).toEqual([true, true, true]);
    expect(verified({ secrets: [now] }, old)).toEqual([false, false, false]);
    expect(verified({ secrets: [now] }, issue({ secrets: [now, before] }))).toEqual([true, true, true]);
  });

  it.each(['RS256', 'ES256'] as const)('an older %s pair, or its public half alone, likewise', (algorithm) => {
    const [now, before] = [keyPair(algorithm), keyPair(algorithm)];
    const secrets = [SECRET];
    const old = issue({ secrets, signingKeys: [before] });
    for (const kept of [before, { ...before, privateKey: undefined }]) expect(verified({ secrets, signingKeys: [now, kept] }, old)).toEqual([true, true, true]);
    // The refresh token is none of a pair's: the session goes on.
    expect(verified({ secrets, signingKeys: [now] }, old)).toEqual([false, true, false]);
    expect(verified({ secrets, signingKeys: [now] }, issue({ secrets, signingKeys: [now, before] }))).toEqual([true, true, true]);
  });
});

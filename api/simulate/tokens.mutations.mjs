import { bytes, headOf, jsonOf, partOf, replaceAt, tokenOf } from './tokens.parts.mjs';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BLANKS = [' ', '\t', '\n', '\r\n', '\u0000', '\u000b', '\u00a0', '\u2028', '\ufeff'];
/** What looks like a character of a token and is none. */
const LOOK_ALIKES = { a: 'а', c: 'с', e: 'е', i: 'і', o: 'о', p: 'р', x: 'х', A: 'Α', B: 'Β', E: 'Ε', H: 'Η', I: 'Ι', K: 'Κ', O: 'Ο', 0: '０', 1: '１', '-': '‐', _: '＿', '.': '．', l: 'ⅼ', d: 'ⅾ' };
const INVISIBLE = ['\u200b', '\u200d', '\u2060', '\u00ad', '\u0301', '\u202e'];
/** Order of the group of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * What may be done to a live token by somebody who has it, others like it and
 * everything public, but no key.
 * @typedef {{ token: string, type: string }} Live
 * @typedef {{ live: readonly Live[], foreign: readonly Live[], forge(random: Random, head: object, body: string): string }} World
 * @typedef {ReturnType<typeof import('./tokens.random.mjs').createRandom>} Random
 * @type {Record<string, (random: Random, token: string, world: World) => string>}
 */
export const MUTATIONS = {
  'byte flipped': (random, token) => replaceAt(token, random.below(token.length), String.fromCharCode(random.below(256))),
  'character of the alphabet changed': (random, token) => replaceAt(token, random.below(token.length), random.pick([...BASE64URL])),
  'bit flipped in the text': (random, token) => {
    const at = random.below(token.length);
    return replaceAt(token, at, String.fromCharCode(token.charCodeAt(at) ^ (1 << random.below(8))));
  },
  'bit flipped in what it encodes': (random, token) => {
    const parts = token.split('.');
    const index = random.below(3);
    const raw = Buffer.from(parts[index], 'base64url');
    raw[random.below(raw.length)] ^= 1 << random.below(8);
    return parts.with(index, bytes(raw)).join('.');
  },
  'unused bits set': (random, token) => {
    const parts = token.split('.');
    const index = random.below(3);
    return parts.with(index, parts[index].slice(0, -1) + random.pick([...BASE64URL])).join('.');
  },
  truncated(random, token) {
    const at = random.below(token.length);
    return random.chance(0.5) ? token.slice(0, at) : token.slice(at + 1);
  },
  'part truncated': (random, token) => {
    const parts = token.split('.');
    const index = random.below(3);
    return parts.with(index, parts[index].slice(0, random.below(parts[index].length))).join('.');
  },
  'something inserted': (random, token) => {
    const at = random.below(token.length + 1);
    const length = 1 + random.below(8);
    return token.slice(0, at) + Array.from({ length }, () => random.pick([...BASE64URL, '.', '='])).join('') + token.slice(at);
  },
  'something repeated or removed': (random, token) => {
    const at = random.below(token.length);
    const end = at + 1 + random.below(16);
    return random.chance(0.5) ? token.slice(0, at) + token.slice(end) : token.slice(0, end) + token.slice(at);
  },
  'neighbours exchanged': (random, token) => {
    const at = random.below(token.length - 1);
    return token.slice(0, at) + token[at + 1] + token[at] + token.slice(at + 2);
  },
  'parts of two tokens': (random, token, { live, foreign }) => {
    const parts = token.split('.');
    const index = random.below(3);
    return parts.with(index, partOf(random.pick(random.chance(0.7) ? live : foreign).token, index)).join('.');
  },
  'parts in another order or number': (random, token) => {
    const [head, body, signature] = token.split('.');
    return random.pick([[body, head, signature], [head, signature, body], [head, body], [head, body, ''], [head, '', signature], ['', body, signature], [head, body, signature, ''], [head, '', '', body, signature], [head, body, signature, signature, signature]]).join('.');
  },
  'other claims under the old signature': (random, token, { live }) => tokenOf(headOf(token), changedClaims(random, token, live), partOf(token, 2)),
  'other header over the old signature': (random, token) => tokenOf(changedHeader(random, token), jsonOf(token, 1), partOf(token, 2)),
  'signed with a wrong key': (random, token, { forge, live }) => forge(random, random.chance(0.5) ? headOf(token) : changedHeader(random, token), random.chance(0.5) ? partOf(token, 1) : bytes(JSON.stringify(changedClaims(random, token, live)))),
  'signature of nothing': (random, token) => {
    const length = Buffer.from(partOf(token, 2), 'base64url').length;
    return [...token.split('.').slice(0, 2), bytes(Buffer.alloc(random.pick([length, 0, 1, 32, 64]), random.pick([0, 0xff, 1])))].join('.');
  },
  'the twin of its signature': (random, token) => {
    const raw = Buffer.from(partOf(token, 2), 'base64url');
    if (raw.length !== 64) return replaceAt(token, token.length - 1 - random.below(20), '~');
    const half = random.chance(0.8) ? 32 : 0;
    const twin = (ORDER - (BigInt(`0x${raw.subarray(half, half + 32).toString('hex')}`) % ORDER)).toString(16).padStart(64, '0');
    raw.write(twin, half, 'hex');
    return [...token.split('.').slice(0, 2), bytes(raw)].join('.');
  },
  padded(random, token) {
    const parts = token.split('.');
    const index = random.below(3);
    return parts.with(index, parts[index] + '='.repeat(1 + random.below(3))).join('.');
  },
  'white space': (random, token) => {
    const at = random.pick([0, token.length, token.indexOf('.'), token.lastIndexOf('.'), random.below(token.length)]);
    return token.slice(0, at) + random.pick(BLANKS) + token.slice(at);
  },
  'Unicode look-alikes': (random, token) => {
    if (random.chance(0.3)) return token.slice(0, 5) + random.pick(INVISIBLE) + token.slice(5);
    const places = [...token].flatMap((character, at) => (character in LOOK_ALIKES ? [at] : []));
    const at = random.pick(places);
    return replaceAt(token, at, LOOK_ALIKES[token[at]]);
  },
  'another spelling': (random, token) =>
    random.pick([
      () => token.toUpperCase(),
      () => token.toLowerCase(),
      () => token.replaceAll('-', '+').replaceAll('_', '/').concat('/'),
      () => replaceAt(token, random.below(token.length), '+'),
      () => encodeURIComponent(token).replace('.', '%2E'),
      () => `"${token}"`,
      () => `Bearer ${token}`,
      () => `${token},${token}`,
      () => bytes(token),
      () => Buffer.from(token).toString('hex'),
      () => JSON.stringify({ protected: partOf(token, 0), payload: partOf(token, 1), signature: partOf(token, 2) }),
    ])(),
  'JSON spelt otherwise': (random, token) => {
    const parts = token.split('.');
    const index = random.below(2);
    const text = Buffer.from(parts[index], 'base64url').toString();
    const other = random.pick([() => ` ${text}`, () => `\ufeff${text}`, () => text.replace(':', ': '), () => text.replace('{', '{"exp":9999999999,'), () => text.replace(/}$/, ',"type":"access"}'), () => `[${text}]`, () => text.replace('"', "'"), () => text.replace(/"(\w)/, (_all, first) => `"\\u00${first.charCodeAt(0).toString(16)}`)])();
    return parts.with(index, bytes(other)).join('.');
  },
};

/** @returns the claims of a token with one that decides made better */
function changedClaims(random, token, live) {
  const claims = jsonOf(token, 1);
  const other = jsonOf(random.pick(live).token, 1);
  const change = random.pick([
    () => ({ exp: claims.exp + 1 + random.below(10 ** 6) }),
    () => ({ iat: claims.iat - 1 - random.below(1_000) }),
    () => ({ sub: `${other.sub.slice(0, -4)}${random.below(65_536).toString(16).padStart(4, '0')}` }),
    () => ({ session_id: other.session_id, jti: other.jti, gen: claims.gen + 1 }),
    () => ({ gen: claims.gen + 1 + random.below(5) }),
    () => ({ type: random.pick(['access', 'session', 'refresh', 'ACCESS', ['access'], null]) }),
    () => ({ aud: random.pick(['other', ['authenticated'], '', null]) }),
    () => ({ iss: random.pick(['other', null, ['tessera']]) }),
    () => ({ exp: random.pick([1e99, -1, '9999999999', claims.exp + 0.5, null]) }),
    () => ({ permissions: { ...claims.permissions, groups: ['super_admin'] }, pv: 'AAAAAAAAAAA' }),
    () => ({ origin: 'https://evil.example' }),
    () => ({ ['x'.repeat(1 + random.below(2_000))]: random.next() }),
  ])();
  return { ...claims, ...change };
}

/** @returns the header of a token with one member changed or added */
function changedHeader(random, token) {
  const header = headOf(token);
  const change = random.pick([
    () => ({ alg: random.pick(['none', 'None', 'NONE', 'nOnE', '', null, 'HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', ['HS256']].filter((alg) => alg !== header.alg)) }),
    () => ({ kid: random.pick(['../../dev/null', "' OR 1=1 --", '', null, 7, [header.kid], { kid: header.kid }, 'x'.repeat(random.below(3_000)), header.kid.toUpperCase() + 'x']) }),
    () => ({ typ: random.pick(['jwt', 'JWE', null, ['JWT'], 'at+jwt']) }),
    () => ({ [random.pick(['jku', 'x5u'])]: 'http://127.0.0.1:9/keys' }),
    () => ({ jwk: { kty: 'oct', k: 'AAAA' } }),
    () => ({ crit: random.pick([[], ['exp'], ['b64']]), b64: false }),
    () => ({ zip: 'DEF' }),
    () => ({ [`x${random.below(10 ** 9)}`]: random.next() }),
  ])();
  return { ...header, ...change };
}

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSigningKeys, publicJwk, SigningKeyError } from './signing-keys.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signing keys '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rsa = (modulusLength = 2_048, publicExponent = 65_537) => generateKeyPairSync('rsa', { modulusLength, publicExponent });
const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });
const pem = (key: KeyObject): string => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const load = (algorithm: 'RS256' | 'ES256', ...privateKeyFiles: string[]) => loadSigningKeys({ algorithm, privateKeyFiles }, folder);
const refusal = async (algorithm: 'RS256' | 'ES256', ...files: string[]): Promise<string> => {
  const error = await load(algorithm, ...files).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(SigningKeyError);
  return (error as SigningKeyError).message;
};

describe('without files', () => {
  it.each(['RS256', 'ES256'] as const)('a %s key is made once, by whichever of several starts is first, and readable by its owner alone', async (algorithm) => {
    const dataDir = join(folder, algorithm);
    const loaded = await Promise.all(Array.from({ length: 4 }, () => loadSigningKeys({ algorithm, privateKeyFiles: [] }, dataDir)));
    expect(new Set(loaded.map(([key]) => key!.kid)).size).toBe(1);
    expect(loaded[0]![0]).toMatchObject({ algorithm, kid: expect.stringMatching(/^[\w-]{43}$/) });
    const name = `signing-key.${algorithm.toLowerCase()}.pem`;
    expect(await readdir(dataDir)).toEqual([name]);
    expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
  });

  it('a kept key that is no key any more stops the start with a sentence', async () => {
    await file('signing-key.es256.pem', 'half a ke');
    expect(await refusal('ES256')).toMatch(/signing-key\.es256\.pem in DATA_DIR holds no key in PEM; remove it/);
  });

  it('HS256 needs none', async () => {
    expect(await loadSigningKeys({ algorithm: 'HS256', privateKeyFiles: [join(folder, 'none')] }, join(folder, 'none'))).toEqual([]);
  });
});

describe('with files', () => {
  it('the keys come in their order, a public one without its private half', async () => {
    const [one, two] = [ec(), ec()];
    const keys = await load('ES256', await file('one', pem(one.privateKey)), await file('two', pem(two.publicKey)));
    expect(keys.map(({ publicKey, privateKey }) => [publicKey.equals(one.publicKey), privateKey?.equals(one.privateKey)])).toEqual([[true, true], [false, undefined]]);
  });

  it('older spellings of PEM are read too', async () => {
    const { privateKey } = rsa();
    const [key] = await load('RS256', await file('pkcs1', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()));
    expect(key!.privateKey!.equals(privateKey)).toBe(true);
  });

  it.each<[string, 'RS256' | 'ES256', () => string, RegExp]>([
    ['text that is no key', 'RS256', () => 'not a key', /holds no key in PEM/],
    ['half a key', 'RS256', () => pem(rsa().privateKey).slice(0, 500), /holds no key in PEM/],
    ['a key under a passphrase', 'ES256', () => ec().privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(), /is encrypted/],
    ['RSA of 1,024 bits', 'RS256', () => pem(rsa(1_024).privateKey), /has 1024 bits; write a key of 2048 to 4096/],
    ['RSA of 8,192 bits', 'RS256', () => pem(createPublicKey({ key: { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(1_024, 0xff).toString('base64url') }, format: 'jwk' })), /has 8192 bits/],
    ['RSA with the exponent 3', 'RS256', () => pem(rsa(2_048, 3).privateKey), /has the public exponent 3/],
    ['RSA-PSS', 'RS256', () => pem(generateKeyPairSync('rsa-pss', { modulusLength: 2_048 }).privateKey), /is no RSA key/],
    ['an EC key for RS256', 'RS256', () => pem(ec().privateKey), /is no RSA key/],
    ['an RSA key for ES256', 'ES256', () => pem(rsa().privateKey), /is no key of the curve P-256/],
    ['another curve', 'ES256', () => pem(ec('P-384').privateKey), /is no key of the curve P-256/],
    ['Ed25519', 'ES256', () => pem(generateKeyPairSync('ed25519').privateKey), /is no key of the curve P-256/],
  ])('%s is refused (RFC 8725 §3.5)', async (_name, algorithm, text, sentence) => {
    const path = await file('bad', text());
    const message = await refusal(algorithm, path);
    expect(message).toMatch(sentence);
    expect(message).toContain(path);
    expect(message).not.toContain((await readFile(path, 'utf8')).slice(0, 60));
  });

  it('every bad one is named at once', async () => {
    const message = await refusal('ES256', join(folder, 'nowhere'), await file('text', 'x'), await file('good', pem(ec().privateKey)));
    expect(message.split('\n').slice(1)).toEqual([`  - ${join(folder, 'nowhere')} cannot be read (ENOENT)`, `  - ${join(folder, 'text')} holds no key in PEM`]);
  });

  it('the first must be able to sign', async () => {
    expect(await refusal('ES256', await file('public', pem(ec().publicKey)))).toMatch(/public holds a public key; the first file signs/);
  });
});

describe('the public half', () => {
  it.each([['RS256', rsa, ['alg', 'e', 'kid', 'kty', 'n', 'use']], ['ES256', ec, ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]] as const)('of a %s key has public members alone', async (algorithm, make, members) => {
    const [key] = await load(algorithm, await file('pair', pem(make().privateKey)));
    const jwk = publicJwk(key!);
    expect(Object.keys(jwk).sort()).toEqual(members);
    expect(jwk).toMatchObject({ alg: algorithm, use: 'sig', kid: key!.kid });
  });

  it('is named by the thumbprint that RFC 7638 §3.1 gives for its example', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const example = createPublicKey({ key: { kty: 'RSA', e: 'AQAB', n }, format: 'jwk' });
    const keys = await load('RS256', await file('first', pem(rsa().privateKey)), await file('example', pem(example)));
    expect(keys[1]!.kid).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });
});

import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { readOrMake } from './kept-file.js';

export type SigningAlgorithm = 'RS256' | 'ES256';

/** A key pair that access and session tokens are signed with, or its public half, which verifies. */
export type SigningKey = Readonly<{
  /** The thumbprint of its public half (RFC 7638). */
  kid: string;
  algorithm: SigningAlgorithm;
  publicKey: KeyObject;
  privateKey: KeyObject | undefined;
}>;

export type SigningKeyOptions = Readonly<{ algorithm: 'HS256' | SigningAlgorithm; privateKeyFiles: readonly string[] }>;

/** Every file that cannot be used, one sentence each. */
export class SigningKeyError extends Error {
  constructor(problems: readonly string[]) {
    super(`JWT_PRIVATE_KEY_FILES cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SigningKeyError';
  }
}

/** Above it a signature alone would take a third of the room a token has. Bits. */
const MAX_RSA_BITS = 4_096;
/** RFC 7518 §3.3. */
const MIN_RSA_BITS = 2_048;
/** FIPS 186-5 §5.4. */
const MIN_RSA_EXPONENT = 65_537n;

/**
 * The signing keys of an installation: those of the files, the first of which
 * signs, else one of its own, made once and kept in the data folder. None with
 * HS256. Production never comes here without files.
 * @throws SigningKeyError naming every file that is wrong
 */
export async function loadSigningKeys({ algorithm, privateKeyFiles }: SigningKeyOptions, dataDir: string): Promise<readonly SigningKey[]> {
  if (algorithm === 'HS256') return [];
  if (privateKeyFiles.length === 0) {
    const name = `signing-key.${algorithm.toLowerCase()}.pem`;
    const key = readKey(await readOrMake(dataDir, name, () => makeKey(algorithm)), algorithm);
    if (typeof key === 'string') throw new SigningKeyError([`the file ${name} in DATA_DIR ${key}; remove it, and another is made`]);
    return [key];
  }
  const read = await Promise.all(privateKeyFiles.map(async (file) => ({ file, key: await readFile(file, 'utf8').then((pem) => readKey(pem, algorithm), unreadable) })));
  const problems = read.flatMap(({ file, key }) => (typeof key === 'string' ? [`${file} ${key}`] : []));
  const first = read[0];
  if (first && typeof first.key !== 'string' && !first.key.privateKey) problems.push(`${first.file} holds a public key; the first file signs and needs the private one`);
  if (problems.length > 0) throw new SigningKeyError(problems);
  return read.flatMap(({ key }) => (typeof key === 'string' ? [] : [key]));
}

/** The public half of a key and no more, as others read it (RFC 7517). */
export function publicJwk({ publicKey, kid, algorithm }: SigningKey): JsonWebKey & { kid: string; alg: SigningAlgorithm; use: 'sig' } {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' };
}

/** @returns the key, or what is wrong with the text */
function readKey(pem: string, algorithm: SigningAlgorithm): SigningKey | string {
  if (/ENCRYPTED/.test(pem)) return 'is encrypted; write the key without a passphrase, readable by the server alone';
  const privateKey = attempt(() => createPrivateKey(pem));
  const publicKey = attempt(() => createPublicKey(pem));
  if (!publicKey) return 'holds no key in PEM';
  return weakness(publicKey, algorithm) ?? { kid: thumbprint(publicKey), algorithm, publicKey, privateKey };
}

function weakness({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject, algorithm: SigningAlgorithm): string | undefined {
  if (algorithm === 'ES256') return type === 'ec' && details.namedCurve === 'prime256v1' ? undefined : 'is no key of the curve P-256, as ES256 needs';
  const { modulusLength: bits = 0, publicExponent = 0n } = details;
  if (type !== 'rsa') return 'is no RSA key, as RS256 needs';
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return `has ${bits} bits; write a key of ${MIN_RSA_BITS} to ${MAX_RSA_BITS}`;
  return publicExponent >= MIN_RSA_EXPONENT ? undefined : `has the public exponent ${publicExponent}; write a key with ${MIN_RSA_EXPONENT}`;
}

/** RFC 7638: the digest of the required members alone, in the order of their names. */
function thumbprint(publicKey: KeyObject): string {
  const { crv, e, kty, n, x, y } = publicKey.export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

async function makeKey(algorithm: SigningAlgorithm): Promise<string> {
  const { privateKey } = algorithm === 'RS256' ? await promisify(generateKeyPair)('rsa', { modulusLength: MIN_RSA_BITS }) : await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function unreadable(error: NodeJS.ErrnoException): string {
  return `cannot be read (${error.code ?? 'unknown reason'})`;
}

/** What is no key is told by what is missing: OpenSSL's reasons help nobody. */
function attempt(read: () => KeyObject): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** What stands in the job table: nothing that can be read without the key. */
export type SealedPayload = { v: 1; data: string };

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** NIST SP 800-38D §8.2: 96 random bits, good for 2^32 payloads under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @returns the key that seals, the first
 * @throws RangeError unless there is one and all have 256 bits
 */
export function checkSealingKeys(keys: readonly Buffer[]): Buffer {
  const [first] = keys;
  if (!first || keys.some(({ length }) => length !== KEY_BYTES)) throw new RangeError(`The keys that seal job payloads need ${KEY_BYTES} bytes each`);
  return first;
}

/** Encrypts a JSON value (AES-256-GCM). The purpose is authenticated with it, so that one job's payload cannot be given to another kind of job. */
export function sealPayload(key: Buffer, purpose: string, value: unknown): SealedPayload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(purpose));
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return { v: 1, data: Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64') };
}

/**
 * The value that was sealed for the same purpose under one of the keys.
 * @throws Error when it is not ours, was changed, or was sealed under another key
 */
export function openPayload(keys: readonly Buffer[], purpose: string, sealed: unknown): unknown {
  if (!isSealed(sealed)) throw new Error('The job payload is not sealed');
  const bytes = Buffer.from(sealed.data, 'base64');
  for (const key of keys) {
    const text = decrypt(key, purpose, bytes);
    if (text !== undefined) return JSON.parse(text);
  }
  throw new Error('The job payload was changed, or sealed under a key that is not ours');
}

function decrypt(key: Buffer, purpose: string, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const start = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8');
  try {
    return start + decipher.final('utf8');
  } catch {
    // Not authentic under this key: it may be under the next.
    return undefined;
  }
}

function isSealed(value: unknown): value is SealedPayload {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === 1 && 'data' in value && typeof value.data === 'string';
}

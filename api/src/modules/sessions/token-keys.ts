import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import type { SigningKey } from '../../infra/signing-keys.js';
import type { TokenType } from './claims.js';

/** What tokens are made and checked with: the first of each signs, all verify. Without signing keys the secrets sign everything. */
export type TokenKeySources = Readonly<{ secrets: readonly string[]; signingKeys?: readonly SigningKey[] }>;

/** A key, and what it may be used for: nothing a token says of itself widens that (RFC 8725 §3.1, A-02). */
export type TokenKey = Readonly<{
  kid: string;
  algorithm: 'HS256' | SigningKey['algorithm'];
  types: ReadonlySet<TokenType>;
  verifyingKey: KeyObject;
  /** Undefined: a key of another machine or of the past, which only verifies. */
  signingKey: KeyObject | undefined;
  /** Length of its signature in a token. */
  signatureLength: number;
}>;

export type TokenKeys = {
  /** The key that makes tokens of this type. */
  signing(type: TokenType): TokenKey & { signingKey: KeyObject };
  /** The key of this id; undefined: none of ours. */
  find(kid: string): TokenKey | undefined;
};

const HS256_SIGNATURE_BYTES = 32;
const ES256_SIGNATURE_BYTES = 64;

/**
 * Binds each key to its algorithm and to the types it serves. Refresh tokens
 * are HS256 whatever the algorithm of the others: only we read them, and they
 * must come out the same bytes twice, which ECDSA does not give (ADR 10).
 */
export function createTokenKeys({ secrets, signingKeys = [] }: TokenKeySources): TokenKeys {
  const own = new Set<TokenType>(signingKeys.length > 0 ? ['refresh'] : ['refresh', 'access', 'session']);
  const shown = new Set<TokenType>(['access', 'session']);
  const keys = [...secrets.map((secret) => fromSecret(secret, own)), ...signingKeys.map((key) => fromPair(key, shown))];
  const byId = new Map(keys.map((key) => [key.kid, key]));

  const signers = new Map([...shown, ...own].map((type) => [type, signerOf(type)]));
  return { signing: (type) => signers.get(type)!, find: (kid) => byId.get(kid) };

  function signerOf(type: TokenType): TokenKey & { signingKey: KeyObject } {
    const key = keys.find(({ types }) => types.has(type));
    if (!key?.signingKey) throw new Error(`There is no key to sign ${type} tokens with`);
    return { ...key, signingKey: key.signingKey };
  }
}

/** The UTF-8 bytes of the secret as they are (API.md §3). The id tells keys apart and says nothing of them. */
function fromSecret(secret: string, types: ReadonlySet<TokenType>): TokenKey {
  const kid = createHash('sha256').update(`kid\n${secret}`).digest('hex').slice(0, 16);
  const key = createSecretKey(secret, 'utf8');
  return { kid, algorithm: 'HS256', types, verifyingKey: key, signingKey: key, signatureLength: base64urlLength(HS256_SIGNATURE_BYTES) };
}

function fromPair({ kid, algorithm, publicKey, privateKey }: SigningKey, types: ReadonlySet<TokenType>): TokenKey {
  const bytes = algorithm === 'ES256' ? ES256_SIGNATURE_BYTES : (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  return { kid, algorithm, types, verifyingKey: publicKey, signingKey: privateKey, signatureLength: base64urlLength(bytes) };
}

function base64urlLength(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

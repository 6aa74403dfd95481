import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { SigningAlgorithm, SigningKey } from '../src/infra/signing-keys.js';
import { toLowS } from '../src/modules/sessions/low-s.js';
import { createTokenKeys, type TokenKeySources } from '../src/modules/sessions/token-keys.js';
import { SECRET } from './token-subjects.js';

export type Algorithm = 'HS256' | SigningAlgorithm;

export const bytes = (content: string | Buffer): string => Buffer.from(content as string).toString('base64url');

/** The keys of an installation with this algorithm. */
export function keySources(algorithm: Algorithm, rsaBits = 2_048): TokenKeySources {
  return { secrets: [SECRET], signingKeys: algorithm === 'HS256' ? [] : [keyPair(algorithm, rsaBits)] };
}

export function keyPair(algorithm: SigningAlgorithm, rsaBits = 2_048): SigningKey {
  const pair = algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: rsaBits });
  return { kid: createHash('sha256').update(pair.publicKey.export({ type: 'spki', format: 'der' })).digest('base64url'), algorithm, ...pair };
}

/** Signs whatever is to be signed, with the real key of access tokens: what only a fault of ours could make. */
export function createForge(sources: TokenKeySources) {
  const { kid, algorithm, signingKey } = createTokenKeys(sources).signing('access');

  /** @param head, body the parts as they stand in the token */
  function signParts(head: string, body: string): string {
    const input = `${head}.${body}`;
    if (algorithm === 'HS256') return `${input}.${createHmac('sha256', signingKey).update(input).digest('base64url')}`;
    const token = `${input}.${sign('sha256', Buffer.from(input), { key: signingKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    return algorithm === 'ES256' ? toLowS(token) : token;
  }

  const header = { alg: algorithm, typ: 'JWT', kid };
  return { kid, algorithm, header, signParts, signed: (payload: object, head: object = header) => signParts(bytes(JSON.stringify(head)), bytes(JSON.stringify(payload))) };
}

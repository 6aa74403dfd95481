import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';
import { bytes } from './tokens.parts.mjs';

const PAIRS = [generateKeyPairSync('rsa', { modulusLength: 2_048 }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];

/**
 * Signs with every key that an attacker has: his own, guesses, and the public ones taken for secrets.
 * @param {readonly import('node:crypto').JsonWebKey[]} jwks the server's public keys
 */
export function createForge(jwks) {
  const secrets = ['', '\0', 'secret', 'change-me', ...jwks.flatMap(spellings)].map((secret) => createSecretKey(Buffer.from(secret)));

  /** @param {import('./tokens.mutations.mjs').Random} random @param {object} head @param {string} body */
  return function forge(random, head, body) {
    // A key pair signs for a hundred times the price of a secret.
    const input = (header) => `${bytes(JSON.stringify(header))}.${body}`;
    if (random.chance(0.9)) {
      const text = input(random.chance(0.7) ? { ...head, alg: 'HS256' } : head);
      return `${text}.${createHmac(random.pick(['sha256', 'sha256', 'sha512']), random.pick(secrets)).update(text).digest('base64url')}`;
    }
    const { privateKey: key } = random.pick(PAIRS);
    const text = input(random.chance(0.5) ? { ...head, alg: key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256' } : head);
    return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
}

/** Everything that is known of a public key, in every spelling that a careless server might take for a secret. */
function spellings(jwk) {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const pem = key.export({ type: 'spki', format: 'pem' });
  const der = key.export({ type: 'spki', format: 'der' });
  return [pem, pem.trim(), der, der.toString('base64'), JSON.stringify(jwk), ...Object.values(key.export({ format: 'jwk' }))];
}

import { publicJwk, type SigningKey } from '../infra/signing-keys.js';
import { ApiError, httpErrors } from './errors.js';
import type { Step } from './steps.js';

/** At the server's root (RFC 8615), whatever the prefix. */
const JWKS_PATH = '/.well-known/jwks.json';

/** A new key is known to everybody who asks again within this time: put it into the files that long before it signs. Seconds. */
const MAX_AGE_SECONDS = 300;

const ALLOWED = 'GET, HEAD';

/**
 * The public keys that verify our access and session tokens (RFC 7517). Raw,
 * without the envelope, because that is what JWKS clients read; for everybody,
 * from any origin. Empty with HS256: a secret is never shown.
 */
export function jwks(keys: readonly SigningKey[]): Step {
  const unique = new Map(keys.map((key) => [key.kid, publicJwk(key)]));
  const body = JSON.stringify({ keys: [...unique.values()] });
  return function jwks(req, res) {
    if (req.path !== JWKS_PATH) return;
    res.setHeader('Access-Control-Allow-Origin', '*');
    if (req.method === 'OPTIONS') {
      res.setHeader('Allow', ALLOWED);
      res.setHeader('Access-Control-Allow-Methods', ALLOWED);
      // Whatever a browser's client adds to a plain question, such as a trace id.
      res.setHeader('Access-Control-Allow-Headers', '*');
      res.setHeader('Access-Control-Max-Age', MAX_AGE_SECONDS);
      res.statusCode = 204;
      res.end();
      return;
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') throw new ApiError(httpErrors.METHOD_NOT_ALLOWED, { headers: { Allow: ALLOWED } });
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`);
    res.setHeader('Content-Length', Buffer.byteLength(body));
    res.end(body);
  };
}

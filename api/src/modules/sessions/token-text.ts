/** Longer than any token we make; what is longer is not even looked at. */
const MAX_TOKEN_LENGTH = 8 * 1024;
const BASE64URL_PARTS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * The id of the key that a token says it was signed with, if it is written as
 * we write ours: one token is one byte string, and its JSON says one
 * thing to every reader. Nothing of it is trusted yet.
 * @returns undefined for any other text
 */
export function readKeyId(token: string): string | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !BASE64URL_PARTS.test(token)) return undefined;
  const [head, body, signature] = token.split('.').map(decode);
  if (!head || !body || !signature) return undefined;
  const header = readJson(head);
  return header && readJson(body) ? keyIdOf(header) : undefined;
}

/** Only of a header that is exactly of the kind we write: no `crit`, `jku` or `jwk` to be talked into. The algorithm is the key's to say. */
function keyIdOf({ alg: _alg, typ, kid, ...others }: Record<string, unknown>): string | undefined {
  return typ === 'JWT' && typeof kid === 'string' && Object.keys(others).length === 0 ? kid : undefined;
}

/** The bytes of base64url that has neither padding nor spare bits, so that it encodes to itself again. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

/** An object in the one spelling that JSON.stringify gives it: no member twice, no white space, no byte-order mark, no invalid UTF-8. */
function readJson(bytes: Buffer): Record<string, unknown> | undefined {
  const value = parse(bytes.toString('utf8'));
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value);
  return plain && Buffer.from(JSON.stringify(value)).equals(bytes) ? (value as Record<string, unknown>) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

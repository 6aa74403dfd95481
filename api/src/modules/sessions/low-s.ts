/** Order of the group of P-256 (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SCALAR_BYTES = 32;
const HALF_ORDER = bytes(ORDER >> 1n);

/**
 * Of the two signatures (r, s) and (r, n − s), which every ECDSA key accepts
 * alike, the one with the smaller s: whoever has a token could otherwise write
 * it in a second way.
 */
export function toLowS(token: string): string {
  const signature = signatureOf(token);
  if (isLow(signature)) return token;
  const s = BigInt(`0x${signature.subarray(SCALAR_BYTES).toString('hex')}`);
  const low = Buffer.concat([signature.subarray(0, SCALAR_BYTES), bytes(ORDER - s)]);
  return `${token.slice(0, token.lastIndexOf('.'))}.${low.toString('base64url')}`;
}

/** Whether an ES256 token is signed in the one way that `toLowS` leaves. */
export function hasLowS(token: string): boolean {
  return isLow(signatureOf(token));
}

function isLow(signature: Buffer): boolean {
  return signature.length === 2 * SCALAR_BYTES && Buffer.compare(signature.subarray(SCALAR_BYTES), HALF_ORDER) <= 0;
}

function signatureOf(token: string): Buffer {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url');
}

function bytes(scalar: bigint): Buffer {
  return Buffer.from(scalar.toString(16).padStart(2 * SCALAR_BYTES, '0'), 'hex');
}

import { hkdfSync, randomBytes } from 'node:crypto';
import { readOrMake } from './kept-file.js';

const KEY_BYTES = 32;
const SECRET_FILE = 'secret';

/**
 * The secrets of this installation: the configured ones, else one of its own
 * that is made once and kept in the data folder, readable by its owner alone.
 * Production never comes here without configured ones.
 */
export async function loadSecrets(configured: readonly string[] | undefined, dataDir: string): Promise<readonly string[]> {
  if (configured && configured.length > 0) return configured;
  return [await readOrMake(dataDir, SECRET_FILE, () => randomBytes(KEY_BYTES).toString('base64url'))];
}

/** A key for one purpose, derived from a secret (RFC 5869), so that what is learnt of one key says nothing of the others. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'tessera', purpose, KEY_BYTES));
}

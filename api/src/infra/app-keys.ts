import { hkdfSync, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const KEY_BYTES = 32;
const SECRET_FILE = 'secret';

/**
 * The secrets of this installation: the configured ones, else one of its own
 * that is made once and kept in the data folder, readable by its owner alone.
 * Production never comes here without configured ones.
 */
export async function loadSecrets(configured: readonly string[] | undefined, dataDir: string): Promise<readonly string[]> {
  if (configured && configured.length > 0) return configured;
  const file = join(dataDir, SECRET_FILE);
  return [(await readSecret(file)) ?? (await makeSecret(dataDir, file))];
}

/** A key for one purpose, derived from a secret (RFC 5869), so that what is learnt of one key says nothing of the others. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'tessera', purpose, KEY_BYTES));
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Written whole under another name and then linked: nobody reads half a secret, and of two starts at once one wins. An empty
 * file is what a power cut may leave: it is replaced, or every start would make a secret of its own and end every session.
 */
async function makeSecret(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const secret = randomBytes(KEY_BYTES).toString('base64url');
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, file);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const theirs = await readSecret(file);
    if (theirs === undefined) await rename(draft, file);
    return theirs ?? secret;
  } finally {
    await rm(draft, { force: true });
  }
}

import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { temporaryName } from './drafts.js';
import { codeOf } from './error.js';

/**
 * What is remembered in a data folder about its database: the password, the last port, and, when the database had to lie elsewhere,
 * its folder and the name that the data folder had then.
 */
export type Facts = { password: string; port?: number; folder?: string; dataDir?: string };

/** Reads the facts; undefined when there are none or the file is damaged. */
export async function readFacts(file: string): Promise<Facts | undefined> {
  try {
    const facts = JSON.parse(await readFile(file, 'utf8')) as Partial<Facts> | null;
    return typeof facts?.password === 'string' ? (facts as Facts) : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The facts of this data folder, with a new random password if there were none.
 * Of two starts at the same moment the first one's facts hold, for both.
 */
export async function claimFacts(file: string): Promise<Facts> {
  const known = await readFacts(file);
  if (known) return known;
  const facts: Facts = { password: randomBytes(24).toString('hex') };
  const draft = await writeDraft(file, facts);
  try {
    // A link never replaces a file, a rename always does.
    await link(draft, file);
  } catch {
    const theirs = await readFacts(file);
    if (theirs) return theirs;
    // Damaged facts, or a file system without links: any other trouble shows here again.
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return facts;
}

/** Replaces the facts in one step: a reader sees the old ones or the new ones. */
export async function writeFacts(file: string, facts: Facts): Promise<void> {
  await rename(await writeDraft(file, facts), file);
}

async function writeDraft(file: string, facts: Facts): Promise<string> {
  const draft = join(dirname(file), temporaryName(basename(file)));
  // Only the owner may read it: the password opens the whole database.
  await writeFile(draft, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return draft;
}

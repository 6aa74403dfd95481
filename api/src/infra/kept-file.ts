import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The text of a file of the data folder that is made once, at the first start, and is readable by its owner alone. Blank space around it does not count. */
export async function readOrMake(dataDir: string, name: string, make: () => string | Promise<string>): Promise<string> {
  const file = join(dataDir, name);
  return (await read(file)) ?? (await keep(dataDir, file, await make()));
}

async function read(file: string): Promise<string | undefined> {
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
async function keep(dataDir: string, file: string, text: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  // Not by process id: in containers that share the folder every server is process 1.
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${text}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, file);
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const theirs = await read(file);
    if (theirs === undefined) await rename(draft, file);
    return theirs ?? text;
  } finally {
    await rm(draft, { force: true });
  }
}

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withDeadline } from './deadline.js';
import { FileStoreUnavailableError } from './file-store.errors.js';
import type { FileStore } from './file-store.js';

/** Only the server's own user reads what people uploaded. */
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const PROBE_BYTES = 1024;
const CHECK_MS = 2_000;

/** Files in the folder `uploads` below `dataDir`, which is made when it is not there. */
export async function createDiskStore(dataDir: string): Promise<FileStore> {
  const folder = join(dataDir, 'uploads');
  try {
    await mkdir(folder, { recursive: true });
    // Also for a folder that somebody made before, and whatever the umask says.
    await chmod(folder, PRIVATE_FOLDER);
  } catch (error) {
    throw new FileStoreUnavailableError('The folder for uploads cannot be made', error);
  }

  return {
    kind: 'disk',
    async check() {
      const startedAt = performance.now();
      try {
        await withDeadline(probe(folder), CHECK_MS);
      } catch (error) {
        throw new FileStoreUnavailableError('The folder for uploads cannot be used', error);
      }
      return { latency_ms: Math.round((performance.now() - startedAt) * 100) / 100 };
    },
    close: async () => undefined,
  };
}

/** Writes a small file, reads it back and removes it: a full or read-only disk fails one of the three. */
async function probe(folder: string): Promise<void> {
  const content = randomBytes(PROBE_BYTES);
  const path = join(folder, `.probe-${content.toString('hex', 0, 12)}`);
  try {
    await writeThrough(path, content);
    if (!content.equals(await readFile(path))) throw new Error('What was read is not what was written');
  } finally {
    await rm(path, { force: true });
  }
}

/** Up to the disk: without `datasync` a file system may promise room that it does not have. */
async function writeThrough(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'wx', PRIVATE_FILE);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
}

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withDeadline } from './deadline.js';
import { FileStoreUnavailableError } from './file-store.errors.js';
import { checkFileKey } from './file-store.keys.js';
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

    async put(key, content) {
      const path = pathOf(folder, key);
      try {
        await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
        await writeThrough(partOf(path), content);
        await rename(partOf(path), path);
        await syncFolder(dirname(path));
      } catch (error) {
        await rm(partOf(path), { force: true }).catch(() => undefined);
        throw new FileStoreUnavailableError('A file cannot be kept on disk', error);
      }
    },

    async open(key) {
      let handle: FileHandle | undefined;
      try {
        handle = await open(pathOf(folder, key));
        const { size } = await handle.stat();
        return { stream: handle.createReadStream(), size };
      } catch (error) {
        await handle?.close();
        if (isMissing(error)) return undefined;
        throw unreadable(error);
      }
    },

    async delete(key) {
      const path = pathOf(folder, key);
      try {
        await Promise.all([rm(path, { force: true }), rm(partOf(path), { force: true })]);
      } catch (error) {
        throw new FileStoreUnavailableError('A file cannot be removed from disk', error);
      }
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

/** A folder of its own for each of 256, so that none grows too long to be listed. */
function pathOf(folder: string, key: string): string {
  const { kind, id } = checkFileKey(key);
  return join(folder, kind, id.slice(0, 2), id);
}

/** Under this name while it is being written: a file that can be found is whole. */
function partOf(path: string): string {
  return `${path}.part`;
}

/** The new name, too, outlives a power cut. Windows opens no folders, and keeps names by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function unreadable(error: unknown): unknown {
  return error instanceof RangeError ? error : new FileStoreUnavailableError('A file cannot be read from disk', error);
}

import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStoreUnavailableError } from '../infra/file-store.errors.js';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/**
 * Opens a file for what is too large to be held in memory. Its name is taken away at once: what is in it lives as long as
 * the handle is open, so nothing is left behind, however the process ends (F-12).
 * @throws FileStoreUnavailableError when the folder takes no file
 */
export async function openTemporaryFile(folder: string): Promise<FileHandle> {
  const path = join(folder, `upload-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const handle = await open(path, 'wx+', PRIVATE_FILE);
    await rm(path);
    return handle;
  } catch (error) {
    throw new FileStoreUnavailableError('The folder for temporary files cannot be used', error);
  }
}

/** Appends, whole. @throws FileStoreUnavailableError when the disk takes no more (F10) */
export async function appendTo(handle: FileHandle, chunk: Buffer): Promise<void> {
  try {
    await handle.writeFile(chunk);
  } catch (error) {
    throw new FileStoreUnavailableError('A temporary file cannot be written', error);
  }
}

/** Everything in it, in memory. */
export async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await handle.read(content, at, size - at, at);
    if (bytesRead === 0) throw new FileStoreUnavailableError('A temporary file has become shorter', undefined);
    at += bytesRead;
  }
  return content;
}

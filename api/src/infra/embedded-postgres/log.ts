import { appendFile, open, stat, truncate } from 'node:fs/promises';
import { codeOf } from './error.js';

const LARGEST_BYTES = 1024 * 1024;
const KEPT_BYTES = 128 * 1024;

/** Cuts PostgreSQL's log back to its last part once it has grown; safe while the server writes, since it appends. */
export async function keepSmall(log: string): Promise<void> {
  const size = await sizeOf(log);
  if (size <= LARGEST_BYTES) return;
  const tail = await readFrom(log, size - KEPT_BYTES);
  await truncate(log);
  await appendFile(log, tail.slice(tail.indexOf('\n') + 1));
}

/** The size in bytes; 0 when there is no log yet. */
export async function sizeOf(log: string): Promise<number> {
  try {
    return (await stat(log)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** What the log says from this byte on. */
export async function readFrom(log: string, start: number): Promise<string> {
  const handle = await open(log, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, size - start)), 0, undefined, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

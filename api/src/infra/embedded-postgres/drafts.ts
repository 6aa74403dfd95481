import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './error.js';

/** After this long a draft is rubbish even if a process with its maker's number is alive: numbers are used again. */
const DRAFT_LIFETIME_MS = 10 * 60_000;

/** A name for something that is renamed to `name` once it is complete; it tells which process is making it. */
export function temporaryName(name: string): string {
  return `${name}.new-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/** Removes what processes that were killed half way have left in the folder; what a living one is making stays. */
export async function removeAbandonedDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const maker = /\.new-(\d+)-[0-9a-f]{12}$/.exec(name)?.[1];
    if (maker === undefined) continue;
    const path = join(folder, name);
    if (await isBeingMade(path, Number(maker)).catch(isGone)) continue;
    // An initdb whose parent was killed may still write for a moment.
    await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

/** A draft that goes while we look at it has been finished by its maker. */
function isGone(error: unknown): boolean {
  if (codeOf(error) === 'ENOENT') return true;
  throw error;
}

async function isBeingMade(path: string, maker: number): Promise<boolean> {
  if (!isAlive(maker)) return false;
  const made = (await stat(path)).mtimeMs;
  // A container gives the same small numbers at every start: older than this process means made by its forerunner.
  if (maker === process.pid && made < performance.timeOrigin) return false;
  return Date.now() - made < DRAFT_LIFETIME_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return codeOf(error) === 'EPERM';
  }
}

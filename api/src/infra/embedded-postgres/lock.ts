import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';

/** Held by the one Tessera that may run on a data folder; advisory locks are counted per database, this one in `postgres`. */
const EXCLUSIVE_LOCK_KEY = 7_465_737;
const TRY_EVERY_MS = 100;
const TAKE_AGAIN_EVERY_MS = 1_000;

/** The exclusive right to a data folder, for as long as its connection lives. */
export type Hold = { isHeld(): boolean; release(): Promise<void> };

/**
 * Takes the lock, trying again for a while: that of a process killed just now goes only when the server notices.
 * @returns whether this connection holds it now
 */
export async function takeLock(client: Client, patienceMs: number): Promise<boolean> {
  const patientUntil = Date.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [EXCLUSIVE_LOCK_KEY]);
    if (rows[0]?.taken) return true;
    if (Date.now() >= patientUntil) return false;
    await sleep(TRY_EVERY_MS);
  }
}

/**
 * Keeps the lock that `client` has taken until it is released. PostgreSQL ends all its connections when one of its processes
 * crashes, and the lock with them: then it is taken again on a new one.
 */
export function keepLock(client: Client, connect: () => Promise<Client>): Hold {
  let holder: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let released = false;

  const hold = (next: Client) => {
    holder = next;
    next.once('end', () => {
      holder = undefined;
      takeAgainLater();
    });
  };
  const takeAgainLater = () => {
    if (!released) timer = setTimeout(() => void takeAgain(), TAKE_AGAIN_EVERY_MS).unref();
  };
  const takeAgain = async () => {
    try {
      const next = await connect();
      if (!released && (await takeLock(next, 0))) return hold(next);
      await next.end();
    } catch {
      // The server is down, and perhaps for good: whoever uses the database hears of that by itself.
    }
    takeAgainLater();
  };

  hold(client);
  return {
    isHeld: () => holder !== undefined,
    async release() {
      released = true;
      clearTimeout(timer);
      await holder?.end();
    },
  };
}

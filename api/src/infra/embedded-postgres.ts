import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ROLE, createClusterIfMissing, resetPassword } from './embedded-postgres/cluster.js';
import { connect, createDatabaseIfMissing, isPasswordRefused, isServerAway } from './embedded-postgres/connection.js';
import { EmbeddedPostgresError, explainRefusal } from './embedded-postgres/error.js';
import { openHome, type Home } from './embedded-postgres/home.js';
import { launch } from './embedded-postgres/launch.js';
import { keepLock, takeLock } from './embedded-postgres/lock.js';
import { keepSmall } from './embedded-postgres/log.js';
import { findPostmaster, isRunning, stopPostmaster, type Postmaster } from './embedded-postgres/postmaster.js';

export { EmbeddedPostgresError };

/** A running PostgreSQL of our own; `close()` ends once it has stopped (or is left to whoever else uses it). */
export type EmbeddedPostgres = { url: string; dataDir: string; close(): Promise<void> };

export type EmbeddedPostgresOptions = { dataDir: string; exclusive?: boolean; onProgress?: (sentence: string) => void };

type Visit = { postmaster: Postmaster; startedHere: boolean; client: Client };

/** What one start has tried so far. `giveUpAt` is in milliseconds since the epoch. */
type Attempt = { giveUpAt: number; startedPid?: number | undefined; passwordReset: boolean };

/** A recovery after a power cut may take this long on a slow disk. */
const START_TIMEOUT_MS = 120_000;
const LOCK_PATIENCE_MS = 3_000;
const RETRY_EVERY_MS = 50;
const LOG_CHECK_EVERY_MS = 10 * 60_000;

/**
 * Starts the PostgreSQL of a data folder, or takes over the one that a killed process has left running there.
 * @param options.dataDir made if missing; holds `postgres/`, `postgres.json` (port and password) and `postgres.log`
 * @param options.exclusive true (the default) for the server, of which a folder has one at a time; false for a tool that only visits
 * @param options.onProgress is given short sentences for whoever waits
 * @returns the address of the database `tessera`, whose role may do everything
 * @throws EmbeddedPostgresError with one sentence that says what to do
 */
export async function startEmbeddedPostgres({ dataDir, exclusive = true, onProgress }: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir);
  try {
    const say = withoutRepeats(onProgress);
    const home = await openHome(folder, say);
    const visit = await enter(home, exclusive, say);
    const leave = exclusive ? stayUntilClosed(home, visit) : await visitOnly(home, visit);
    const { port } = visit.postmaster;
    let closed: Promise<void> | undefined;
    return {
      url: `postgresql://${ROLE}:${home.facts.password}@127.0.0.1:${port}/${ROLE}`,
      dataDir: folder,
      close: () => (closed ??= leave()),
    };
  } catch (error) {
    throw explainRefusal(error, folder);
  }
}

/** Reaches the server, takes the lock if asked, and sees to the database; begins again when the server stops under our hands. */
async function enter(home: Home, exclusive: boolean, say: (sentence: string) => void): Promise<Visit> {
  const attempt: Attempt = { giveUpAt: Date.now() + START_TIMEOUT_MS, passwordReset: false };
  for (;;) {
    const postmaster = await reach(home, attempt, say);
    const startedHere = attempt.startedPid === postmaster.pid;
    let client: Client | undefined;
    try {
      client = await connect(postmaster.port, home.facts.password);
      if (exclusive && !(await takeLock(client, LOCK_PATIENCE_MS))) {
        throw new EmbeddedPostgresError(`Another Tessera is already running on ${home.dataDir}; stop it, or give this one a DATA_DIR of its own.`);
      }
      await createDatabaseIfMissing(client);
      return { postmaster, startedHere, client };
    } catch (error) {
      await client?.end();
      if (error instanceof EmbeddedPostgresError) throw error;
      if (!(await mended(error, home, postmaster, attempt))) {
        if (startedHere) await stopPostmaster(home, postmaster);
        throw new EmbeddedPostgresError(
          isPasswordRefused(error)
            ? `The PostgreSQL on ${home.cluster} (process ${postmaster.pid}) refuses the password in ${home.factsFile}; stop that process if it still runs, then start again.`
            : `PostgreSQL on ${home.cluster} cannot be used; see ${home.log}.`,
          { cause: error },
        );
      }
    }
  }
}

/** True when it makes sense to begin again. */
async function mended(error: unknown, home: Home, postmaster: Postmaster, attempt: Attempt): Promise<boolean> {
  if (isServerAway(error) && Date.now() < attempt.giveUpAt) {
    await sleep(RETRY_EVERY_MS);
    return true;
  }
  // Only on a server of our own making: one that was running before may be somebody's.
  if (!isPasswordRefused(error) || attempt.startedPid !== postmaster.pid || attempt.passwordReset) return false;
  await stopPostmaster(home, postmaster);
  await resetPassword(home);
  return (attempt.passwordReset = true);
}

/** The server that runs on the folder, else a new one. */
async function reach(home: Home, attempt: Attempt, say: (sentence: string) => void): Promise<Postmaster> {
  while (Date.now() < attempt.giveUpAt) {
    await createClusterIfMissing(home, say);
    const found = await findPostmaster(home.cluster);
    if (found?.ready) return found;
    if (!found) {
      say('Starting PostgreSQL…');
      const started = await launch(home, attempt.giveUpAt);
      attempt.startedPid = started?.pid;
      if (started) return started;
    }
    await sleep(RETRY_EVERY_MS);
  }
  throw new EmbeddedPostgresError(`An earlier PostgreSQL on ${home.cluster} neither serves nor ends; stop its processes, or see ${home.log}.`);
}

/** The server's way: it holds the folder, and stops PostgreSQL when it goes, whoever started it. */
function stayUntilClosed(home: Home, { postmaster, client }: Visit): () => Promise<void> {
  const hold = keepLock(client, () => connect(postmaster.port, home.facts.password));
  // A log that cannot be shortened now is shortened next time; it is no reason to disturb the server.
  const logCheck = setInterval(() => void keepSmall(home.log).catch(() => undefined), LOG_CHECK_EVERY_MS).unref();
  return async () => {
    clearInterval(logCheck);
    // A visitor may have started a new server in the place of one that died, and the lock been taken on that.
    const current = hold.isHeld() ? await findPostmaster(home.cluster) : undefined;
    // The lock goes only after the server, so that nobody begins to work on it in between.
    await stopPostmaster(home, current ?? postmaster);
    await hold.release();
  };
}

/** A tool's way: PostgreSQL stops with it only when it started it and no server has moved in since. */
async function visitOnly(home: Home, { postmaster, startedHere, client }: Visit): Promise<() => Promise<void>> {
  await client.end();
  return async () => {
    if (!startedHere || !(await isRunning(postmaster))) return;
    const last = await connect(postmaster.port, home.facts.password);
    try {
      if (await takeLock(last, 0)) await stopPostmaster(home, postmaster);
    } finally {
      await last.end();
    }
  };
}

function withoutRepeats(say: (sentence: string) => void = () => undefined): (sentence: string) => void {
  const said = new Set<string>();
  return (sentence) => {
    if (!said.has(sentence)) say(sentence);
    said.add(sentence);
  };
}

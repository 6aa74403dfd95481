import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Changes } from '../shared/changes.js';
import { connectToNews, type NewsConnection } from './changes.connection.js';
import { announces, dismiss, forgetOldChanges, others, register, renew, standing, unregister } from './changes.queries.js';
import type { Logger } from './logger.js';
import type { PostgresAddress } from './postgres-connection.js';
import type { Queryable } from './postgres.js';

/** How long a worker may trust its memory after it last asked the record what is new. */
const LEASE_MS = 2_000;
const RENEW_EVERY_MS = 500;
/** Longer than any lease, with room for clocks that run at different speeds. */
const SETTLED_AFTER_MS = 2_500;
const FIRST_LOOK_AFTER_MS = 1;
const LONGEST_LOOK_MS = 50;
const RECONNECT_EVERY_MS = 250;
const CHORES_EVERY_MS = 1_000;
const CHANGES_KEPT_MINUTES = 10;
const CHORES_PER_CLEANING = 60;
const UNANNOUNCED = 'The triggers that announce changes are missing or disabled: run the migrations, or enable them';

export type ChangesOptions = { address: PostgresAddress; db: Queryable; logger: Logger };

export type ChangesFollower = Changes & {
  /** Statements of its own, which no request waits for. */
  commands(): number;
  close(): Promise<void>;
};

/**
 * Follows what the record says has changed (ADR 0009).
 *
 * Why a request sent after the answer to a revocation is refused everywhere:
 * a worker trusts its memory for LEASE_MS from the moment it *sent* the
 * question what is new. A question sent after the revocation was committed
 * is answered with it. One sent before gives no trust beyond
 * LEASE_MS after the commit, and `settled` waits for longer than that; each
 * worker counts on its own steady clock, none is compared with another. The
 * list of workers only makes the wait shorter: a worker stands on it, committed,
 * before it reads what it will trust, and is taken off only when it has not
 * renewed for longer than a lease.
 */
export async function createChanges({ address, db, logger }: ChangesOptions): Promise<ChangesFollower> {
  const workerId = randomUUID();
  const listeners: ((change: Change) => void)[] = [];
  let connection: NewsConnection | undefined;
  let closed = false;
  let commands = 0;
  let seen = -1;
  let trustedUntil = 0;
  /** The steady clock stands still while a machine sleeps; the other one then jumps. It can only end the trust sooner. */
  let trustedUntilDate = 0;
  let rung = false;
  let isFailing = false;
  let reading: Promise<void> | undefined;

  function tell(users: readonly (string | null)[]): void {
    for (const user of users) for (const listener of listeners) listener({ userId: user ?? undefined });
  }

  /** Asks what is new. @returns whether anything was */
  async function ask(from: NewsConnection): Promise<boolean> {
    const sentAt = performance.now();
    const sentDate = Date.now();
    commands += 1;
    const { held, version, users } = await renew(from, workerId, seen);
    // An answer from a connection that has been given up would grant trust behind the back of `settled`.
    if (connection !== from || closed) return false;
    if (!held) {
      await register(db, workerId);
      return true;
    }
    const isNew = version !== seen;
    // Anything but the next numbers in a row: something is missing, or the record itself is another one.
    if (isNew) tell(seen >= 0 && users.length === version - seen ? users : [null]);
    seen = version;
    trustedUntil = sentAt + LEASE_MS;
    trustedUntilDate = sentDate + LEASE_MS;
    if (isFailing) logger.info('Changes are followed again.');
    isFailing = false;
    return isNew;
  }

  async function askUntilQuiet(from: NewsConnection): Promise<void> {
    do rung = false;
    // Once more after news: the renewal says to the others what has been seen.
    while (connection === from && ((await ask(from)) || rung));
  }

  /** One question at a time; what rings meanwhile is asked for afterwards. */
  function catchUp(): Promise<void> {
    rung = true;
    const from = connection;
    if (!from) return Promise.resolve();
    reading ??= askUntilQuiet(from)
      .catch((error: unknown) => lose(from, error))
      .finally(() => {
        reading = undefined;
        // It may have rung after the last look.
        if (rung) void catchUp();
      });
    return reading;
  }

  function lose(from: NewsConnection, error?: unknown): void {
    if (connection !== from) return;
    connection = undefined;
    trustedUntil = 0;
    from.close();
    sayThatItFails(error);
  }

  /** Once in an outage, however often it is tried again meanwhile. */
  function sayThatItFails(error: unknown): void {
    if (!closed && !isFailing) logger.warn('Changes cannot be followed: until they can, every request asks the database.', { error });
    isFailing = true;
  }

  async function connect(): Promise<void> {
    const made = await connectToNews(address, LEASE_MS, { onRing: () => void catchUp(), onLost: lose });
    if (closed) return made.close();
    if (!(await announces(made))) {
      made.close();
      throw new Error(UNANNOUNCED);
    }
    // Behind a new connection may stand another server, which need not know all that the one before has told.
    seen = -1;
    connection = made;
    await catchUp();
  }

  /** The other workers, with their counters, and since when on our clock they have stood still. */
  const still = new Map<string, { renewals: number; since: number }>();
  let chores = 0;
  let isCleaning = true;

  async function doChores(from: NewsConnection): Promise<void> {
    if (!(await announces(from))) throw new Error(UNANNOUNCED);
    const askedAt = performance.now();
    const found = await others(from, workerId);
    const present = new Set(found.map((worker) => worker.workerId));
    for (const id of still.keys()) if (!present.has(id)) still.delete(id);
    // A counter has stood still at the earliest since its answer was here, and certainly until the next question was sent.
    for (const { workerId: id, renewals } of found) if (still.get(id)?.renewals !== renewals) still.set(id, { renewals, since: performance.now() });
    const dead = found.filter(({ workerId: id }) => askedAt - still.get(id)!.since > SETTLED_AFTER_MS);
    if (dead.length > 0) {
      await dismiss(from, dead);
      logger.warn('Workers that no longer say that they live are not waited for any more.', { workers: dead.map(({ workerId: id }) => id) });
    }
    if (isCleaning || chores % CHORES_PER_CLEANING === 0) isCleaning = await forgetOldChanges(from, CHANGES_KEPT_MINUTES);
    chores += 1;
  }

  async function keepTrying(everyMs: number, work: () => Promise<void>): Promise<void> {
    const ends = new AbortController();
    stops.push(() => ends.abort());
    while (!closed) {
      // The next turn mends what fails in this one, and whoever depends on it sees that it is not current.
      await work().catch((error: unknown) => logger.debug('Following the changes failed', { error }));
      await sleep(everyMs, undefined, { signal: ends.signal, ref: false }).catch(() => undefined);
    }
  }
  const stops: (() => void)[] = [];

  await connect().catch(sayThatItFails);
  const loops = [
    keepTrying(RECONNECT_EVERY_MS, async () => void (connection ?? (await connect()))),
    keepTrying(RENEW_EVERY_MS, () => catchUp()),
    keepTrying(CHORES_EVERY_MS, async () => {
      const from = connection;
      if (from) await doChores(from).catch((error: unknown) => lose(from, error));
    }),
  ];

  /** Waits for the other workers and for this one. */
  async function everybodySaw(isOver: () => boolean): Promise<void> {
    const own = catchUp();
    let { version, behind } = await standing(db, workerId);
    for (let pause = FIRST_LOOK_AFTER_MS; behind > 0 && !isOver(); pause = Math.min(pause * 2, LONGEST_LOOK_MS)) {
      await sleep(pause);
      ({ version, behind } = await standing(db, workerId, version));
    }
    await own;
    // Without a connection this process trusts nothing until it has asked anew.
    while (connection && seen < version && !isOver()) await catchUp();
  }

  function current(): boolean {
    return performance.now() < trustedUntil && Date.now() < trustedUntilDate;
  }

  return {
    current,
    listen: (listener) => void listeners.push(listener),
    async settled() {
      let over = false;
      const ends = new AbortController();
      const deadline = sleep(SETTLED_AFTER_MS, undefined, { signal: ends.signal }).then(
        () => {
          over = true;
          logger.warn('A change of access was answered late: a worker did not say in time that it has seen it.', { waited_ms: SETTLED_AFTER_MS });
        },
        () => undefined,
      );
      // When the record cannot be asked who has seen it, the time alone is enough.
      await Promise.race([everybodySaw(() => over).catch(() => deadline), deadline]);
      ends.abort();
    },
    commands: () => commands,
    async close() {
      closed = true;
      trustedUntil = 0;
      for (const stop of stops) stop();
      await Promise.all(loops);
      await reading;
      const last = connection;
      connection = undefined;
      await unregister(db, workerId).catch(() => undefined);
      last?.close();
    },
  };
}

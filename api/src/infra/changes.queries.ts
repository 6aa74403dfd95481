import type { Queryable } from './postgres.js';

/** The channel on which the record rings when a change is committed; the change itself is read. */
export const CHANNEL = 'tessera_access_change';

/** More than this is not worth catching up with: the worker forgets everything instead. */
const MOST_CHANGES = 1_000;

/** Without one of these something could change unannounced. */
const TRIGGERS = ['session_change', 'session_deleted', 'user_change', 'user_deleted', 'user_group_change', 'group_change', 'permission_change', 'group_permission_change'];

/** Whether the record announces its changes: its triggers are there, and nobody has disabled them. */
export async function announces(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ complete: boolean }>({
    text: `SELECT count(*) = cardinality($1::text[]) AS complete FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
           WHERE t.tgname = ANY($1::text[]) AND t.tgenabled = 'A' AND c.relnamespace = current_schema()::regnamespace`,
    values: [TRIGGERS],
  });
  return rows[0]!.complete;
}

export type Renewal = {
  /** False when somebody took this worker for dead. */
  held: boolean;
  version: number;
  /** Whose, oldest first; null concerns everybody. Fewer than the versions between when they are not there any more, or too many. */
  users: (string | null)[];
};

/** Makes a worker known, as one that has seen nothing. Committed before anything that it reads in order to remember it. */
export async function register(db: Queryable, workerId: string): Promise<void> {
  await db.query({ name: 'lease_register', text: `INSERT INTO worker_lease (worker_id, seen) VALUES ($1, -1) ON CONFLICT (worker_id) DO NOTHING`, values: [workerId] });
}

/** Says that the worker lives and what it has seen, and reads what it has not: one statement, so that the two belong together. */
export async function renew(db: Queryable, workerId: string, seen: number): Promise<Renewal> {
  const { rows } = await db.query<Renewal>({
    name: 'lease_renew',
    text: `WITH lease AS (UPDATE worker_lease SET renewals = renewals + 1, seen = $2 WHERE worker_id = $1 RETURNING 1)
           SELECT EXISTS (SELECT FROM lease) AS held, v.version::float8 AS version,
             ARRAY(SELECT c.user_id FROM access_change c WHERE c.version > $2 ORDER BY c.version LIMIT ${MOST_CHANGES})::text[] AS users
           FROM access_version v`,
    values: [workerId, seen],
  });
  return rows[0]!;
}

/** Takes a worker off the list, when it has stopped trusting its memory. */
export async function unregister(db: Queryable, workerId: string): Promise<void> {
  await db.query({ text: `DELETE FROM worker_lease WHERE worker_id = $1`, values: [workerId] });
}

export type Others = { workerId: string; renewals: number }[];

export async function others(db: Queryable, workerId: string): Promise<Others> {
  const { rows } = await db.query<Others[number]>({
    name: 'lease_others',
    text: `SELECT worker_id AS "workerId", renewals::float8 AS renewals FROM worker_lease WHERE worker_id <> $1`,
    values: [workerId],
  });
  return rows;
}

/** Takes workers off the list that have not renewed since they were counted: one that does so at this moment keeps its place. */
export async function dismiss(db: Queryable, dead: Others): Promise<void> {
  await db.query({
    text: `DELETE FROM worker_lease l USING unnest($1::uuid[], $2::bigint[]) AS dead (worker_id, renewals)
           WHERE l.worker_id = dead.worker_id AND l.renewals = dead.renewals`,
    values: [dead.map(({ workerId }) => workerId), dead.map(({ renewals }) => renewals)],
  });
}

export type Standing = { version: number; behind: number };

/** How many other workers have not seen a version yet; without one, the newest. */
export async function standing(db: Queryable, workerId: string, version?: number): Promise<Standing> {
  const { rows } = await db.query<Standing>({
    name: 'lease_standing',
    text: `SELECT target.version::float8 AS version,
             (SELECT count(*) FROM worker_lease l WHERE l.worker_id <> $1 AND l.seen < target.version)::int AS behind
           FROM (SELECT COALESCE($2::bigint, (SELECT a.version FROM access_version a)) AS version) AS target`,
    values: [workerId, version ?? null],
  });
  return rows[0]!;
}

/** More would hold up the next renewal. */
const FORGOTTEN_AT_ONCE = 5_000;

/** Changes are kept for so many minutes; a worker that comes back later forgets everything and starts anew. @returns whether there may be more to forget */
export async function forgetOldChanges(db: Queryable, minutes: number): Promise<boolean> {
  const { rowCount } = await db.query({
    text: `DELETE FROM access_change
           WHERE version IN (SELECT version FROM access_change WHERE created_at < now() - make_interval(mins => $1) ORDER BY version LIMIT ${FORGOTTEN_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
    values: [minutes],
  });
  return rowCount === FORGOTTEN_AT_ONCE;
}

import { Client, DatabaseError } from 'pg';
import { ROLE } from './cluster.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** Connects to the database `postgres`, which is always there, unlike our own, which a reset may drop and make again. */
export async function connect(port: number, password: string): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: ROLE,
    password,
    database: 'postgres',
    ssl: false,
    application_name: 'tessera supervisor',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // A lost connection is told by the next query or by 'end'; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Makes the database `tessera` unless it is there. */
export async function createDatabaseIfMissing(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [ROLE]);
  if (rowCount) return;
  try {
    await client.query(`CREATE DATABASE ${ROLE}`);
  } catch (error) {
    // A start at the same moment has made it: duplicate_database, or unique_violation when both were in the middle of it.
    if (!(error instanceof DatabaseError && (error.code === '42P04' || error.code === '23505'))) throw error;
  }
}

/** True for a wrong password (invalid_password). */
export function isPasswordRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '28P01';
}

/** True when the server is only just stopping or starting (class 57, operator intervention), or gives no answer. */
export function isServerAway(error: unknown): boolean {
  return !(error instanceof DatabaseError) || error.code?.startsWith('57') === true;
}

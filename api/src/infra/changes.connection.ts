import pg from 'pg';
import { CHANNEL } from './changes.queries.js';
import { connectionSettings, type PostgresAddress } from './postgres-connection.js';
import type { Queryable } from './postgres.js';

export type NewsConnection = Queryable & {
  close(): void;
};

export type NewsEvents = { onRing(): void; onLost(connection: NewsConnection, error?: unknown): void };

/**
 * A connection of its own for the leases: it waits for no busy pool, and hears
 * the record ring.
 * @param deadlineMs for connecting and for each statement
 */
export async function connectToNews(address: PostgresAddress, deadlineMs: number, events: NewsEvents): Promise<NewsConnection> {
  const { config } = connectionSettings(
    { ...address, applicationName: 'tessera-leases' },
    // A renewal that a crash forgets makes a wait longer, never shorter.
    { statement_timeout: deadlineMs, lock_timeout: deadlineMs, synchronous_commit: 'off' },
  );
  const client = new pg.Client({ ...config, connectionTimeoutMillis: deadlineMs, query_timeout: deadlineMs });
  let lost = false;
  const connection: NewsConnection = {
    query: async (statement) => (await client.query(statement)) as never,
    close() {
      lost = true;
      // A goodbye would wait for a server that may be frozen.
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    },
  };
  const lose = (error?: unknown) => {
    if (lost) return;
    lost = true;
    events.onLost(connection, error);
  };
  client.on('error', lose);
  client.on('end', () => lose());
  client.on('notification', events.onRing);
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    if (lost) throw new Error('The connection was lost while it was being made');
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

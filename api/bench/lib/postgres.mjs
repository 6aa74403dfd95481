import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/infra/embedded-postgres.js';
import { openToPostgres } from './folder.mjs';

/** The embedded PostgreSQL, on a folder of its own and with its own settings (it waits for the disk at every commit). */
export async function startPostgres() {
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-bench-'));
  await openToPostgres(dataDir);
  const server = await startEmbeddedPostgres({ dataDir });
  return {
    url: server.url,
    /** Makes a database, empty or a copy of `template`, to which nobody may be connected. @returns its address */
    async createDatabase(name, template = 'template1') {
      await query(server.url, `CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY file_copy`);
      return addressOf(server.url, name);
    },
    async stop() {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** One statement on a connection of its own. @returns its rows */
export async function query(url, text, values) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

function addressOf(url, name) {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.href;
}

import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Migration {
  /** The folder's name; its stamp gives the order. */
  name: string;
  sql: string;
  /** SHA-256 of the file's bytes in hex, as Prisma records it. */
  checksum: string;
  /**
   * Whether the file runs outside a transaction. Such a file is one statement that commits by itself (CONCURRENTLY, or a DO
   * block with COMMIT) and may run again after it was cut off; every other file runs whole or not at all.
   */
  alone: boolean;
  /** The index that the file builds CONCURRENTLY. */
  index: string | undefined;
}

const COMMENT = /--[^\n]*|\/\*[\s\S]*?\*\//g;
const BUILDS_INDEX = /^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+IF\s+NOT\s+EXISTS\s+"([^"]+)"/i;

/** The names of the migrations in a folder, in their order. */
async function listMigrations(migrationsDir: string): Promise<string[]> {
  const entries = await readdir(migrationsDir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Every migration of a folder, in its order. @throws when a folder holds no `migration.sql` */
export async function readMigrations(migrationsDir: string): Promise<Migration[]> {
  const names = await listMigrations(migrationsDir);
  return Promise.all(names.map(async (name) => parseMigration(name, await readFile(join(migrationsDir, name, 'migration.sql')))));
}

function parseMigration(name: string, bytes: Buffer): Migration {
  const sql = bytes.toString('utf8');
  const code = sql.replace(COMMENT, ' ');
  return {
    name,
    sql,
    checksum: createHash('sha256').update(bytes).digest('hex'),
    alone: /\b(CONCURRENTLY|COMMIT)\b/i.test(code),
    index: BUILDS_INDEX.exec(code)?.[1],
  };
}

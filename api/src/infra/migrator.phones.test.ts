import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getCountryCallingCode } from 'libphonenumber-js';
import examples from 'libphonenumber-js/mobile/examples';
import pg from 'pg';
import { createPostgresServer, type PostgresServer } from '../../test/postgres-server.js';
import { until } from '../../test/until.js';
import { readPhone } from '../shared/identity.js';
import { applyMigrations } from './migrator.js';

const MIGRATIONS_DIR = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const BASELINE = '00000000000000_reference';
const TAKES_PHONES = '20261121001600_phones_taken_over';
const BATCH = 2_000;

jest.setTimeout(120_000);

let server: PostgresServer;
let untilPhones: string;
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await createPostgresServer();
  untilPhones = await mkdtemp(join(tmpdir(), 'migrations-'));
  const before = (await readdir(MIGRATIONS_DIR)).filter((name) => name < TAKES_PHONES);
  await Promise.all(before.map((name) => cp(join(MIGRATIONS_DIR, name), join(untilPhones, name), { recursive: true })));
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await server.remove();
  await rm(untilPhones, { recursive: true });
});

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

async function referenceDatabase(): Promise<{ url: string; db: pg.Client }> {
  const url = await server.createDatabase();
  const db = await open(url);
  await db.query(await readFile(join(MIGRATIONS_DIR, BASELINE, 'migration.sql'), 'utf8'));
  return { url, db };
}

type Person = { user_name: string; phone_number: unknown; is_phone_verified?: boolean; is_active?: boolean; last_sign_in_at?: string | null };

async function insert(db: pg.Client, people: Person[]): Promise<void> {
  await db.query(
    `INSERT INTO "user" (user_id, user_name, password, phone_number, is_phone_verified, is_active, last_sign_in_at)
     SELECT gen_random_uuid(), p.user_name, 'x', p.phone_number, COALESCE(p.is_phone_verified, true), COALESCE(p.is_active, true), p.last_sign_in_at
     FROM jsonb_to_recordset($1) AS p (user_name text, phone_number jsonb, is_phone_verified boolean, is_active boolean, last_sign_in_at timestamp)`,
    [JSON.stringify(people)],
  );
}

const migrate = (url: string, onProgress?: (sentence: string) => void) => applyMigrations({ url, migrationsDir: MIGRATIONS_DIR, lockTimeoutMs: 100, onProgress });

async function numbersOf(db: pg.Client): Promise<Record<string, string>> {
  const { rows } = await db.query<{ user_name: string; phone_e164: string }>('SELECT user_name, phone_e164 FROM "user" WHERE phone_e164 IS NOT NULL ORDER BY user_name');
  return Object.fromEntries(rows.map(({ user_name, phone_e164 }) => [user_name, phone_e164]));
}

describe('phone numbers of a database that is taken over', () => {
  it('belong to the one who proved them and used them last, however they are written (C-12)', async () => {
    const { url, db } = await referenceDatabase();
    await insert(db, [
      { user_name: 'earlier', phone_number: { phone: '+12025550100' }, last_sign_in_at: '2025-01-01' },
      { user_name: 'later', phone_number: { phone: '12025550100' }, last_sign_in_at: '2025-02-01' },
      { user_name: 'never', phone_number: { phone: '12025550100' } },
      { user_name: 'closed', phone_number: { phone: '12025550100' }, last_sign_in_at: '2025-03-01', is_active: false },
      { user_name: 'unproved', phone_number: { phone: '+12025550100' }, last_sign_in_at: '2025-04-01', is_phone_verified: false },
      { user_name: 'alone and unproved', phone_number: { phone: '+12025550101' }, is_phone_verified: false },
      { user_name: 'alone and closed', phone_number: { phone: '12025550102' }, is_active: false },
      { user_name: 'with a zero', phone_number: { phone: '+4407400123456' } },
    ]);
    await migrate(url);
    expect(await numbersOf(db)).toEqual({ later: '+12025550100', 'alone and closed': '+12025550102', 'with a zero': '+447400123456' });
  });

  it('are those that sign-in makes of the same words, in every country (C-11)', async () => {
    const { url, db } = await referenceDatabase();
    const written = Object.entries(examples).map(([country, number], index) => `${index % 2 === 0 ? '+' : ''}${getCountryCallingCode(country as keyof typeof examples)}0${number}`);
    const phones = [...new Set(written)].filter((phone) => readPhone(phone));
    await insert(db, phones.map((phone) => ({ user_name: phone, phone_number: { phone } })));
    await migrate(url);
    const numbers = Object.values(await numbersOf(db));
    expect(phones.length).toBeGreaterThan(200);
    expect(new Set(numbers)).toEqual(new Set(phones.map((phone) => readPhone(phone)!.key)));
  });

  it.each([null, [], {}, '12025550100', 12025550100, true, { phone: null }, { phone: 12025550100 }, { phone: ['+12025550100'] }, { phone: {} }, { phone: '' }, { phone: '+' }, { phone: '++12025550100' }, { phone: '01712345678' }, { phone: '+1 202 555 0100' }, { phone: '+12025550100\n' }, { phone: '１２０２５５５０１００' }, { phone: '%' }, { phone: '1234567890123456' }, { PHONE: '+12025550100' }])(
    'are left alone where they are %j',
    async (phone_number) => {
      const { url, db } = await referenceDatabase();
      await insert(db, [{ user_name: 'odd', phone_number }]);
      await migrate(url);
      expect(await numbersOf(db)).toEqual({});
      expect((await db.query('SELECT phone_number FROM "user"')).rows).toEqual([{ phone_number }]);
    },
  );

  it('are all taken over although somebody keeps a row meanwhile: what gave up its place begins again (F23)', async () => {
    const { url, db } = await referenceDatabase();
    await insert(db, Array.from({ length: 2 * BATCH + 1 }, (_, n) => ({ user_name: `user${n}`, phone_number: { phone: `1202${String(n).padStart(7, '0')}` } })));
    await applyMigrations({ url, migrationsDir: untilPhones });
    const holder = await open(url);
    await holder.query('BEGIN');
    await holder.query(`UPDATE "user" SET bio = 'held' WHERE user_name = 'user1500'`);
    const said: string[] = [];
    await migrate(url, (sentence) => {
      said.push(sentence);
      if (sentence.endsWith('waits for a table that is in use.')) void holder.query('COMMIT');
    });
    expect(said).toContain(`Migration ${TAKES_PHONES} waits for a table that is in use.`);
    expect(Object.keys(await numbersOf(db))).toHaveLength(2 * BATCH + 1);
  });

  it('are all taken over after a kill between two batches', async () => {
    const { url, db } = await referenceDatabase();
    await insert(db, Array.from({ length: 2 * BATCH + 1 }, (_, n) => ({ user_name: `user${n}`, phone_number: { phone: `1202${String(n).padStart(7, '0')}` } })));
    await applyMigrations({ url, migrationsDir: untilPhones });
    // The row of a later batch is held until the first is committed; then the migration loses its connection.
    const holder = await open(url);
    await holder.query('BEGIN');
    const { rows } = await holder.query(`UPDATE "user" SET bio = 'held' WHERE user_name = 'user3999' RETURNING pg_backend_pid() AS pid`);
    const migrating = applyMigrations({ url, migrationsDir: MIGRATIONS_DIR, lockTimeoutMs: 60_000 }).then(() => undefined, (error: Error) => error);
    await until(async () => (await db.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))', [rows[0].pid])).rows.length > 0);
    expect(await migrating).toBeInstanceOf(Error);
    expect(Object.keys(await numbersOf(db))).toHaveLength(BATCH);
    await holder.query('COMMIT');
    await migrate(url);
    expect(Object.keys(await numbersOf(db))).toHaveLength(2 * BATCH + 1);
  });
});

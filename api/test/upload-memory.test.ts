import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import sharp from 'sharp';
import { createClient } from './client.js';
import { ADMIN, createDatabase } from './harness.js';
import { image, padded } from './pictures.js';
import { startServer, type ServerProcess } from './server-process.js';
import { until } from './until.js';

/** Fifty large uploads take their time on a machine that does other things too. */
jest.setTimeout(600_000);

const MIB = 1024 * 1024;
const PEOPLE = 5;
const EACH = 10;
const LINUX = process.platform === 'linux';

let dataDir: string;
let database: Awaited<ReturnType<typeof createDatabase>>;
let server: ServerProcess;
let address: string;
let tokens: string[];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'upload-memory-'));
  database = await createDatabase();
  const redis = `${process.env['TEST_REDIS_URL']}/${process.env['JEST_WORKER_ID'] ?? '0'}`;
  server = startServer({ DATA_DIR: dataDir, DATABASE_URL: database.url, REDIS_URL: redis, ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, RATE_LIMIT_MAX: '1000000', AUTH_RATE_LIMIT_MAX: '1000000' });
  address = new URL(await server.ready()).origin;
  const client = createClient(address, '/api/v1');
  await copyAdmin();
  tokens = await Promise.all(Array.from({ length: PEOPLE }, async (_, at) => (await client.post('/auth/login-with-password', { username: `person${at}@example.com`, password: ADMIN.password })).body.data.session_token as string));
  // The library is loaded, and so are the parts that every upload needs.
  expect((await upload(0, await image())).status).toBe(200);
});
afterAll(async () => {
  await server?.end('SIGTERM');
  await database?.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** People with a known password: a copy of the administrator each. */
async function copyAdmin(): Promise<void> {
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(
    `WITH copy AS (
       INSERT INTO "user" (email, user_name, password, auth_type, is_email_verified, is_active, is_verified, status)
       SELECT 'person' || n || '@example.com', 'person' || n, password, 'email', true, true, true, 'ACTIVE' FROM "user", generate_series(0, $2::int - 1) n WHERE email = $1 RETURNING user_id)
     INSERT INTO user_group (user_id, group_id) SELECT user_id, group_id FROM copy, "group" WHERE codename = 'user'`,
    [ADMIN.email, PEOPLE],
  );
  await sql.end();
}

type Outcome = { status: number; key: string | undefined };

/** Without a form of fetch's, which would copy each body and take the time from the server. */
async function upload(who: number, content: Buffer): Promise<Outcome> {
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="me"\r\n\r\n');
  const end = Buffer.from('\r\n--b--\r\n');
  const request = http.request(`${address}/api/v1/settings/profile-picture`, {
    method: 'POST',
    headers: { 'X-Session-Token': tokens[who]!, 'Content-Type': 'multipart/form-data; boundary=b', 'Content-Length': head.length + content.length + end.length },
  });
  for (const piece of [head, content, end]) request.write(piece);
  request.end();
  try {
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    return { status: response.statusCode!, key: (JSON.parse(await text(response)) as { error_key?: string }).error_key };
  } catch (error) {
    // Whoever is refused while he still sends may find the line closed before he reads why.
    if (!['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return { status: 0, key: undefined };
  }
}

const memory = (name: 'VmRSS' | 'VmHWM'): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))![1]) / 1024;

/** @returns by how many MiB the server grew at its largest while the work lasted */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = memory('VmRSS');
  // From here on the largest size is counted anew.
  writeFileSync(`/proc/${server.child.pid}/clear_refs`, '5');
  await work();
  return memory('VmHWM') - before;
}

// Only Linux says how large a process has been at its largest.
(LINUX ? it : it.skip)('F-14: fifty uploads of 15 MiB at once cost no more than 256 MiB', async () => {
  const photograph = await sharp({ create: { width: 4_000, height: 3_000, channels: 3, background: 'black', noise: { type: 'gaussian', mean: 128, sigma: 30 } } }).jpeg({ quality: 80 }).toBuffer();
  const content = padded(photograph, 15 * MIB);
  const answers: Outcome[] = [];
  const grown = await growth(async () => answers.push(...(await Promise.all(Array.from({ length: PEOPLE * EACH }, (_, at) => upload(at % PEOPLE, content))))));
  // A slow machine takes its time and tells some to come back, or cuts them off; none fails in another way.
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => ![0, 200, 408, 503].includes(status))).toEqual([]);
  await until(async () => (await upload(0, content)).status === 200, 120_000);
  expect(grown).toBeLessThan(256);
  expect(await readdir(join(dataDir, 'tmp'))).toEqual([]);
});

(LINUX ? it : it.skip)('F-08: images that are small on the wire and huge in memory are refused, and cost no more than 64 MiB', async () => {
  const bombs = [
    await sharp({ create: { width: 16_000, height: 16_000, channels: 3, background: 'red' } }).png({ compressionLevel: 9 }).toBuffer(),
    await sharp({ create: { width: 6_000, height: 6_000, channels: 3, background: 'red' } }).jpeg({ progressive: true }).toBuffer(),
    await image('gif', { width: 5_000, height: 5_000 }),
    await image('avif', { width: 4_000, height: 4_000 }),
  ];
  const answers: Outcome[] = [];
  const grown = await growth(async () => {
    for (let round = 0; round < 3; round += 1) answers.push(...(await Promise.all(bombs.map((bomb, at) => upload(at + 1, bomb)))));
  });
  expect(new Set(answers.map(({ status, key }) => `${status} ${key}`))).toEqual(new Set(['413 MEDIA_TOO_LARGE']));
  expect(grown).toBeLessThan(64);
  expect(server.child.exitCode).toBeNull();
});

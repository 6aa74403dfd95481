import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { createClient, type Client } from './client.js';
import { createDatabase } from './harness.js';
import { databasePid, isAlive, startServer, type ServerProcess } from './server-process.js';
import { until } from './until.js';

/** Processes start and stop here, on machines that do other things too. */
jest.setTimeout(600_000);

const run = promisify(execFile);
const clientOf = (address: string): Client => createClient(new URL(address).origin, '/api/v1');
const codeOf = async (client: Client, email: string): Promise<string> => {
  let code: string | undefined;
  await until(async () => {
    const { body } = await client.get('/dev/mailbox/messages');
    code = body?.data?.messages?.find(({ to }: { to: string }) => to === email)?.code;
    return code !== undefined;
  }, 60_000);
  return code!;
};

/** Open to the user that PostgreSQL runs as when the tests run as root. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera process '));
  await chmod(folder, 0o755);
  return folder;
}

let dataDir: string;
beforeAll(async () => {
  dataDir = await newFolder();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe('a newcomer', () => {
  let server: ServerProcess;
  let password: string;

  it('starts it with nothing and is told where everything is and, once, who the administrator is', async () => {
    server = startServer({ DATA_DIR: dataDir });
    const address = await server.ready();
    for (const line of [/API +http/, /Docs +http\S+\/api-docs/, /Mailbox +http\S+\/api\/v1\/dev\/mailbox/, /e-mail +admin@example\.com/]) expect(server.output()).toMatch(line);
    password = /password +(\S+)/.exec(server.output())![1]!;
    const answer = await clientOf(address).post('/auth/login-with-password', { username: 'admin@example.com', password });
    expect(answer.status).toBe(200);
    expect((await fetch(new URL('/api-docs/', address))).status).toBe(200);
  });

  /** What a tour of the README prints, run as it is written. */
  async function walk(tour: number): Promise<{ stdout: string; outcomes: string[] }> {
    const address = await server.ready();
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const script = [...readme.matchAll(/```sh tour\n([\s\S]*?)```/g)][tour]![1]!.replaceAll('http://127.0.0.1:3000', new URL(address).origin);
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: dataDir });
    const answers = stdout.split('\n').join('').match(/\{"success".*?"timestamp":"[^"]+"(?:,"meta":\{[^}]*\})?\}+/g)!;
    return { stdout, outcomes: answers.map((text) => /"success":(true|false)/.exec(text)![1]!) };
  }

  it('walks the README’s tour, line by line', async () => {
    const { stdout, outcomes } = await walk(0);
    expect(stdout).toMatch(/the code is \d{6}/);
    expect(outcomes).toEqual([...Array.from({ length: 11 }, () => 'true'), 'false']);
    expect(stdout).toContain('User profile fetched successfully');
    expect(stdout).toContain('HTTP/1.1 401 Unauthorized');
    expect(stdout).toContain('"error_key":"SESSION_INVALID"');
  });

  it('walks the administrator’s tour too', async () => {
    const { stdout, outcomes } = await walk(1);
    expect(outcomes).toEqual(Array.from({ length: 10 }, () => 'true'));
    for (const said of ['"email":"ada@example.com"', 'Groups assigned successfully', '"codename":"editors"', '"recorded_since"', 'Invitation sent successfully', '"status":"SUSPENDED"', '"status":"ACTIVE"']) expect(stdout).toContain(said);
  });

  it('ends it with Ctrl-C, and nothing is left', async () => {
    const database = (await databasePid(dataDir))!;
    expect(isAlive(database)).toBe(true);
    expect(await server.end('SIGINT')).toBe(0);
    // It has put its house in order before we end; the system may take a moment to bury it.
    await until(() => !isAlive(database));
    expect(server.output()).toMatch(/Messages are sent \{.*"email":"mailbox","sms":"none"/);
    expect(server.output()).not.toMatch(/Error|\bat .*\.js:/);
  });

  it('starts it again: the accounts are there, and no password is printed', async () => {
    server = startServer({ DATA_DIR: dataDir });
    const client = clientOf(await server.ready());
    expect(server.output()).not.toContain('Administrator');
    expect((await client.post('/auth/login-with-password', { username: 'admin', password })).status).toBe(200);
    expect(await server.end('SIGTERM')).toBe(0);
  });
});

describe('a start that cannot be', () => {
  const refused = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const server = startServer({ DATA_DIR: dataDir, ...env });
    expect(await server.ended).toBe(1);
    expect(server.output()).not.toMatch(/\n\s+at |node_modules|Error:/);
    return server.output();
  };

  it('says which port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    expect(await refused({ API_INTERNAL_PORT: String(port) })).toContain(`Port ${port} is in use`);
    other.close();
  });

  it('says what is wrong with the database, and never its password', async () => {
    const url = new URL(process.env['TEST_POSTGRES_URL']!);
    const variant = (change: (url: URL) => void) => {
      const copy = new URL(url);
      change(copy);
      return copy.href;
    };
    expect(await refused({ DATABASE_URL: variant((copy) => (copy.port = '1')) })).toContain('Nothing answers at');
    expect(await refused({ DATABASE_URL: variant((copy) => (copy.pathname = '/no_such_database')) })).toContain('does not exist');
    const wrong = await refused({ DATABASE_URL: variant((copy) => (copy.password = 'not-the-password')) });
    expect(wrong).toContain('refuses the password');
    expect(wrong).not.toContain('not-the-password');
    expect(await refused({ DATABASE_URL: variant((copy) => (copy.hostname = 'no-such-host.invalid')) })).toMatch(/is not known|cannot be looked up/);
    expect(await refused({ DATABASE_URL: 'mysql://localhost/x' })).toContain('DATABASE_URL: write an address that begins with');
  });

  it('A-19: names every setting that production lacks, at once', async () => {
    const text = await refused({ API_MODE: 'production', RATE_LIMIT_MAX: 'many', API_INTERNAL_PORT: '70000' });
    for (const name of ['JWT_SECRET', 'RATE_LIMIT_MAX', 'API_INTERNAL_PORT']) expect(text).toContain(name);
  });

  it('tells which file of the signing keys is wrong', async () => {
    expect(await refused({ JWT_ALGORITHM: 'ES256', JWT_PRIVATE_KEY_FILES: '/no/such.pem' })).toContain('/no/such.pem cannot be read (ENOENT)');
  });

  it('refuses a second server on the same data', async () => {
    const first = startServer({ DATA_DIR: dataDir });
    await first.ready();
    expect(await refused({})).toContain('Another Tessera is already running');
    expect(await first.end('SIGINT')).toBe(0);
  });
});

describe('killed with no time to say anything', () => {
  it('F1: during the start, at any moment, the next start works', async () => {
    const folder = await newFolder();
    for (const milliseconds of [150, 400, 700, 1_000, 1_300, 1_700]) {
      const server = startServer({ DATA_DIR: folder });
      await Promise.race([delay(milliseconds), server.ended]);
      await server.end('SIGKILL');
    }
    const server = startServer({ DATA_DIR: folder });
    const client = clientOf(await server.ready());
    expect((await client.get('//health/ready')).status).toBe(200);
    expect((await client.post('/auth/send-one-time-password', { user_id: 'a@example.com', channel: 'email' })).status).toBe(200);
    await codeOf(client, 'a@example.com');
    expect(await server.end('SIGINT')).toBe(0);
    await rm(folder, { recursive: true, force: true });
  });

  it('H-02: during sign-ups, nothing acknowledged is lost and nothing is half-done', async () => {
    const database = await createDatabase();
    const env = { DATA_DIR: dataDir, DATABASE_URL: database.url, RATE_LIMIT_MAX: '1000000', AUTH_RATE_LIMIT_MAX: '1000000', SIGNUP_RATE_LIMIT_MAX: '1000000', OTP_SEND_COOLDOWN_SECONDS: '0', OTP_SEND_MAX_PER_HOUR_PER_IP: '1000000' };
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const server = startServer(env);
      const client = clientOf(await server.ready());
      const emails = Array.from({ length: 20 }, (_, index) => `killed-${round}-${index}@example.com`);
      await Promise.all(emails.map((user_id) => client.post('/auth/send-one-time-password', { user_id, channel: 'email' })));
      const codes = await Promise.all(emails.map((email) => codeOf(client, email)));
      const attempts = emails.map(async (user_id, index) => {
        const answer = await client.post('/auth/verify', { user_id, channel: 'email', otp: codes[index] });
        if (answer.status === 200) acknowledged.push(user_id);
      });
      // Those that the kill breaks off must not be strays meanwhile.
      const over = Promise.allSettled(attempts);
      const before = acknowledged.length;
      // Killed as soon as the first few are through.
      await until(() => acknowledged.length >= before + 3, 60_000);
      await server.end('SIGKILL');
      await over;
    }
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(
      `SELECT u.email, (SELECT count(*)::int FROM user_group WHERE user_id = u.user_id) AS groups, (SELECT count(*)::int FROM session WHERE user_id = u.user_id) AS sessions,
         (SELECT count(*)::int FROM activity_log WHERE user_id = u.user_id AND action = 'sign_up') AS entries FROM "user" u WHERE u.email LIKE 'killed-%'`,
    );
    await client.end();
    expect(rows.filter(({ groups, sessions, entries }) => groups !== 1 || sessions !== 1 || entries !== 1)).toEqual([]);
    const made = new Set(rows.map(({ email }) => email as string));
    expect(acknowledged.filter((email) => !made.has(email))).toEqual([]);
    await database.drop();
  });
});

describe('an ordered shutdown', () => {
  it('F16: what is under way is answered, what is new is not taken, and the exit is clean', async () => {
    const database = await createDatabase();
    // Whatever the machine does meanwhile, no patience ends before the shutdown is seen.
    const patience = { DB_STATEMENT_TIMEOUT: '120000', SHUTDOWN_TIMEOUT_SECONDS: '120' };
    const server = startServer({ DATA_DIR: dataDir, DATABASE_URL: database.url, DB_POOL_MAX: '20', ...patience, ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'Correct-horse-7' });
    const client = clientOf(await server.ready());
    // Nobody can sign in while somebody holds the table of accounts.
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
    const underWay = Promise.all(Array.from({ length: 8 }, () => client.post('/auth/login-with-password', { username: 'admin', password: 'Correct-horse-7' })));
    underWay.catch(() => undefined);
    await until(async () => (await holder.query(`SELECT FROM pg_locks WHERE relation = '"user"'::regclass AND NOT granted`)).rows.length >= 8);
    const ended = server.end('SIGTERM');
    await until(() => client.get('/health').then(() => false, () => true));
    await holder.query('COMMIT');
    expect((await underWay).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(await ended).toBe(0);
    await expect(client.get('/health')).rejects.toThrow();
    await holder.end();
    await database.drop();
  });
});

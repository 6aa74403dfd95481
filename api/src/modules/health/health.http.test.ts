import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { ADMIN, startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

/** A stand-in for Sentry's ingest that speaks its protocol. */
async function startIngest(): Promise<{ server: Server; dsn: string; bodies: string[] }> {
  const bodies: string[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      res.end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, bodies, dsn: `http://pub@127.0.0.1:${(server.address() as { port: number }).port}/42` };
}

const PRODUCTION = { API_MODE: 'production', JWT_SECRET: 'one-secret-for-the-tests-that-is-long-enough', BCRYPT_SALT_ROUNDS: '10' };
const METRICS_TOKEN = 'a-token-for-the-scraper';

let api: Api;
let production: Api;
let ingest: Awaited<ReturnType<typeof startIngest>>;
let admin: string;
let member: string;
beforeAll(async () => {
  ingest = await startIngest();
  api = await startApi({ env: { METRICS_TOKEN, SENTRY_DSN: ingest.dsn } });
  // Before the other starts: it works off the same jobs, and has nothing to send a code by.
  member = (await signUp(api)).sessionToken;
  production = await startApi({ beside: api, env: PRODUCTION });
  admin = (await api.client.post('/auth/login-with-password', { username: 'admin', password: ADMIN.password })).body.data.session_token;
});
afterAll(async () => {
  await production.close();
  await api.close();
  ingest.server.close();
});

describe('health', () => {
  it.each([
    ['//health', { status: 'ok', database: 'connected' }, 'Service is healthy'],
    ['//health/live', { status: 'live' }, 'Service is live'],
    ['//health/ready', { status: 'ready' }, 'Service is ready'],
    ['/health', { status: 'ok' }, 'Service is healthy'],
    ['/health/database', { status: 'healthy', latency_ms: expect.any(Number) }, 'Database is healthy'],
    ['/health/redis', { status: 'healthy', latency_ms: expect.any(Number) }, 'Redis is healthy'],
    ['/health/storage', { status: 'healthy', latency_ms: expect.any(Number) }, 'Storage is healthy'],
    ['/health/system', { status: 'healthy', timestamp: expect.any(Number) }, 'System health check completed'],
  ])('%s answers in the envelope, in development and in production', async (path, data, message) => {
    for (const { client } of [api, production]) {
      let answer = await client.get(path);
      // A part that does not answer in time is called ill, and is well again in the next moment.
      await until(async () => answer.status !== 503 || (answer = await client.get(path)).status !== 503, 30_000);
      expect(answer.body).toMatchObject({ success: true, message, data });
    }
  });

  it('D-15: in production it shows no environment, version or machine', async () => {
    for (const path of ['//health', '//health/live', '//health/ready', '/health', '/health/system', '/health/database', '/health/redis', '/health/storage']) {
      const { text, body } = await production.client.get(path);
      expect(text).not.toMatch(/nodeVersion|v2\d\.|linux|API_MODE|redis"|disk"|memory/);
      expect(body.meta).toBeUndefined();
    }
    expect((await api.client.get('/health/system')).body.data).toMatchObject({ system_info: { nodeVersion: process.version }, environment: { API_MODE: 'development' } });
  });

  it('ready is 503 while starting and while draining; live is not', async () => {
    for (const state of ['starting', 'draining'] as const) {
      api.lifecycle.state = state;
      const answer = await api.client.get('//health/ready');
      expect([answer.status, answer.body.error_key, answer.body.error.details.state]).toEqual([503, 'SERVICE_UNAVAILABLE', state]);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect((await api.client.get('//health/live')).status).toBe(200);
    }
    api.lifecycle.state = 'ready';
  });

  it('a load balancer’s probes meet no limit', async () => {
    const strict = await startApi({ beside: api, env: { RATE_LIMIT_MAX: '3', TRUSTED_PROXIES: 'loopback' } });
    // An address of its own: what the other servers count for this machine's is shared with this one at any moment.
    const get = (path: string) => strict.client.get(path, { headers: { 'X-Forwarded-For': '203.0.113.80' } });
    const probes = await Promise.all(Array.from({ length: 20 }, () => get('//health/ready')));
    // A database that does not answer in time is 503; none of them is 429.
    for (const { status } of probes) expect([200, 503]).toContain(status);
    const others = [];
    for (let count = 0; count < 5; count += 1) others.push((await get('/nope')).status);
    expect(others).toEqual([404, 404, 404, 429, 429]);
    await strict.close();
  });
});

describe('what only operators may see', () => {
  it('D-15: the documentation is open in development and closed in production', async () => {
    expect((await api.client.get('//api-docs/')).text).toContain('swagger-ui');
    expect((await api.client.get('//api-docs.json')).body.info.title).toBe('Tessera');
    for (const path of ['//api-docs', '//api-docs/', '//api-docs.json', '/dev/mailbox', '/dev/mailbox/messages', '//metrics']) expect((await production.client.get(path)).status).toBe(404);
  });

  it('D-15: in production no spelling opens the documentation or the mailbox, and no file of the server’s is there', async () => {
    const pages = ['/api-docs', '/api-docs.json', '/api-docs/swagger-ui.css', '/api-docs/swagger-ui-init.js', '/swagger', '/swagger.json', '/openapi.json', '/docs', '/metrics', '/.env', '/.git/config', '/package.json', '/dist/server.js', '/prisma/schema.prisma'];
    const mailbox = ['', '/stream', '/messages', '/mailbox.css'].map((path) => `${production.prefix}/dev/mailbox${path}`);
    for (const path of [...pages, ...mailbox]) {
      for (const spelling of [path, `${path}/`, path.toUpperCase(), `/${path}`, `${path}/index.html`, `${production.prefix}${path}`]) {
        const { status } = await fetch(`${production.url}${spelling}`, { headers: { 'X-Session-Token': admin } });
        expect({ spelling, status }).toEqual({ spelling, status: 404 });
      }
    }
  });

  it('D-15: in production the Sentry test is for super_admins too, and says nothing of the machine', async () => {
    for (const path of ['/health/test-sentry', '/test-sentry']) {
      expect((await production.client.get(path)).status).toBe(401);
      expect((await production.client.get(path, { token: member })).status).toBe(403);
      const answer = await production.client.get(path, { token: admin });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toMatch(/v2\d\.|linux|node_modules|\.ts\b|\.js\b/);
    }
  });

  it('metrics need their token, and count by pattern', async () => {
    expect((await api.client.get('//metrics')).status).toBe(401);
    expect((await api.client.get('//metrics', { headers: { Authorization: `Bearer ${admin}` } })).status).toBe(401);
    await api.client.get(`/settings/profile`, { token: admin });
    const { status, text } = await api.client.get('//metrics', { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    expect(status).toBe(200);
    expect(text).toMatch(/http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/settings\/profile",status="200"\} \d+/);
    expect(text).toMatch(/http_errors_total\{error_key="UNAUTHORIZED"\} \d+/);
  });
});

describe('the Sentry test', () => {
  it('is for super_admins', async () => {
    expect((await api.client.get('/health/test-sentry')).status).toBe(401);
    const denied = await api.client.get('/health/test-sentry', { token: member });
    expect([denied.status, denied.body.error.details.required_groups]).toEqual([403, ['super_admin']]);
  });

  it.each([
    ['exception', 'Test exception sent to Sentry', 'Test exception'],
    ['message', 'Test message sent to Sentry', 'Test message'],
    ['async', 'Test async error scheduled', 'Test exception'],
  ])('%s arrives', async (type, message, text) => {
    ingest.bodies.length = 0;
    const answer = await api.client.get(`/test-sentry?type=${type}`, { token: admin });
    expect(answer.body).toMatchObject({ message, data: { type, environment: 'development' } });
    await until(() => ingest.bodies.some((body) => body.includes(text)), 30_000);
  });

  it('an unhandled failure is 500 in the envelope, arrives with its request id, and says nothing of itself', async () => {
    ingest.bodies.length = 0;
    const answer = await api.client.get('/health/test-sentry?type=unhandled', { token: admin });
    expect([answer.status, answer.body.error_key]).toEqual([500, 'INTERNAL_ERROR']);
    expect(answer.text).not.toMatch(/on purpose|Test of|\.ts|\.js|at /);
    await until(() => ingest.bodies.some((body) => body.includes(answer.body.error.id)), 30_000);
    expect(ingest.bodies.join('')).not.toContain(admin);
  });

  it('another type is 400, and one given twice too', async () => {
    expect((await api.client.get('/health/test-sentry?type=nonsense', { token: admin })).body).toMatchObject({ error_key: 'INVALID_REQUEST', error: { code: 1001 } });
    expect((await api.client.get('/health/test-sentry?type=message&type=async', { token: admin })).status).toBe(400);
    expect((await api.client.get('/health/test-sentry?type[$ne]=x', { token: admin })).status).toBe(400);
  });
});

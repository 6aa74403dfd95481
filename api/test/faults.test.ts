import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { createRoutes } from '../src/routes.js';
import type { Services } from '../src/context.js';
import { account, signUp, wrongCode, type Account } from './accounts.js';
import type { Answer } from './client.js';
import { ADMIN, someone, startApi, type Api } from './harness.js';
import { form, image } from './pictures.js';
import { createPostgresServer, type PostgresServer } from './postgres-server.js';
import { createRedisServer, type RedisServer } from './redis-server.js';
import { until } from './until.js';

jest.setTimeout(600_000);

/** Less patient than other tests, so that what waits in vain is soon answered, and patient enough for a busy machine that does answer. */
const PATIENCE = { DB_POOL_CONNECTION_TIMEOUT: '5000', DB_STATEMENT_TIMEOUT: '5000' };
/** Some times that patience: whoever waits longer hangs. */
const NOTHING_HANGS_MS = 30_000;
const RECOVERY_MS = 60_000;
const MAX_CONNECTIONS = 40;

let postgres: PostgresServer;
let redis: RedisServer;
let databaseUrl: string;
let api: Api;
let person: Account;
let admin: Account;
let pictureUrl: string;
let tinyImage: Buffer;

beforeAll(async () => {
  tinyImage = await image();
  postgres = await createPostgresServer({ max_connections: MAX_CONNECTIONS, superuser_reserved_connections: 0 });
  redis = await createRedisServer();
  databaseUrl = await postgres.createDatabase();
  api = await startApi({ env: { DATABASE_URL: databaseUrl, REDIS_URL: redis.url, MAILBOX_CHANNELS: 'email,sms,whatsapp', ...PATIENCE } });
  person = await signUp(api);
  pictureUrl = (await setPicture('/settings/profile-picture')).body.data.profile_picture_url;
  admin = account(ADMIN.email, (await signInAdmin()).body.data);
});
afterAll(async () => {
  postgres.thaw();
  redis.thaw();
  await api?.close();
  await redis?.stop();
  await postgres?.remove();
});

const signInAdmin = () => api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password });
const profile = (who = person) => api.client.get('/settings/profile', { token: who.sessionToken });
const refresh = (token: string) => api.client.post('/auth/refresh-token', { refresh_token: token });
const setPicture = (path: string) => api.client.post(path, undefined, { token: person.sessionToken, raw: form(tinyImage) });
const code = (otp = '123456') => ({ user_id: someone(), channel: 'email', otp });

const NEW_PASSWORD = { password: 'Nine-Lives-9', confirm_password: 'Nine-Lives-9' };

/**
 * Every route with a request that needs what it depends on, and what it answers without Postgres. What a worker remembers it
 * may answer from, for as long as it would still hear of a change.
 */
const ROUTES: Record<string, { ask: () => Promise<Answer>; withoutPostgres: number; maybeRemembered?: true }> = {
  'POST /auth/send-one-time-password': { ask: () => api.client.post('/auth/send-one-time-password', { user_id: someone(), channel: 'email' }), withoutPostgres: 503 },
  'POST /auth/verify-one-time-password': { ask: () => api.client.post('/auth/verify-one-time-password', code()), withoutPostgres: 503 },
  'POST /auth/verify-email-and-phone': { ask: () => api.client.post('/auth/verify-email-and-phone', code()), withoutPostgres: 503 },
  'POST /auth/check-user-availability': { ask: () => api.client.post('/auth/check-user-availability', { user_id: someone() }), withoutPostgres: 503 },
  'POST /auth/verify': { ask: () => api.client.post('/auth/verify', code()), withoutPostgres: 503 },
  'POST /auth/login-with-otp': { ask: () => api.client.post('/auth/login-with-otp', code()), withoutPostgres: 503 },
  'POST /auth/login-with-password': { ask: signInAdmin, withoutPostgres: 503 },
  'POST /token': { ask: () => api.client.post('/token', { username: someone(), password: 'x' }), withoutPostgres: 503 },
  'POST /auth/set-password': { ask: () => api.client.post('/auth/set-password', NEW_PASSWORD, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /auth/change-password': { ask: () => api.client.post('/auth/change-password', { ...NEW_PASSWORD, old_password: 'x' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /auth/forget-password': { ask: () => api.client.post('/auth/forget-password', { ...NEW_PASSWORD, ...code() }), withoutPostgres: 503 },
  'POST /auth/refresh-token': { ask: () => refresh(person.refreshToken), withoutPostgres: 503 },
  'POST /auth/logout': { ask: () => api.client.post('/auth/logout', undefined, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /logout': { ask: () => api.client.post('/logout', undefined, { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /auth/token-info': { ask: () => api.client.get('/auth/token-info', { token: person.sessionToken }), withoutPostgres: 503, maybeRemembered: true },
  'POST /auth/token-info': { ask: () => api.client.post('/auth/token-info', { refresh_token: person.refreshToken }, { token: person.sessionToken }), withoutPostgres: 503, maybeRemembered: true },
  'GET /auth/sessions': { ask: () => api.client.get('/auth/sessions', { token: person.sessionToken }), withoutPostgres: 503 },
  'DELETE /auth/sessions/:session_id': { ask: () => api.client.send('DELETE', `/auth/sessions/${person.sessionId}`, undefined, { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /settings/profile': { ask: () => profile(), withoutPostgres: 503, maybeRemembered: true },
  'PUT /settings/profile': { ask: () => api.client.send('PUT', '/settings/profile', { bio: 'x' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/update-profile': { ask: () => api.client.post('/settings/update-profile', { bio: 'x' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /settings/profile/:user_id': { ask: () => api.client.get(`/settings/profile/${admin.userId}`, { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /settings': { ask: () => api.client.get('/settings', { token: person.sessionToken }), withoutPostgres: 503, maybeRemembered: true },
  'GET /settings/get-settings': { ask: () => api.client.get('/settings/get-settings', { token: person.sessionToken }), withoutPostgres: 503, maybeRemembered: true },
  'POST /settings/profile-accessibility': { ask: () => api.client.post('/settings/profile-accessibility', {}, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/profile-language': { ask: () => api.client.post('/settings/profile-language', {}, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/update-theme': { ask: () => api.client.post('/settings/update-theme', { theme: 'dark' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/update-timezone': { ask: () => api.client.post('/settings/update-timezone', { timezone: 'UTC' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/change-email': { ask: () => api.client.post('/settings/change-email', { new_email: someone(), otp: '123456' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/change-phone': { ask: () => api.client.post('/settings/change-phone', { new_phone: '+4915112345678', otp: '123456' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/send-phone-otp': { ask: () => api.client.post('/settings/send-phone-otp', { phone: '+4915112345678', channel: 'sms' }, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/undo-contact-change': { ask: () => api.client.post('/settings/undo-contact-change', { token: 'x' }), withoutPostgres: 503 },
  'POST /settings/deactivate-account': { ask: () => api.client.post('/settings/deactivate-account', undefined, { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/delete-account': { ask: () => api.client.post('/settings/delete-account', { confirm: true }, { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /settings/export': { ask: () => api.client.get('/settings/export', { token: person.sessionToken }), withoutPostgres: 503 },
  'POST /settings/profile-picture': { ask: () => setPicture('/settings/profile-picture'), withoutPostgres: 503 },
  'POST /settings/update-profile-picture': { ask: () => setPicture('/settings/update-profile-picture'), withoutPostgres: 503 },
  'DELETE /settings/profile-picture': { ask: () => api.client.send('DELETE', '/settings/profile-picture', undefined, { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /media/profile-pictures/:file_id': { ask: () => api.client.get(new URL(pictureUrl).pathname.slice(api.prefix.length)), withoutPostgres: 200 },
  'GET /permissions': { ask: () => api.client.get('/permissions', { token: admin.sessionToken }), withoutPostgres: 503 },
  'POST /permissions': { ask: () => api.client.post('/permissions', { name: 'x', codename: 'x' }, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /permissions/:permission_id': { ask: () => api.client.get(`/permissions/${admin.userId}`, { token: admin.sessionToken }), withoutPostgres: 503 },
  'PUT /permissions/:permission_id': { ask: () => api.client.send('PUT', `/permissions/${admin.userId}`, {}, { token: admin.sessionToken }), withoutPostgres: 503 },
  'DELETE /permissions/:permission_id': { ask: () => api.client.send('DELETE', `/permissions/${admin.userId}`, undefined, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /groups': { ask: () => api.client.get('/groups', { token: admin.sessionToken }), withoutPostgres: 503 },
  'POST /groups': { ask: () => api.client.post('/groups', { name: 'x', codename: 'x' }, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /groups/:group_id': { ask: () => api.client.get(`/groups/${admin.userId}`, { token: admin.sessionToken }), withoutPostgres: 503 },
  'PUT /groups/:group_id': { ask: () => api.client.send('PUT', `/groups/${admin.userId}`, {}, { token: admin.sessionToken }), withoutPostgres: 503 },
  'DELETE /groups/:group_id': { ask: () => api.client.send('DELETE', `/groups/${admin.userId}`, undefined, { token: admin.sessionToken }), withoutPostgres: 503 },
  'POST /groups/:group_id/permissions': { ask: () => api.client.post(`/groups/${admin.userId}/permissions`, { permission_ids: [] }, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /users/me/groups': { ask: () => api.client.get('/users/me/groups', { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /users/:user_id/groups': { ask: () => api.client.get(`/users/${person.userId}/groups`, { token: admin.sessionToken }), withoutPostgres: 503 },
  'POST /users/:user_id/groups': { ask: () => api.client.post(`/users/${person.userId}/groups`, { group_codenames: ['user'] }, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /users/me/permissions': { ask: () => api.client.get('/users/me/permissions', { token: person.sessionToken }), withoutPostgres: 503 },
  'GET /users/:user_id/permissions': { ask: () => api.client.get(`/users/${person.userId}/permissions`, { token: admin.sessionToken }), withoutPostgres: 503 },
  'PUT /users/:user_id/status': { ask: () => api.client.send('PUT', `/users/${person.userId}/status`, { status: 'ACTIVE' }, { token: admin.sessionToken }), withoutPostgres: 503 },
  'DELETE /users/:user_id': { ask: () => api.client.send('DELETE', `/users/${person.userId}`, undefined, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /users/:user_id/sessions': { ask: () => api.client.get(`/users/${person.userId}/sessions`, { token: admin.sessionToken }), withoutPostgres: 503 },
  'DELETE /users/:user_id/sessions': { ask: () => api.client.send('DELETE', `/users/${person.userId}/sessions`, undefined, { token: admin.sessionToken }), withoutPostgres: 503 },
  'POST /users': { ask: () => api.client.post('/users', { email: someone() }, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /invitations': { ask: () => api.client.get('/invitations', { token: admin.sessionToken }), withoutPostgres: 503 },
  'DELETE /invitations/:invitation_id': { ask: () => api.client.send('DELETE', `/invitations/${admin.userId}`, undefined, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /users': { ask: () => api.client.get('/users?search=x', { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET /users/:user_id': { ask: () => api.client.get(`/users/${person.userId}`, { token: admin.sessionToken }), withoutPostgres: 503 },
  'GET //health': { ask: () => api.client.get('//health'), withoutPostgres: 200 },
  'GET //health/live': { ask: () => api.client.get('//health/live'), withoutPostgres: 200 },
  'GET //health/ready': { ask: () => api.client.get('//health/ready'), withoutPostgres: 503 },
  'GET /health': { ask: () => api.client.get('/health'), withoutPostgres: 200 },
  'GET /health/system': { ask: () => api.client.get('/health/system'), withoutPostgres: 200 },
  'GET /health/database': { ask: () => api.client.get('/health/database'), withoutPostgres: 503 },
  'GET /health/storage': { ask: () => api.client.get('/health/storage'), withoutPostgres: 200 },
  'GET /health/redis': { ask: () => api.client.get('/health/redis'), withoutPostgres: 200 },
  'GET /health/test-sentry': { ask: () => api.client.get('/health/test-sentry?type=message', { token: admin.sessionToken }), withoutPostgres: 503, maybeRemembered: true },
  'GET /test-sentry': { ask: () => api.client.get('/test-sentry?type=message', { token: admin.accessToken }), withoutPostgres: 503, maybeRemembered: true },
};

/** The answer, unless it takes so long that a caller would call it a hang. */
async function inTime(answer: Promise<Answer>): Promise<Answer> {
  const late = new AbortController();
  const hangs = delay(NOTHING_HANGS_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`no answer within ${NOTHING_HANGS_MS} ms`);
  });
  try {
    return await Promise.race([answer, hangs]);
  } finally {
    late.abort();
    await hangs.catch(() => undefined);
  }
}

async function expectAnswersWithoutPostgres(): Promise<void> {
  // Or the limits of an hour would be what answers.
  redis.command('FLUSHALL');
  const answers = await Promise.all(Object.entries(ROUTES).map(async ([name, { ask }]) => ({ name, answer: await inTime(ask()) })));
  expect(Object.fromEntries(answers.map(({ name, answer }) => [name, answer.status]))).toEqual(
    Object.fromEntries(answers.map(({ name, answer }) => [name, ROUTES[name]!.maybeRemembered && answer.status === 200 ? 200 : ROUTES[name]!.withoutPostgres])),
  );
  for (const { answer } of answers) expectEnvelope(answer);
  expect(answers.find(({ name }) => name === 'GET //health')!.answer.body.data).toEqual({ status: 'ok', database: 'error' });
}

function expectEnvelope({ status, headers, body, text }: Answer): void {
  const id = headers.get('x-request-id');
  if (status === 200 && headers.get('content-type') === 'image/webp') return expect(id).toBeTruthy();
  if (status === 200) return expect(body).toMatchObject({ success: true, id });
  expect({ status, body }).toMatchObject({ status: 503, body: { success: false, error_key: expect.stringMatching(/UNAVAILABLE|UNHEALTHY|FAILED/), error: { id, code: expect.any(Number) } } });
  expect(headers.get('retry-after')).toMatch(/^\d+$/);
  expect(text).not.toMatch(/ECONN|timeout|terminat|password=|127\.0\.0\.1|node_modules/i);
}

/** Service is whole again by itself: an authorised request is served, and so is one that writes. */
async function expectRecovery(): Promise<void> {
  const end = performance.now() + RECOVERY_MS;
  for (;;) {
    const statuses = [(await profile()).status, (await signInAdmin()).status, (await api.client.get('//health/ready')).status];
    if (statuses.every((status) => status === 200)) return;
    if (performance.now() > end) throw new Error(`no full service: ${statuses.join(', ')}`);
    await delay(50);
  }
}

async function connectDirectly(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'test' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

it('every route of the table is tried here', () => {
  const known = createRoutes({} as Services).flatMap(({ method, path, aliases = [] }) => [path, ...aliases].map((each) => `${method} ${each}`));
  expect(Object.keys(ROUTES).sort()).toEqual(known.sort());
});

describe('Postgres', () => {
  it('F6, D-08: gone, every route answers, nobody is let in, and service returns with it', async () => {
    await postgres.crash();
    try {
      await expectAnswersWithoutPostgres();
    } finally {
      await postgres.start();
    }
    await expectRecovery();
    expectEnvelope(await profile());
  });

  it('F9, D-08: frozen, every route answers, again and again, and service returns when it thaws', async () => {
    postgres.freeze();
    try {
      // First on connections that are open, then without any.
      await expectAnswersWithoutPostgres();
      await expectAnswersWithoutPostgres();
    } finally {
      postgres.thaw();
    }
    await expectRecovery();
  });

  it('F7, D-08: with every connection of the pool taken, callers are told to come back, and find service when they do', async () => {
    const { pool } = api.context.db;
    const taken = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
    try {
      await expectAnswersWithoutPostgres();
    } finally {
      for (const client of taken) client.release();
    }
    await expectRecovery();
  });

  it('F7: with every connection of the server taken by others, too', async () => {
    const others: pg.Client[] = [await connectDirectly()];
    try {
      // Ours come back by themselves, and may be faster than the others: until none of them is left, nor on its way.
      for (let quiet = 0; quiet < 2; ) {
        await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => connectDirectly().then((client) => others.push(client), () => undefined)));
        const { rows } = await others[0]!.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'test'`);
        quiet = rows.length > 0 ? 0 : quiet + 1;
      }
      await expectAnswersWithoutPostgres();
    } finally {
      await Promise.all(others.map((client) => client.end()));
    }
    await expectRecovery();
  });

  it('F6: restarted under load, every answer is honest and nothing acknowledged is lost (I2, I5)', async () => {
    const people = await Promise.all(Array.from({ length: 4 }, () => signUp(api)));
    const statuses: number[] = [];
    let over = false;
    const clients = people.map(async (someoneElse) => {
      let { refreshToken } = someoneElse;
      while (!over) {
        const answer = await refresh(refreshToken);
        statuses.push(answer.status);
        if (answer.status === 200) refreshToken = answer.body.data.refresh_token;
      }
      return refreshToken;
    });
    const newcomers = Array.from({ length: 4 }, async () => {
      const acknowledged: string[] = [];
      while (!over) {
        const answer = await signInAdmin();
        statuses.push(answer.status);
        if (answer.status === 200) acknowledged.push(answer.body.data.session_id);
      }
      return acknowledged;
    });
    await until(() => statuses.includes(200));
    await postgres.crash();
    await until(() => statuses.includes(503));
    await postgres.start();
    await expectRecovery();
    over = true;
    const newest = await Promise.all(clients);
    const sessions = (await Promise.all(newcomers)).flat();
    expect(new Set(statuses)).toEqual(new Set([200, 503]));

    // Whoever holds the token of the last answer he got goes on with it, lost answers and all.
    for (const token of newest) expect((await refresh(token)).status).toBe(200);
    const client = await connectDirectly();
    const { rows } = await client.query('SELECT count(*)::int AS found, (SELECT count(*)::int FROM activity_log WHERE action = $2 AND session_id = ANY($1::text[])) AS entries FROM session WHERE session_id = ANY($1::uuid[])', [sessions, 'sign_in']);
    await client.end();
    expect(rows).toEqual([{ found: sessions.length, entries: sessions.length }]);
  });
});

describe('Redis', () => {
  const served = async () => {
    const answers = await Promise.all([profile(), refresh((await signInAdmin()).body.data.refresh_token), api.client.get('//health/ready'), api.client.get('//health'), api.client.post('/auth/send-one-time-password', { user_id: someone(), channel: 'email' })].map(inTime));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const health = await inTime(api.client.get('/health/redis'));
    expect([health.status, health.body.error_key]).toEqual([503, 'REDIS_HEALTH_CHECK_FAILED']);
    expectEnvelope(health);
  };
  const back = async () => {
    const end = performance.now() + RECOVERY_MS;
    while ((await api.client.get('/health/redis')).status !== 200) {
      if (performance.now() > end) throw new Error('Redis was not found again');
      await delay(50);
    }
  };
  /** Signs out while the fault lasts: the token is refused from then on, whatever becomes of Redis. */
  const signedOut = async () => {
    const { session_token } = (await signInAdmin()).body.data;
    expect((await api.client.post('/auth/logout', undefined, { token: session_token })).status).toBe(200);
    const refused = async () => expect([(await api.client.get('/settings/profile', { token: session_token })).status, (await api.client.get('/settings/profile', { token: admin.sessionToken })).status]).toEqual([401, 401]);
    await refused();
    return refused;
  };

  it('F2: killed and back without its keys, it is not missed: service, sign-out and readiness go on', async () => {
    await redis.kill();
    let refused: () => Promise<void>;
    try {
      await served();
      refused = await signedOut();
    } finally {
      await redis.start();
    }
    await back();
    await refused();
  });

  it('F3: frozen, neither', async () => {
    redis.freeze();
    let refused: () => Promise<void>;
    try {
      await served();
      refused = await signedOut();
    } finally {
      redis.thaw();
    }
    await back();
    await refused();
  });

  it('F2, I4: emptied, the tries of a code are not forgotten', async () => {
    const email = someone();
    await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    const right = await api.codeFor(email);
    const attempt = (otp: string) => api.client.post('/auth/verify', { user_id: email, channel: 'email', otp });
    for (let tries = 0; tries < 5; tries += 1) {
      expect((await attempt(wrongCode(right))).status).toBe(400);
      redis.command('FLUSHALL');
    }
    expect((await attempt(right)).status).toBe(400);
  });

  it('gone together with Postgres, nobody is let in, and both are found again', async () => {
    await Promise.all([redis.kill(), postgres.crash()]);
    try {
      // What a worker has read it may answer from, for the seconds in which it would still hear of a change (ADR 9).
      await until(async () => (await inTime(profile())).status !== 200);
      const answers = await Promise.all([profile(), signInAdmin(), refresh(person.refreshToken), api.client.get('//health/ready')].map(inTime));
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
      for (const answer of answers) expectEnvelope(answer);
    } finally {
      await Promise.all([redis.start(), postgres.start()]);
    }
    await expectRecovery();
    await back();
  });
});

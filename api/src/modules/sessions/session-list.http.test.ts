import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signIn, signUp, type Account } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { startApi, type Api } from '../../../test/harness.js';
import { USER_AGENTS } from '../../../test/user-agents.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';

let api: Api;
beforeAll(async () => {
  api = await startApi({ env: { SESSION_IDLE_TIMEOUT_MINUTES: '60' } });
});
afterAll(() => api.close());

const list = (person: Account, query = '') => api.client.get(`/auth/sessions${query}`, { token: person.sessionToken });
/** Sessions as if a user had signed in that often an hour ago, a second apart but for six at one moment, which no page holds whole. */
const addSessions = (userId: string, count: number) =>
  api.sql(
    `INSERT INTO session (user_id, rotated_at, created_at, expires_at, ip, user_agent)
     SELECT $1, now(), now() - make_interval(hours => 1, secs => greatest(n, 6)), now() + interval '30 days', '192.0.2.1', 'agent ' || n FROM generate_series(1, $2::int) n`,
    [userId, count],
  );

describe('GET /auth/sessions', () => {
  it('lists the devices on which one is signed in, newest first (B-08)', async () => {
    const person = await signUp(api);
    const phone = await signIn(api, person, { 'User-Agent': USER_AGENTS.iphone });
    const answer = await list(phone);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body.message).toBe('Sessions retrieved successfully');
    expect(answer.body.data.pagination).toEqual({ limit: 50, next_cursor: null, has_more: false });
    const when = expect.stringMatching(/^20\d\d-.*Z$/);
    expect(answer.body.data.sessions).toEqual([
      { session_id: phone.sessionId, current: true, created_at: when, last_seen_at: when, ip: '127.0.0.1', user_agent: USER_AGENTS.iphone, device: 'Mobile', browser: 'Safari', os: 'iOS', country: null },
      { session_id: person.sessionId, current: false, created_at: when, last_seen_at: when, ip: '127.0.0.1', user_agent: 'node', device: null, browser: null, os: null, country: null },
    ]);
  });

  it('leaves out what has ended: signed out, expired, idle for too long', async () => {
    const person = await signUp(api);
    const [ended, expired, idle] = [await signIn(api, person), await signIn(api, person), await signIn(api, person)];
    await api.client.post('/auth/logout', { scope: 'this' }, { token: ended.sessionToken });
    await api.sql('UPDATE session SET expires_at = now() WHERE session_id = $1', [expired.sessionId]);
    await api.sql(`UPDATE session SET last_seen_at = now() - interval '2 hours' WHERE session_id = $1`, [idle.sessionId]);
    expect((await list(person)).body.data.sessions.map(({ session_id }: { session_id: string }) => session_id)).toEqual([person.sessionId]);
  });

  it('shows nobody else’s', async () => {
    const [one, two] = [await signUp(api), await signUp(api)];
    expect((await list(one)).text).not.toContain(two.sessionId);
  });

  it.each(Object.entries({ iphone: ['Mobile', 'Safari', 'iOS'], ipad: ['Tablet', 'Safari', 'iOS'], iphoneChrome: ['Mobile', 'Chrome', 'iOS'], android: ['Mobile', 'Chrome', 'Android'], samsung: ['Mobile', 'Samsung Internet for Android', 'Android'], mac: ['Desktop', 'Safari', 'macOS'], windows: ['Desktop', 'Chrome', 'Windows'], linux: ['Desktop', 'Firefox', 'Linux'] }))(
    'reads %s for what it is, at sign-in and after a refresh',
    async (name, facts) => {
      const userAgent = USER_AGENTS[name as keyof typeof USER_AGENTS];
      const person = await signUp(api);
      await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken }, { headers: { 'User-Agent': userAgent } });
      const device = await signIn(api, person, { 'User-Agent': userAgent });
      for (const session of (await list(device)).body.data.sessions) expect([session.device, session.browser, session.os]).toEqual(facts);
    },
  );

  it('keeps hostile text of a client as text', async () => {
    const userAgent = `<script>alert(1)</script> ${'x'.repeat(3_000)} '; DROP TABLE session; --`;
    const person = await signIn(api, await signUp(api), { 'User-Agent': userAgent });
    expect((await list(person)).body.data.sessions[0].user_agent).toBe(userAgent);
  });

  it('pages through all of them once, also those of one moment, while one is added', async () => {
    const person = await signUp(api);
    await addSessions(person.userId, 24);
    const seen: string[] = [];
    let cursor: string | null = '';
    do {
      const page: Answer = await list(person, `?limit=5${cursor && `&cursor=${cursor}`}`);
      const { sessions, pagination } = page.body.data;
      if (cursor === '') await signIn(api, person);
      seen.push(...sessions.map(({ session_id }: { session_id: string }) => session_id));
      expect([pagination.limit, pagination.has_more]).toEqual([5, pagination.next_cursor !== null]);
      cursor = pagination.next_cursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen[0]).toBe(person.sessionId);
  });

  it('E-09, E-10: hostile paging is 400, with the name of the parameter', async () => {
    const person = await signUp(api);
    for (const query of ['limit=0', 'limit=101', 'limit=-1', 'limit=1e1', 'limit=', 'limit=%00', 'limit=1&limit=2', 'limit[]=1', 'cursor=x', 'cursor=', 'cursor=%00', `cursor=${'A'.repeat(5_000)}`, 'cursor[$ne]=1', `cursor=${Buffer.from('[99999999999999999,"x"]').toString('base64url')}`]) {
      const answer = await list(person, `?${query}`);
      expect({ query, status: answer.status, key: answer.body.error_key, path: answer.body.error?.details.errors[0].path.split('[')[0] }).toEqual({ query, status: 400, key: 'VALIDATION_ERROR', path: query.split(/[=[]/)[0] });
    }
  });

  it('takes the ends of time for positions like any other', async () => {
    const person = await signUp(api);
    const at = async (ms: number) => (await list(person, `?cursor=${Buffer.from(JSON.stringify([ms, person.sessionId])).toString('base64url')}`)).body.data.sessions.length;
    expect([await at(0), await at(253_402_300_799_999)]).toEqual([0, 1]);
  });

  it('without a token is 401', async () => {
    expect((await api.client.get('/auth/sessions?limit=0')).status).toBe(401);
  });
});

describe('the country of a session', () => {
  const from = (country: string | undefined): RequestOrigin => ({ requestId: 'request-1', ip: '192.0.2.1', address: 'ip:192.0.2.1', userAgent: undefined, country, origin: undefined, method: 'POST', endpoint: '/', sessionId: undefined, elapsedMs: () => 0 });

  it('is what a trusted proxy says, noted at sign-in and anew at each refresh', async () => {
    const { db, services } = api.context;
    const person = await signUp(api);
    const [user] = await api.sql<UserRow>('SELECT * FROM "user" WHERE user_id = $1', [person.userId]);
    const { tokens } = await db.transaction((tx) => services.sessions.open(tx, user!, from('DE')));
    const country = async () => (await list(person)).body.data.sessions.find(({ session_id }: { session_id: string }) => session_id === tokens.session_id).country;
    expect(await country()).toBe('DE');
    const refreshed = await services.sessions.refresh(tokens.refresh_token, from('ID'));
    expect(await country()).toBe('ID');
    await services.sessions.refresh(refreshed.refresh_token, from(undefined));
    expect(await country()).toBeNull();
  });

  it('travels from the header that the operator names into the list', async () => {
    const proxied = await startApi({ beside: api, env: { COUNTRY_HEADER: 'CF-IPCountry', TRUSTED_PROXIES: 'loopback' } });
    const person = await signIn(proxied, await signUp(proxied), { 'CF-IPCountry': 'de' });
    const listed = await proxied.client.get('/auth/sessions', { token: person.sessionToken });
    expect(listed.body.data.sessions.map(({ country }: { country: string | null }) => country)).toEqual(['DE', null]);
    await proxied.close();
  });
});

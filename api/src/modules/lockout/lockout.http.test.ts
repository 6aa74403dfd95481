import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signIn as signInByCode, signUp } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { ADMIN, someone, startApi, startTwo, type Api } from '../../../test/harness.js';

/** Two workers that believe what a proxy on this machine says of addresses. */
let api: Api;
let other: Api;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { LOCKOUT_MAX_FAILURES: '5', TRUSTED_PROXIES: 'loopback' } });
});
afterAll(() => api.close());
beforeEach(() => api.sql(`DELETE FROM throttle WHERE bucket = 'sign_in'`));

type From = { ip?: string; device?: string; worker?: Api };
const signIn = (username: string, password: string, { ip = '192.0.2.1', device, worker = api }: From = {}) =>
  worker.client.post('/auth/login-with-password', { username, password }, { headers: { 'X-Forwarded-For': ip, ...(device && { 'X-Device-Token': device }) } });
const right = (from?: From, username = ADMIN.email) => signIn(username, ADMIN.password, from);
async function fail(username: string, times: number, from?: From): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let count = 0; count < times; count += 1) answers.push(await signIn(username, 'wrong', from));
  return answers;
}
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);
/** As if so much time had gone by since. */
const wait = (seconds: number) => api.sql(`UPDATE throttle SET last_hit_at = last_hit_at - make_interval(secs => $1), window_started_at = window_started_at - make_interval(secs => $1) WHERE bucket = 'sign_in'`, [seconds]);
const secondsToWait = (answer: Answer) => Number(answer.headers.get('retry-after'));

/** An account with the administrator's password, and the token of the device on which it signed up. */
async function owner() {
  const person = await signUp(api);
  const [row] = await api.sql<{ user_name: string }>(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = $1) WHERE user_id = $2 RETURNING user_name`, [ADMIN.email, person.userId]);
  const device = (await right({ ip: '198.51.100.200' }, person.email)).headers.get('x-device-token')!;
  return { ...person, userName: row!.user_name, device };
}

describe('C-20: failures back off whoever makes them', () => {
  it('the sixth attempt is not even compared: 429 with the seconds to wait', async () => {
    const begun = performance.now();
    const answers = await fail(ADMIN.email, 5);
    expect(statuses(answers)).toEqual([401, 401, 401, 401, 401]);
    const refused = await right();
    expect(refused.status).toBe(429);
    // Less than the minute only by what has gone by since the last failure.
    expect(secondsToWait(refused)).toBeGreaterThanOrEqual(60 - Math.ceil((performance.now() - begun) / 1_000));
    expect(secondsToWait(refused)).toBeLessThanOrEqual(60);
    expect(refused.body).toMatchObject({ error_key: 'AUTH_TOO_MANY_ATTEMPTS', error: { code: 1225, details: { retry_after: secondsToWait(refused) }, hint: expect.stringContaining(String(secondsToWait(refused))) } });
  });

  it.each(['ar', 'fr', 'es', 'de', 'id', 'en'])('says so in %s', async (language) => {
    await fail(ADMIN.email, 5);
    const { body, headers } = await api.client.post(`/auth/login-with-password?lang=${language}`, { username: ADMIN.email, password: 'x' }, { headers: { 'X-Forwarded-For': '192.0.2.1' } });
    expect(body.error.hint).not.toMatch(/[{}]/);
    expect(body.message === 'Too many failed attempts').toBe(language === 'en');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('each further failure doubles the wait, up to half an hour', async () => {
    await fail(ADMIN.email, 5);
    const waits: number[] = [];
    for (let failures = 5; failures < 12; failures += 1) {
      const seconds = secondsToWait(await right());
      waits.push(Math.ceil(seconds / 60));
      await wait(seconds);
      await fail(ADMIN.email, 1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it('asking while one waits makes it no longer', async () => {
    await fail(ADMIN.email, 20);
    expect(secondsToWait(await right())).toBeLessThanOrEqual(60);
  });

  it('after the wait, the right password is let in and all is forgotten', async () => {
    await fail(ADMIN.email, 5);
    await wait(60);
    expect((await right()).status).toBe(200);
    expect(statuses(await fail(ADMIN.email, 5))).toEqual([401, 401, 401, 401, 401]);
  });

  it('failures of more than a quarter of an hour ago are forgotten, later ones are not', async () => {
    await fail(ADMIN.email, 4);
    // Half a minute short of it: what is done meanwhile takes time too.
    await wait(870);
    await fail(ADMIN.email, 1);
    expect((await right()).status).toBe(429);
    await wait(60 + 900);
    expect(statuses(await fail(ADMIN.email, 4))).toEqual([401, 401, 401, 401]);
    expect((await right()).status).toBe(200);
  });

  it('a success clears what its own failures counted', async () => {
    for (let round = 0; round < 3; round += 1) {
      await fail(ADMIN.email, 4);
      expect((await right()).status).toBe(200);
    }
  });

  it('so does a code', async () => {
    const person = await owner();
    await fail(person.email, 5);
    await signInByCode(api, person, { 'X-Forwarded-For': '192.0.2.1' });
    expect((await right({}, person.email)).status).toBe(200);
  });

  it('every way to write a name counts as one', async () => {
    await fail(ADMIN.email, 2);
    await fail(ADMIN.email.toUpperCase(), 2);
    await fail(` ${ADMIN.email} `, 1);
    expect((await right()).status).toBe(429);
  });

  it('leaves an entry for each attempt, also for those that were not compared (H-01)', async () => {
    const { email, userId } = await owner();
    await fail(email, 6);
    const rows = await api.sql<{ status_code: number }>(`SELECT status_code FROM activity_log WHERE action = 'sign_in_failed' AND target_user_id = $1 ORDER BY created_at`, [userId]);
    expect(rows.map(({ status_code }) => status_code)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('I4: it survives the loss of Redis and the worker', async () => {
    await fail(ADMIN.email, 3);
    await fail(ADMIN.email, 2, { worker: other });
    expect((await right({ worker: other })).status).toBe(429);
    const later = await startApi({ beside: api, env: { LOCKOUT_MAX_FAILURES: '5', TRUSTED_PROXIES: 'loopback' } });
    expect((await right({ worker: later })).status).toBe(429);
    await later.close();
  });

  it('what counts no more is cleared away by what is new', async () => {
    await api.sql(`INSERT INTO throttle (bucket, subject, window_started_at, hits, last_hit_at) SELECT 'sign_in', decode(md5(n::text), 'hex'), now() - interval '46 minutes', 5, now() - interval '46 minutes' FROM generate_series(1, 12) n`);
    await fail(someone(), 2);
    expect(await api.sql(`SELECT FROM throttle WHERE bucket = 'sign_in' AND last_hit_at < now() - interval '45 minutes'`)).toEqual([]);
  });
});

describe('C-20: nobody can lock an owner out', () => {
  it('a hundred wrong passwords from one address, then the right one from another: in', async () => {
    const answers = await fail(ADMIN.email, 100, { ip: '203.0.113.7' });
    expect(statuses(answers).filter((status) => status === 429)).toHaveLength(95);
    expect((await right({ ip: '198.51.100.9' })).status).toBe(200);
  });

  it('behind the same address, the device of the owner has a budget of its own', async () => {
    const person = await owner();
    await fail(person.email, 20);
    expect((await right({}, person.email)).status).toBe(429);
    expect((await right({ device: person.device }, person.email)).status).toBe(200);
  });

  it('that budget ends too, and does not burden the address', async () => {
    const person = await owner();
    expect(statuses(await fail(person.email, 6, { device: person.device }))).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await right({ device: person.device, ip: '198.51.100.77' }, person.userName)).status).toBe(429);
    expect((await right({}, person.email)).status).toBe(200);
  });

  it('a device counts each account by itself', async () => {
    const [one, two] = [await owner(), await owner()];
    const both = (await right({ device: one.device, ip: '198.51.100.5' }, two.email)).headers.get('x-device-token')!;
    await fail(one.email, 5, { device: both });
    expect((await right({ device: both }, one.email)).status).toBe(429);
    expect((await right({ device: both }, two.email)).status).toBe(200);
  });

  it('G-05: a stranger with a whole IPv6 network is one stranger', async () => {
    for (let host = 1; host <= 5; host += 1) await fail(ADMIN.email, 1, { ip: `2001:db8:1:2::${host}` });
    expect((await right({ ip: '2001:db8:1:2:ffff::1' })).status).toBe(429);
    expect((await right({ ip: '2001:db8:1:3::1' })).status).toBe(200);
  });
});

describe('C-09: it says nothing of who exists', () => {
  const plain = ({ text, headers }: Answer, name: string) => [text.replaceAll(name, 'X').replace(/"id":"[^"]+"/, '').replace(/"timestamp":"[^"]+"/, '').replaceAll(/\b([1-5]?\d|60)\b/g, 'N'), [...headers.keys()].sort()];

  it('an unknown name is counted and refused as a known one', async () => {
    const known = await owner();
    const unknown = someone();
    const [ours, theirs] = [await fail(known.email, 7), await fail(unknown, 7)];
    expect(statuses(ours)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(theirs.map((answer) => [answer.status, plain(answer, unknown)])).toEqual(ours.map((answer) => [answer.status, plain(answer, known.email)]));
  });

  it('a suspended account too', async () => {
    const known = await owner();
    await api.sql(`UPDATE "user" SET status = 'SUSPENDED' WHERE user_id = $1`, [known.userId]);
    const answers: Answer[] = [];
    for (let tries = 0; tries < 6; tries += 1) answers.push(await right({}, known.email));
    expect(statuses(answers)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('two names of one account give no more tries than one, and do not tell that they belong together', async () => {
    const person = await owner();
    await fail(person.email, 3);
    expect(statuses(await fail(person.userName, 3))).toEqual([401, 401, 401]);
    // The account's tries are used up: the right password opens nothing, and looks as wrong as any.
    const refused = await right({}, person.userName);
    expect([refused.status, refused.body.error_key]).toEqual([401, 'AUTH_INVALID_CREDENTIALS']);
    expect((await right({}, person.email)).status).toBe(401);
    await wait(60);
    expect((await right({}, person.email)).status).toBe(200);
  });
});

describe('C-20: simultaneous guesses over two workers', () => {
  const fifty = (work: (worker: Api, index: number) => Promise<Answer>) => Promise.all(Array.from({ length: 50 }, (_, index) => work(index % 2 ? api : other, index)));
  const count = (answers: readonly Answer[], status: number) => answers.filter((answer) => answer.status === status).length;

  /** A full hashing queue is 503, which says come back: whoever does is answered. */
  const patient = async (ask: () => Promise<Answer>): Promise<Answer> => {
    const answer = await ask();
    return answer.status === 503 ? patient(ask) : answer;
  };

  it('fifty wrong ones: five are told that they are wrong', async () => {
    const { email } = await owner();
    const answers = await fifty((worker) => patient(() => signIn(email, 'wrong', { worker })));
    expect([count(answers, 401), count(answers, 429)]).toEqual([5, 45]);
    expect((await right({}, email)).status).toBe(429);
    expect(secondsToWait(await right({}, email))).toBeLessThanOrEqual(60);
  });

  it('fifty honest right ones: all are let in', async () => {
    const { email, userId } = await owner();
    const answers = await fifty((worker) => patient(() => right({ worker }, email)));
    expect(count(answers, 200)).toBe(50);
    expect(await api.sql('SELECT FROM session WHERE user_id = $1', [userId])).toHaveLength(52);
    expect(await api.sql(`SELECT FROM throttle WHERE bucket = 'sign_in'`)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { signUp, type Account } from '../../../test/accounts.js';
import { plantCode } from '../../../test/planted-codes.js';
import { someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { ApiError, httpErrors } from '../../http/errors.js';
import type { Principal, RequestOrigin } from '../../shared/principal.js';
import { createActivityRepo } from '../activity/activity.repo.js';
import { createActivityService } from '../activity/activity.service.js';
import { createBudgetsRepo } from '../budgets/budgets.repo.js';
import { createPasswordAttempts } from '../passwords/password-attempts.js';
import { createPasswords } from '../passwords/passwords.js';
import { createUsersRepo } from '../users/users.repo.js';
import { createWorkerPool } from '../../infra/worker-pool.js';
import { createReauthentication } from './reauthentication.js';

const PASSWORD = 'Correct-horse-7';
let api: Api;
let other: Api;
let hash: string;
beforeAll(async () => {
  [api, other] = await startTwo({ env: { LOCKOUT_MAX_FAILURES: '5' } });
  const pool = createWorkerPool({ threads: 1 });
  hash = await createPasswords({ pool, rounds: 4 }).hash(PASSWORD);
  await pool.close();
});
afterAll(() => api.close());

/** Signed in longer ago than counts. */
async function staleAccount(password = true): Promise<Account> {
  const person = await signUp(api);
  if (password) await api.sql('UPDATE "user" SET password = $2 WHERE user_id = $1', [person.userId, hash]);
  await api.sql(`UPDATE session SET created_at = now() - interval '61 minutes' WHERE session_id = $1`, [person.sessionId]);
  return person;
}

async function change(person: Account, password?: unknown, { query = '', worker = api } = {}) {
  const new_email = someone();
  await plantCode(api, new_email, '123456', { channel: 'email' });
  const answer = await worker.client.post(`/settings/change-email${query}`, { new_email, otp: '123456', ...(password !== undefined && { password }) }, { token: person.sessionToken });
  const [code] = await api.sql<{ attempts: number; consumed_at: unknown }>('SELECT attempts, consumed_at FROM one_time_code ORDER BY created_at DESC LIMIT 1');
  return { ...answer, code };
}

describe('C-16: with a session that was opened an hour ago', () => {
  it('a change needs the password, says so in six languages, and leaves the code as it is', async () => {
    const person = await staleAccount();
    const sentences = [];
    for (const lang of LANGUAGES) {
      const { status, body, code } = await change(person, undefined, { query: `?lang=${lang}` });
      expect([status, body.error_key, body.error.code, code]).toEqual([403, 'AUTH_REAUTH_REQUIRED', 1227, { attempts: 0, consumed_at: null }]);
      sentences.push(body.message);
    }
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
    const phone = await api.client.post('/settings/change-phone', { new_phone: '+4915112345678', otp: '123456' }, { token: person.sessionToken });
    expect([phone.status, phone.body.error_key]).toEqual([403, 'AUTH_REAUTH_REQUIRED']);
  });

  it('C-17: a password has up to 1,024 characters, however many bytes they take', async () => {
    const person = await staleAccount();
    expect((await change(person, '🔑'.repeat(1_024))).body.error_key).toBe('AUTH_REAUTH_REQUIRED');
    for (const wrong of ['🔑'.repeat(1_025), '']) expect((await change(person, wrong)).body.error.details.errors).toEqual([expect.objectContaining({ path: 'password' })]);
  });

  it('the right password will do, a wrong one will not and leaves an entry', async () => {
    const person = await staleAccount();
    expect((await change(person, `${PASSWORD} `)).body.error_key).toBe('AUTH_REAUTH_REQUIRED');
    const [entry] = await api.sql(`SELECT status_code, metadata FROM activity_log WHERE user_id = $1 AND action = 'contact_change_failed'`, [person.userId]);
    expect(entry).toEqual({ status_code: 403, metadata: { reason: 'password' } });
    expect((await change(person, PASSWORD)).status).toBe(200);
  });

  it('C-20: guesses here and at a change of password come from one budget; the right password gives them back', async () => {
    const person = await staleAccount();
    const guess = (old_password: string) => api.client.post('/auth/change-password', { old_password, password: 'Another-horse-8', confirm_password: 'Another-horse-8' }, { token: person.sessionToken });
    for (let tries = 0; tries < 4; tries += 1) expect((await guess(`guess ${tries}`)).status).toBe(400);
    expect((await change(person, PASSWORD)).status).toBe(200);
    for (let tries = 0; tries < 5; tries += 1) expect((await change(person, `guess ${tries}`)).status).toBe(403);
    expect((await guess('guess')).status).toBe(429);
  });

  it('an account without a password signs in again', async () => {
    const person = await staleAccount(false);
    for (const password of ['', '!', 'x']) expect([403, 400]).toContain((await change(person, password)).status);
    expect((await change(person)).status).toBe(403);
  });

  it('a refresh makes no session younger', async () => {
    const person = await staleAccount();
    const refreshed = await api.client.post('/auth/refresh-token', { refresh_token: person.refreshToken });
    expect((await change({ ...person, sessionToken: refreshed.body.data.session_token })).status).toBe(403);
  });

  it('C-20: fifty guesses at once over two workers: five are compared, the rest is told to wait, and so is the right one', async () => {
    const person = await staleAccount();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => change(person, `guess ${index}`, { worker: index % 2 ? api : other })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(5).fill(403), ...Array<number>(45).fill(429)]);
    const late = await change(person, PASSWORD);
    expect([late.status, late.body.error_key, late.body.error.details]).toEqual([429, 'AUTH_TOO_MANY_ATTEMPTS', { retry_after: Number(late.headers.get('retry-after')) }]);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(800);
    await api.sql(`UPDATE throttle SET window_started_at = window_started_at - interval '16 minutes' WHERE bucket = 'password_change'`);
    expect((await change(person, PASSWORD)).status).toBe(200);
  });

  it('C-20: a try that the server was too busy to compare is not counted', async () => {
    const person = await staleAccount();
    const { db, services } = api.context;
    const busy = new ApiError(httpErrors.SERVICE_UNAVAILABLE);
    const reauthenticate = createReauthentication({
      db,
      freshness: services.sessionFreshness,
      users: createUsersRepo(),
      passwords: { verify: () => Promise.reject(busy) },
      attempts: createPasswordAttempts({ budgets: createBudgetsRepo(), limits: { maxFailures: 5, windowSeconds: 900 } }),
      activity: createActivityService({ repo: createActivityRepo(), readUserAgent: () => ({ device: null, browser: null, os: null }) }),
    });
    const principal = { userId: person.userId, sessionId: person.sessionId } as Principal;
    for (let tries = 0; tries < 6; tries += 1) await expect(reauthenticate(principal, PASSWORD, {} as RequestOrigin)).rejects.toBe(busy);
    expect((await change(person, PASSWORD)).status).toBe(200);
  });

  it('REAUTH_MAX_AGE_MINUTES=0: a sign-in counts for ever', async () => {
    const person = await staleAccount();
    const lenient = await startApi({ beside: api, env: { REAUTH_MAX_AGE_MINUTES: '0' } });
    expect((await change(person, undefined, { worker: lenient })).status).toBe(200);
    await lenient.close();
  });
});

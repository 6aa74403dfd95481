import { expect } from '@jest/globals';
import { account, signUp, type Account } from './accounts.js';
import type { Answer, RequestOptions } from './client.js';
import type { Api } from './harness.js';
import { until } from './until.js';

/** A password that keeps every rule, and another. */
export const PASSWORD = 'Nine-Lives-9';
export const OTHER_PASSWORD = 'Ten-Lives-10';

export const wanted = (password: string) => ({ password, confirm_password: password });

export const setPassword = (api: Api, person: Account, body: object = wanted(PASSWORD), options: RequestOptions = {}): Promise<Answer> => api.client.post('/auth/set-password', body, { token: person.sessionToken, ...options });

/** Somebody who has signed up and set the password PASSWORD. */
export async function member(api: Api): Promise<Account> {
  const person = await signUp(api);
  const answer = await setPassword(api, person);
  if (answer.status !== 200) throw new Error(`setting a password failed: ${answer.text}`);
  return person;
}

export const changePassword = (api: Api, person: Account, change: object = {}, options: RequestOptions = {}): Promise<Answer> =>
  api.client.post('/auth/change-password', { old_password: PASSWORD, ...wanted(OTHER_PASSWORD), ...change }, { token: person.sessionToken, ...options });

export const forgetPassword = (api: Api, userId: string, otp: unknown, change: object = {}, options: RequestOptions = {}): Promise<Answer> =>
  api.client.post('/auth/forget-password', { user_id: userId, otp, ...wanted(OTHER_PASSWORD), ...change }, options);

export const signInWith = (api: Api, username: string, password: string): Promise<Answer> => api.client.post('/auth/login-with-password', { username, password });

/** Another session, by password. */
export async function openByPassword(api: Api, { email }: Pick<Account, 'email'>, password: string): Promise<Account> {
  const answer = await signInWith(api, email, password);
  if (answer.status !== 200) throw new Error(`sign-in failed: ${answer.text}`);
  return account(email, answer.body.data);
}

/** A code as its owner is sent it. */
export async function newCode(api: Api, email: string, purpose?: string): Promise<string> {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email', ...(purpose && { purpose }) });
  return api.codeFor(email);
}

/** The rules that an answer says were not kept. */
export function brokenRules({ status, body }: Answer): [path: string, code: string][] {
  expect([status, body.error_key, body.error.code]).toEqual([400, 'AUTH_INVALID_PAYLOAD', 1212]);
  const { error, errors } = body.error.details as { error: string; errors: { path: string; message: string; code: string }[] };
  expect(error).toBe(errors.map(({ path, message }) => `${path}: ${message}`).join(', '));
  return errors.map(({ path, code }) => [path, code]);
}

/** What was stored, for looking behind the API. */
export async function storedPassword(api: Api, { userId }: Pick<Account, 'userId'>): Promise<string> {
  const [row] = await api.sql<{ password: string }>('SELECT password FROM "user" WHERE user_id = $1', [userId]);
  return row!.password;
}

export const passwordEntries = (api: Api, { userId }: Pick<Account, 'userId'>) =>
  api.sql<{ action: string; status_code: number; metadata: Record<string, unknown> | null; session_id: string | null }>(`SELECT action, status_code, metadata, session_id FROM activity_log WHERE COALESCE(user_id, target_user_id) = $1 AND action LIKE 'password%' ORDER BY created_at, log_id`, [userId]);

/** The notice about a password that an owner is sent, waited for. */
export async function noticeTo(api: Api, email: string): Promise<{ subject: string; text: string }> {
  let notice: { subject: string; text: string } | undefined;
  await until(async () => {
    notice = (await api.context.mailbox!.list()).find(({ to, subject }) => to === email && /password/i.test(subject));
    return notice !== undefined;
  });
  return notice!;
}

/** Every token of a session, tried on each worker: all good, or all refused. */
export async function isSignedIn(workers: readonly Api[], person: Account): Promise<boolean> {
  const answers = await Promise.all(workers.flatMap((worker) => [person.sessionToken, person.accessToken].map((token) => worker.client.get('/settings/profile', { token }))));
  const refreshed = await workers[0]!.client.post('/auth/refresh-token', { refresh_token: person.refreshToken });
  const isGood = refreshed.status === 200;
  expect([...new Set(answers.map(({ status }) => status)), refreshed.status]).toEqual(isGood ? [200, 200] : [401, 401]);
  return isGood;
}

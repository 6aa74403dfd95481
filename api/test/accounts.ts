import type { Api } from './harness.js';
import { someone } from './harness.js';

export type Account = { email: string; userId: string; accessToken: string; sessionToken: string; refreshToken: string; sessionId: string };

/** Signs a new person up, through the front door. */
export async function signUp(api: Api, email = someone()): Promise<Account> {
  await api.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
  const answer = await api.client.post('/auth/verify', { user_id: email, channel: 'email', otp: await api.codeFor(email) });
  if (answer.status !== 200) throw new Error(`sign-up failed: ${answer.text}`);
  return account(email, answer.body.data);
}

/** Signs a person in once more, by code: another session. */
export async function signIn(api: Api, person: Pick<Account, 'email'>, headers: Record<string, string> = {}): Promise<Account> {
  await api.client.post('/auth/send-one-time-password', { user_id: person.email, channel: 'email' });
  const answer = await api.client.post('/auth/login-with-otp', { user_id: person.email, channel: 'email', otp: await api.codeFor(person.email) }, { headers });
  if (answer.status !== 200) throw new Error(`sign-in failed: ${answer.text}`);
  return account(person.email, answer.body.data);
}

export function account(email: string, data: Record<string, string> & { user?: { user_id: string } }): Account {
  return {
    email,
    userId: data.user?.user_id ?? '',
    accessToken: data['access_token']!,
    sessionToken: data['session_token']!,
    refreshToken: data['refresh_token']!,
    sessionId: data['session_id']!,
  };
}

/** Another six digits than these. */
export function wrongCode(code: string): string {
  return code === '000000' ? '000001' : '000000';
}

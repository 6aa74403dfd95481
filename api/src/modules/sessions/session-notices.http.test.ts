import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { account, signIn, signUp, type Account } from '../../../test/accounts.js';
import { startSmtp, type SmtpDouble } from '../../../test/doubles/smtp.js';
import { startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';
import { USER_AGENTS } from '../../../test/user-agents.js';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const { iphone, windows } = USER_AGENTS;
const THEFT = 'Security notice: a session of your Tessera account was ended';
const NEW_DEVICE = 'New sign-in to your Tessera account';

const refresh = (token: string, worker = api, headers = {}) => worker.client.post('/auth/refresh-token', { refresh_token: token }, { headers });
/** Notices to an address so far, when all that were queued have left. */
async function noticesTo(person: Account, worker = api): Promise<{ subject: string; text: string }[]> {
  await until(async () => (await api.sql(`SELECT FROM graphile_worker.jobs WHERE task_identifier = 'session_notice'`)).length === 0, 30_000);
  return (await worker.context.mailbox!.list()).filter(({ to, subject }) => to === person.email && [THEFT, NEW_DEVICE].includes(subject));
}
/** Three generations on: the first token is stolen goods. */
async function superseded(worker = api): Promise<Account> {
  const person = await signUp(worker);
  const next = await refresh(person.refreshToken, worker);
  await refresh(next.body.data.refresh_token, worker);
  return person;
}

describe('a theft', () => {
  it('is told to its owner once, however often the token comes back (B-10)', async () => {
    const person = await superseded();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(person.refreshToken, api, { 'User-Agent': windows })));
    expect(answers.filter(({ body }) => body.error_key === 'AUTH_REFRESH_REUSED')).toHaveLength(1);
    const notices = await noticesTo(person);
    expect(notices.map(({ subject }) => subject)).toEqual([THEFT]);
    expect(notices[0]!.text).toContain('Session that was ended: Unknown\nUsed again from: Chrome · Windows · Desktop\nIP address: 127.0.0.1\n');
    expect(await api.sql(`SELECT 1 AS entry FROM activity_log WHERE action = 'refresh_reused' AND session_id = $1`, [person.sessionId])).toHaveLength(1);
  });

  it.each([['has no e-mail', 'email = NULL'], ['has not proved it', 'is_email_verified = false']])('is not told to a user who %s', async (_name, change) => {
    const person = await superseded();
    await api.sql(`UPDATE "user" SET ${change} WHERE user_id = $1`, [person.userId]);
    expect((await refresh(person.refreshToken)).body.error_key).toBe('AUTH_REFRESH_REUSED');
    expect(await noticesTo(person)).toEqual([]);
  });
});

describe('a sign-in from a new device', () => {
  it('is told: not at sign-up, not from a device known before, once for each new one', async () => {
    const person = await signUp(api);
    await signIn(api, person);
    expect(await noticesTo(person)).toEqual([]);
    await signIn(api, person, { 'User-Agent': iphone });
    expect((await noticesTo(person)).map(({ text }) => /Device: (.*)/.exec(text)?.[1])).toEqual(['Safari · iOS · Mobile']);
    const known = await signIn(api, person, { 'User-Agent': iphone });
    await api.client.post('/auth/logout', undefined, { token: known.sessionToken });
    await signIn(api, person, { 'User-Agent': iphone });
    expect(await noticesTo(person)).toHaveLength(1);
    await signIn(api, person, { 'User-Agent': windows });
    expect(await noticesTo(person)).toHaveLength(2);
  });

  it('is told once when a device signs in twice at once', async () => {
    const person = await signUp(api);
    const [user] = await api.sql<{ password: string }>(`SELECT password FROM "user" WHERE email = 'admin@example.com'`);
    await api.sql('UPDATE "user" SET password = $2 WHERE user_id = $1', [person.userId, user!.password]);
    const attempt = () => api.client.post('/auth/login-with-password', { username: person.email, password: 'Correct-horse-7' }, { headers: { 'User-Agent': windows } });
    const answers = await Promise.all(Array.from({ length: 10 }, attempt));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await noticesTo(person)).toHaveLength(1);
  });

  it('is told in the user’s own language, whatever the caller speaks, with the time where he is', async () => {
    const person = await signUp(api);
    await api.sql(`UPDATE "user" SET language = 'ar', timezone = 'Asia/Kuwait' WHERE user_id = $1`, [person.userId]);
    await signIn(api, person, { 'User-Agent': iphone, 'X-Lang': 'de' });
    await noticesTo(person);
    const mail = (await api.context.mailbox!.list()).find(({ to, subject }) => to === person.email && subject === 'تسجيل دخول جديد إلى حسابك على Tessera');
    expect(mail?.text).toContain('الجهاز: Safari · iOS · Mobile');
    expect(mail?.text).toContain('غرينتش+3');
    expect(mail?.html).toContain('dir="rtl"');
  });

  it('is not told to a user whose earlier sessions are unknown: one of a database that was taken over', async () => {
    const person = await signUp(api);
    await api.sql('DELETE FROM session WHERE user_id = $1', [person.userId]);
    await signIn(api, person, { 'User-Agent': iphone });
    expect(await noticesTo(person)).toEqual([]);
  });
});

it('nothing is told where the operator does not want it', async () => {
  const quiet = await startApi({ beside: api, env: { NOTIFY_SESSION_THEFT: 'false', NOTIFY_NEW_DEVICE: 'false' } });
  const person = await superseded(quiet);
  expect((await refresh(person.refreshToken, quiet)).body.error_key).toBe('AUTH_REFRESH_REUSED');
  await signIn(quiet, person, { 'User-Agent': iphone });
  expect(await noticesTo(person, quiet)).toEqual([]);
  await quiet.close();
});

it('without a mailer sign-in and theft go on, and nothing is queued', async () => {
  // Before the other worker is there: it would take the message with the code, and could not send it.
  const person = await superseded();
  const mute = await startApi({ beside: api, env: { API_MODE: 'test' } });
  await api.sql(`UPDATE "user" SET password = (SELECT password FROM "user" WHERE email = 'admin@example.com') WHERE user_id = $1`, [person.userId]);
  const answer = await mute.client.post('/auth/login-with-password', { username: person.email, password: 'Correct-horse-7' }, { headers: { 'User-Agent': iphone } });
  expect(answer.status).toBe(200);
  expect((await refresh(person.refreshToken, mute)).body.error_key).toBe('AUTH_REFRESH_REUSED');
  expect(await noticesTo(person)).toEqual([]);
  await mute.close();
});

describe('E-21: over a real mail server', () => {
  let smtp: SmtpDouble;
  let mailing: Api;
  beforeAll(async () => {
    smtp = await startSmtp();
    mailing = await startApi({ env: { EMAIL_HOST: '127.0.0.1', EMAIL_PORT: String(smtp.port), EMAIL_USE_TLS: 'false', EMAIL_FROM: 'no-reply@example.org' } });
  });
  afterAll(async () => {
    await mailing.close();
    await smtp.close();
  });

  it('a client that calls itself a header, a link and a template adds none of them', async () => {
    const email = 'mina@example.com';
    await mailing.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    const codeOf = (text: string | undefined) => /\b\d{6}\b/.exec(text ?? '')![0];
    const [first] = await smtp.received(1);
    const person = account(email, (await mailing.client.post('/auth/verify', { user_id: email, channel: 'email', otp: codeOf(first!.mail.text) })).body.data);
    await mailing.client.post('/auth/send-one-time-password', { user_id: email, channel: 'email' });
    const [, second] = await smtp.received(2);
    const evil = 'evil.example/Bcc:victim@example.com {{app}} $& <b>x</b> https://evil.example/login';
    await mailing.client.post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: codeOf(second!.mail.text) }, { headers: { 'User-Agent': evil } });
    const [, , third] = await smtp.received(3);
    expect([third!.recipients, third!.mail.subject]).toEqual([[person.email], NEW_DEVICE]);
    expect(third!.mail.headers.map(({ key }) => key)).not.toContain('bcc');
    expect(third!.mail.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated');
    for (const part of [third!.mail.text, third!.mail.html]) expect(part).not.toMatch(/evil\.example|victim@|<b>|https?:/);
  });
});

import { afterEach, describe, expect, it } from '@jest/globals';
import { signUp } from '../../../test/accounts.js';
import { startSmsGateway } from '../../../test/doubles/sms-gateway.js';
import { startSmtp, type SmtpOptions } from '../../../test/doubles/smtp.js';
import { startTwilio, TWILIO_ACCOUNT } from '../../../test/doubles/twilio.js';
import { freePort } from '../../../test/free-port.js';
import { ADMIN, someone, startApi, startTwo, type Api } from '../../../test/harness.js';
import { changePassword, OTHER_PASSWORD, PASSWORD, setPassword, wanted } from '../../../test/passwords.js';
import { until } from '../../../test/until.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const keep = <T extends { close(): Promise<void> }>(part: T): T => {
  closers.push(() => part.close());
  return part;
};
const start = async (env: NodeJS.ProcessEnv = {}): Promise<Api> => keep(await startApi({ env }));
const mailOver = (port: number) => ({ EMAIL_HOST: '127.0.0.1', EMAIL_PORT: String(port), EMAIL_USE_TLS: 'false', EMAIL_FROM: 'no-reply@example.org' });
const twilioAt = (url: string) => ({ TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT.accountSid, TWILIO_AUTH_TOKEN: TWILIO_ACCOUNT.authToken, TWILIO_PHONE_NUMBER: '+15550100', TWILIO_WHATSAPP_NUMBER: 'whatsapp:+15550199', TWILIO_API_URL: url });

const ask = (api: Api, user_id: string, channel = 'email', headers: Record<string, string> = {}) => api.client.post('/auth/send-one-time-password', { user_id, channel }, { headers });
type Answer = Awaited<ReturnType<typeof ask>>;
/** All that a caller can see, but for what differs with every request. */
const seen = ({ status, body, headers }: Answer) => ({
  status,
  body: { ...body, id: undefined, timestamp: undefined, error: { ...body.error, id: undefined, timestamp: undefined } },
  headers: [...headers.keys()].filter((name) => !/^(date|x-request-id|ratelimit.*|x-ratelimit.*)$/.test(name)).sort(),
});
const rows = (api: Api, what: 'one_time_code' | 'throttle' | 'message_delivery' | 'activity_log') => api.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${what}`).then(([row]) => row!.count);
/** Codes on their way: other jobs may wait beside them. */
const CODES = `graphile_worker._private_jobs WHERE task_id = (SELECT id FROM graphile_worker._private_tasks WHERE identifier = 'one_time_code')`;
const hurry = (api: Api) => api.sql(`UPDATE ${CODES.replace('WHERE', 'SET run_at = now() WHERE locked_at IS NULL AND')}`);
const shut = (api: Api, channel = 'email') => api.sql(`INSERT INTO delivery_channel (channel, failures, down_until) VALUES ($1, 5, now() + interval '5 minutes')`, [channel]);

describe('F12: whoever asks for a code', () => {
  it.each<[string, Partial<SmtpOptions> | 'nobody listens']>([
    ['is there', {}],
    ['takes half a minute', { delayMs: 30_000 }],
    ['says not now', { failWith: 451 }],
    ['says no', { failWith: 550 }],
    ['takes it and hangs up', { failWith: 'drop' }],
    ['is down', 'nobody listens'],
  ])('hears the same when the mail server %s, known or not', async (_name, behaviour) => {
    const smtp = behaviour === 'nobody listens' ? undefined : keep(await startSmtp(behaviour));
    const api = await start(mailOver(smtp?.port ?? (await freePort())));
    const [known, unknown] = [seen(await ask(api, ADMIN.email)), seen(await ask(api, someone()))];
    expect(known).toMatchObject({ status: 200, body: { success: true, message: 'OTP sent successfully' } });
    expect(known).toEqual(unknown);
    if (behaviour !== 'nobody listens' && behaviour.delayMs) expect(smtp!.messages).toEqual([]);
  });

  it('has a code that works although the mail server was down when he asked', async () => {
    const port = await freePort();
    const api = await start(mailOver(port));
    const email = someone();
    await ask(api, email);
    await until(async () => (await api.sql(`SELECT 1 FROM message_delivery WHERE state = 'waiting'`)).length === 1, 30_000);
    const back = keep(await startSmtp({ port }));
    await until(async () => {
      await hurry(api);
      return back.messages.length > 0;
    }, 30_000);
    const [received] = back.messages;
    const answer = await api.client.post('/auth/verify', { user_id: email, channel: 'email', otp: /^\d{6}$/m.exec(received?.mail.text ?? '')?.[0] });
    expect(answer.status).toBe(200);
  });
});

describe('a channel that is down', () => {
  it('is known to be down after five messages, without anybody saying so, and works again by itself', async () => {
    const port = await freePort();
    const api = await start(mailOver(port));
    for (let person = 0; person < 5; person += 1) expect((await ask(api, someone())).status).toBe(200);
    await until(async () => (await ask(api, ADMIN.email)).status === 503, 30_000);
    const back = keep(await startSmtp({ port }));
    // What was under way before could still fail, and close the channel anew.
    await until(async () => (await api.sql(`SELECT 1 FROM ${CODES} AND locked_at IS NOT NULL`)).length === 0, 30_000);
    await api.sql('UPDATE delivery_channel SET down_until = now()');
    const late = someone();
    expect((await ask(api, late)).status).toBe(200);
    await until(async () => back.messages.some(({ recipients }) => recipients.includes(late)), 30_000);
    await until(async () => (await api.sql('SELECT 1 FROM delivery_channel WHERE failures = 0 AND down_until IS NULL')).length === 1, 30_000);
  });

  it('answers 503 to everybody alike, says when to come back, and stores and counts nothing', async () => {
    const [api, other] = await startTwo();
    keep(api);
    const person = await signUp(api);
    await shut(api);
    const before = await Promise.all([rows(api, 'one_time_code'), rows(api, 'throttle'), rows(api, 'message_delivery'), rows(api, 'activity_log')]);
    const [known, unknown] = [await ask(api, person.email), await ask(other, someone())];
    expect(known.body).toMatchObject({ success: false, error_key: 'AUTH_OTP_SEND_FAILED', error: { code: 1206 } });
    expect(Number(known.headers.get('retry-after'))).toBeGreaterThan(200);
    expect(Number(known.headers.get('retry-after'))).toBeLessThanOrEqual(300);
    const blank = (answer: Answer) => JSON.parse(JSON.stringify(seen(answer)).replace(/"retry_after":\d+/, '"retry_after":0'));
    expect(blank(known)).toEqual(blank(unknown));
    expect(known.status).toBe(503);
    const crowd = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index % 2 ? api : other, index % 3 ? someone() : person.email)));
    expect(new Set(crowd.map(({ status }) => status))).toEqual(new Set([503]));
    expect(await Promise.all([rows(api, 'one_time_code'), rows(api, 'throttle'), rows(api, 'message_delivery'), rows(api, 'activity_log')])).toEqual(before);
  });

  it('says so in the language of whoever asks, and the other channels go on', async () => {
    const api = await start({ MAILBOX_CHANNELS: 'email,sms' });
    await shut(api, 'sms');
    const answer = await ask(api, '+96550000001', 'sms', { 'Accept-Language': 'ar' });
    expect(answer.status).toBe(503);
    expect(answer.body.error.reason).toMatch(/[\u0600-\u06FF]/);
    expect((await ask(api, someone())).status).toBe(200);
  });
});

describe('the channels', () => {
  it('that a development server keeps on its mailbox page are those it is told', async () => {
    const api = await start({ MAILBOX_CHANNELS: 'email,sms' });
    const phone = '+96550000077';
    expect((await ask(api, phone, 'sms')).status).toBe(200);
    const otp = await api.codeFor(phone);
    const { body } = await api.client.get('/dev/mailbox/messages');
    expect(body.data.messages).toMatchObject([{ channel: 'sms', to: phone, code: otp }]);
    expect((await api.client.post('/auth/verify', { user_id: phone, channel: 'sms', otp })).status).toBe(200);
    const refused = await ask(api, phone, 'whatsapp');
    expect(refused.body).toMatchObject({ error_key: 'AUTH_CHANNEL_UNSUPPORTED', error: { details: { supported: ['email', 'sms'] } } });
  });

  it('that nobody carries are refused, and outside development the mailbox carries none', async () => {
    const api = await start({ API_MODE: 'test', MAILBOX_CHANNELS: 'email,sms,whatsapp' });
    for (const channel of ['email', 'sms', 'whatsapp']) {
      const answer = await ask(api, channel === 'email' ? someone() : '+96550000077', channel);
      expect(answer.body).toMatchObject({ error_key: 'AUTH_CHANNEL_UNSUPPORTED', error: { details: { supported: [] } } });
    }
  });

  it('F13: go to Twilio; an sms to the gateway instead where there is one', async () => {
    const twilio = keep(await startTwilio());
    const gateway = keep(await startSmsGateway());
    const api = await start(twilioAt(twilio.url));
    const both = await start({ ...twilioAt(twilio.url), SMS_API_ENDPOINT: `${gateway.url}/api`, SMS_SENDER_USERNAME: 'tessera' });
    await ask(api, '+96550000001', 'sms');
    await ask(api, '+96550000002', 'whatsapp');
    await ask(both, '+96550000003', 'sms');
    await ask(both, '+96550000004', 'whatsapp');
    await until(async () => twilio.taken.length === 3 && gateway.received.length === 1, 30_000);
    expect(twilio.taken.map(({ To }) => To).sort()).toEqual(['+96550000001', 'whatsapp:+96550000002', 'whatsapp:+96550000004']);
    expect(gateway.received).toMatchObject([{ fields: { username: 'tessera', mobile: '+96550000003' } }]);
  });

  it.each([429, 500, 502, 'drop'] as const)('F13: when Twilio answers %s, no phone rings twice and the caller hears nothing of it', async (fail) => {
    const twilio = keep(await startTwilio());
    twilio.behave({ fail });
    const api = await start(twilioAt(twilio.url));
    const [first, second] = [seen(await ask(api, '+96550000001', 'sms')), seen(await ask(api, '+96550000002', 'sms'))];
    expect(first).toMatchObject({ status: 200 });
    expect(first).toEqual(second);
    await until(async () => (await api.sql(`SELECT 1 FROM message_delivery WHERE state IN ('waiting', 'unknown')`)).length === 2, 30_000);
    twilio.behave({});
    await until(async () => {
      await hurry(api);
      return (await api.sql(`SELECT 1 FROM ${CODES}`)).length === 0;
    }, 30_000);
    expect(twilio.taken.map(({ To }) => To).sort()).toEqual(['+96550000001', '+96550000002']);
    expect(api.logText()).not.toMatch(/9655000000[12]/);
  });
});

it('C-23: whoever makes his own account send him text messages uses up the same budget as with codes, and no change fails for it', async () => {
  const twilio = keep(await startTwilio());
  const api = await start({ ...twilioAt(twilio.url), OTP_PHONE_MAX_PER_DAY: '3' });
  const person = await signUp(api);
  await api.sql(`UPDATE "user" SET phone_e164 = '+96550000009', is_phone_verified = true, is_email_verified = false WHERE user_id = $1`, [person.userId]);
  expect((await ask(api, '+96550000001', 'sms')).status).toBe(200);
  expect((await setPassword(api, person)).status).toBe(200);
  let old = PASSWORD;
  for (const next of [OTHER_PASSWORD, 'Eleven-Lives-11', 'Twelve-Lives-12']) {
    expect((await changePassword(api, person, { old_password: old, ...wanted(next) })).status).toBe(200);
    old = next;
  }
  await until(async () => (await api.sql(`SELECT 1 FROM message_delivery WHERE channel = 'sms' AND state IN ('sent', 'failed')`)).length === 5, 30_000);
  expect(twilio.taken.map(({ To }) => To).sort()).toEqual(['+96550000001', '+96550000009', '+96550000009']);
  const reports = await api.sql<{ metadata: object }>(`SELECT metadata FROM activity_log WHERE action = 'message_undelivered'`);
  expect(reports.map(({ metadata }) => metadata)).toEqual(Array(2).fill({ message_id: expect.any(String), kind: 'account_notice', channel: 'sms', reason: 'BUDGET_USED_UP' }));
  expect((await ask(api, '+96550000002', 'sms')).status).toBe(429);
});

it('the log of an outage names nobody', async () => {
  const smtp = keep(await startSmtp({ failWith: 550 }));
  const api = await start(mailOver(smtp.port));
  const email = someone();
  await ask(api, email);
  await until(async () => (await api.sql(`SELECT 1 FROM activity_log WHERE action = 'message_undelivered'`)).length === 1, 30_000);
  // The line follows the commit, and leaves in a batch.
  await until(() => api.logText().includes('A message was not delivered'), 30_000);
  expect(api.logText()).not.toContain(email);
});

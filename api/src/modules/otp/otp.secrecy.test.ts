import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startSmtp, type SmtpDouble } from '../../../test/doubles/smtp.js';
import { wrongCode } from '../../../test/accounts.js';
import type { Answer } from '../../../test/client.js';
import { someone, startApi, type Api } from '../../../test/harness.js';

let smtp: SmtpDouble;
let api: Api;
beforeAll(async () => {
  smtp = await startSmtp();
  // A mail server that is there: on a development server without one, the mailbox is where the message is.
  api = await startApi({ env: { EMAIL_HOST: '127.0.0.1', EMAIL_PORT: String(smtp.port), EMAIL_USE_TLS: 'false', EMAIL_FROM: 'no-reply@example.org' } });
});
afterAll(async () => {
  await api.close();
  await smtp.close();
});

/** Every row of every table, as text. */
async function dumpDatabase(): Promise<string> {
  const tables = await api.sql<{ name: string }>(`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`);
  const dumps = [];
  for (const { name } of tables) dumps.push((await api.sql<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).map(({ row }) => `${name} ${row}`).join('\n'));
  return dumps.join('\n');
}

async function dumpRedis(): Promise<string> {
  const redis = new Redis(api.context.config.redisUrl!);
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map(async (key) => [key, await redis.dump(key).then((value) => String(value))].join(' ')));
  redis.disconnect();
  return values.join('\n');
}

/** Six digits by themselves: not a part of a longer number, of a hash or of a fraction of a second. */
const holds = (text: string, code: string) => new RegExp(`(?<![0-9a-fA-F.])${code}(?![0-9a-fA-F])`).test(text);

it('C-06: a code is in its message and nowhere else: not in a table, not in Redis, not in the log, not in an answer', async () => {
  const email = someone();
  const answers: Answer[] = [];
  const codes: string[] = [];
  const post = async (path: string, body: object) => void answers.push(await api.client.post(path, { user_id: email, channel: 'email', ...body }));
  const newCode = async (purpose: string) => {
    await post('/auth/send-one-time-password', { purpose });
    // While it waits in the queue or lies stored, too.
    const whileQueued = await dumpDatabase();
    const mails = await smtp.received(codes.length + 1);
    const code = /\b\d{6}\b/.exec(mails.at(-1)!.mail.text ?? '')![0];
    codes.push(code);
    expect(holds(whileQueued, code)).toBe(false);
    expect(holds(await dumpDatabase(), code)).toBe(false);
    return code;
  };

  const signUpCode = await newCode('signup');
  await post('/auth/verify-one-time-password', { otp: signUpCode });
  await post('/auth/verify', { otp: wrongCode(signUpCode) });
  await post('/auth/verify', { otp: signUpCode });
  await post('/auth/verify', { otp: signUpCode });
  await post('/auth/verify-email-and-phone', { otp: await newCode('verify') });
  await post('/auth/login-with-otp', { otp: signUpCode });
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 200, 400, 200, 200, 400]);

  const places = { database: await dumpDatabase(), redis: await dumpRedis(), log: api.logText(), answers: answers.map(({ text }) => text).join('\n') };
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.length > 100]).toEqual([place, true]);
    for (const code of codes) expect([place, holds(text, code)]).toEqual([place, false]);
  }
  // What is looked for would be found: the address stands in the table of users and in the mail.
  expect(places.database).toContain(email);
});

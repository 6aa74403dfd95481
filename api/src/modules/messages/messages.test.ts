import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { startSmtp, type SmtpDouble } from '../../../test/doubles/smtp.js';
import { createPostgresServer, type PostgresServer } from '../../../test/postgres-server.js';
import { createRecordingLogger, type RecordingLogger } from '../../../test/recording-logger.js';
import { until } from '../../../test/until.js';
import { LANGUAGES, type Language } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { createJobs, type Jobs } from '../../infra/jobs.js';
import { createMailer, type Mailer } from '../../infra/mailer.js';
import { createMessages, type Messages, type OneTimeCodeMessage } from './messages.js';

jest.setTimeout(60_000);

const translator = createTranslator();
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const message = (language: Language = 'en'): OneTimeCodeMessage => ({ channel: 'email', to: 'mina@example.com', code: '042137', language, expiresAt: inMinutes(10), minutes: 10 });

let server: PostgresServer;
let pool: pg.Pool;
let logger: RecordingLogger;
let smtp: SmtpDouble;
let mailer: Mailer;
let jobs: Jobs;
let messages: Messages;

beforeAll(async () => {
  server = await createPostgresServer();
});
beforeEach(async () => {
  pool = new pg.Pool({ connectionString: await server.createDatabase() });
  logger = createRecordingLogger();
  smtp = await startSmtp();
  mailer = createMailer({ host: '127.0.0.1', port: smtp.port, tls: false, from: 'Tessera <no-reply@example.org>', timeouts: { silence: 2_000 } }, logger);
  jobs = createJobs({ pool, concurrency: 2, encryptionKey: randomBytes(32), retrySeconds: () => 0 }, logger);
  messages = createMessages({ jobs, mailer, translator, appName: 'Tessera', supportEmail: 'help@example.org' });
  await jobs.prepare();
  await jobs.start();
});
afterEach(async () => {
  await jobs.close();
  await mailer.close();
  await smtp.close();
  await pool.end();
});
afterAll(() => server.remove());

describe('a one-time code by e-mail', () => {
  it.each(LANGUAGES)('arrives in %s as the catalogue has it', async (language) => {
    await messages.sendOneTimeCode(pool, message(language));
    const [{ mail, recipients }] = (await smtp.received(1)) as [Awaited<ReturnType<SmtpDouble['received']>>[number]];
    const say = (part: 'subject' | 'text' | 'expires') => translator.text(language, `mail.one_time_code.${part}`, { app: 'Tessera', minutes: 10 });
    expect(recipients).toEqual(['mina@example.com']);
    expect(mail.subject).toBe(say('subject'));
    expect(mail.subject).not.toContain('042137');
    for (const words of [say('text'), say('expires'), '\n042137\n', 'help@example.org']) expect(mail.text).toContain(words);
    expect(mail.html).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`);
    expect(mail.html).toContain('>042137<');
    const header = (key: string) => mail.headers.find((each) => each.key === key)?.value;
    expect(header('content-language')).toBe(language);
    expect(header('auto-submitted')).toBe('auto-generated');
    expect(mail.messageId).toMatch(/^<[\w-]{36}@example\.org>$/);
  });

  it('leaves with the commit, and not without it', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await messages.sendOneTimeCode(client, message());
    await client.query('ROLLBACK');
    client.release();
    await messages.sendOneTimeCode(pool, message('de'));
    await smtp.received(1);
    await sleep(300);
    expect(smtp.messages.map(({ mail }) => mail.subject)).toEqual([translator.text('de', 'mail.one_time_code.subject', { app: 'Tessera' })]);
  });

  it('costs the caller nothing when the mail server is slow, and is sent once (F12)', async () => {
    smtp.behave({ delayMs: 1_000 });
    await messages.sendOneTimeCode(pool, message());
    expect(smtp.attempts()).toBe(0);
    await smtp.received(1);
    await sleep(500);
    expect(smtp.attempts()).toBe(1);
  });

  it.each([451, 'drop'] as const)('is tried again while the code lives when the server answers with %s, (F12)', async (failWith) => {
    smtp.behave({ failWith });
    await messages.sendOneTimeCode(pool, message());
    await until(() => logger.lines.some(({ message: text }) => text === 'A job failed and will be tried again'));
    smtp.behave({ failWith: undefined });
    await smtp.received(1);
    await sleep(300);
    expect(smtp.attempts()).toBe(2);
  });

  it('is tried three times and no more (F12)', async () => {
    smtp.behave({ failWith: 451 });
    await messages.sendOneTimeCode(pool, message());
    await until(() => logger.lines.some(({ level }) => level === 'error'), 30_000);
    expect(smtp.attempts()).toBe(3);
    expect(JSON.stringify(logger.lines.map(({ fields }) => fields))).not.toContain('042137');
  });

  it('is not tried again when the recipient is refused for good', async () => {
    smtp.behave({ failWith: 550 });
    await messages.sendOneTimeCode(pool, message());
    await until(() => logger.lines.some(({ level }) => level === 'error'));
    expect(smtp.attempts()).toBe(1);
  });

  it('is not sent once it has expired', async () => {
    await messages.sendOneTimeCode(pool, { ...message(), expiresAt: new Date(Date.now() - 1) });
    await until(() => logger.lines.some(({ message: text }) => text === 'A job was dropped because its time had passed'));
    expect(smtp.attempts()).toBe(0);
  });

  it('is refused at once where nothing can be sent', async () => {
    await expect(messages.sendOneTimeCode(pool, { ...message(), channel: 'sms' })).rejects.toThrow(/sms/);
  });
});

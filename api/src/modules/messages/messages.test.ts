import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSmtp, type SmtpDouble } from '../../../test/doubles/smtp.js';
import { startTwilio, TWILIO_ACCOUNT, type TwilioDouble } from '../../../test/doubles/twilio.js';
import { startMessages, type MessagesServer } from '../../../test/messages.js';
import { createRecordingLogger } from '../../../test/recording-logger.js';
import { until } from '../../../test/until.js';
import { LANGUAGES, type Language } from '../../i18n/language.js';
import { createTranslator } from '../../i18n/translator.js';
import { createMailer, type Mailer } from '../../infra/mailer.js';
import { createTwilioSenders } from '../../infra/text-sender.twilio.js';
import type { AccountNotice } from './account-notice.js';
import type { OneTimeCodeMessage } from './messages.js';

const translator = createTranslator();
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const code = (change: Partial<OneTimeCodeMessage> = {}): OneTimeCodeMessage => ({ channel: 'email', to: 'mina@example.com', code: '042137', language: 'en', expiresAt: inMinutes(10), minutes: 10, ...change });
const notice = (change: Partial<AccountNotice> = {}): AccountNotice => ({ kind: 'password_changed', channel: 'sms', to: '+96550000001', language: 'en', timezone: null, at: '2026-11-21T13:28:05.000Z', client: { device: null, browser: null, os: null }, ip: null, ...change });

let smtp: SmtpDouble;
let twilio: TwilioDouble;
let mailer: Mailer;
let server: MessagesServer;

beforeEach(async () => {
  [smtp, twilio] = [await startSmtp(), await startTwilio()];
  mailer = createMailer({ host: '127.0.0.1', port: smtp.port, tls: false, from: 'Tessera <no-reply@example.org>' }, createRecordingLogger());
  const texts = await createTwilioSenders({ ...TWILIO_ACCOUNT, smsFrom: '+15550100', whatsappFrom: '+15550199', apiUrl: twilio.url });
  server = await startMessages({ senders: { email: mailer, ...texts } });
});
afterEach(async () => {
  await server.close();
  await mailer.close();
  await smtp.close();
  await twilio.close();
});

/** Gives the jobs that nobody is at their turn after so long. @returns how many there are */
const postpone = async (after: string) => (await server.db.query({ text: 'UPDATE graphile_worker._private_jobs SET run_at = now() + $1::interval WHERE locked_at IS NULL', values: [after] })).rowCount;
const states = async () => (await server.rows()).map(({ state }) => state);
const taken = async (count: number) => until(async () => twilio.taken.length >= count && (await states()).filter((state) => state === 'sent').length >= count, 30_000);

describe('a one-time code by e-mail', () => {
  it.each(LANGUAGES)('arrives in %s as the catalogue has it', async (language) => {
    await server.messages.sendOneTimeCode(server.db, code({ language }));
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
    const undone = server.db.transaction(async (tx) => {
      await server.messages.sendOneTimeCode(tx, code());
      throw new Error('as asked');
    });
    await expect(undone).rejects.toThrow('as asked');
    await server.messages.sendOneTimeCode(server.db, code({ language: 'de' }));
    await smtp.received(1);
    await until(async () => (await states()).includes('sent'), 30_000);
    expect(smtp.messages.map(({ mail }) => mail.subject)).toEqual([translator.text('de', 'mail.one_time_code.subject', { app: 'Tessera' })]);
  });

  it('costs the caller nothing when the mail server is slow, and is sent once (F12)', async () => {
    let answer = (): void => undefined;
    let begun = 0;
    const held = new Promise<void>((resolve) => (answer = resolve));
    const slow = await startMessages({ senders: { email: { ...mailer, send: (mail) => ((begun += 1), held.then(() => mailer.send(mail))) } } });
    await slow.messages.sendOneTimeCode(slow.db, code());
    await until(() => begun > 0, 30_000);
    expect(await slow.rows()).toMatchObject([{ state: 'sending' }]);
    answer();
    await until(async () => (await slow.rows())[0]?.state === 'sent', 30_000);
    expect([begun, smtp.attempts()]).toEqual([1, 1]);
    await slow.close();
  });

  it('takes the place of an older one of the same key that has not left', async () => {
    smtp.behave({ failWith: 451 });
    await server.messages.sendOneTimeCode(server.db, code({ code: '111111', key: 'login' }));
    await until(async () => (await states()).includes('waiting'), 30_000);
    // Not tried again before the second comes: one that is on its way cannot be taken back.
    await until(async () => (await postpone('1 hour')) === 1, 30_000);
    smtp.behave({ failWith: undefined });
    await server.messages.sendOneTimeCode(server.db, code({ code: '222222', key: 'login' }));
    await server.messages.sendOneTimeCode(server.db, code({ code: '333333', key: 'login', to: 'other@example.com' }));
    // Until nothing is left that could leave.
    await until(async () => (await postpone('0')) === 0 && (await server.db.query({ text: 'SELECT FROM graphile_worker._private_jobs' })).rowCount === 0, 30_000);
    expect(smtp.messages.map(({ mail }) => /^\d{6}$/m.exec(mail.text ?? '')?.[0]).sort()).toEqual(['222222', '333333']);
  });

  it('leaves although the version before this one has queued it, or is let go when its time has passed (F23)', async () => {
    const queue = (to: string, expiresAt: Date) => server.jobs.add(server.db, 'one_time_code', { id: randomUUID(), to, code: '042137', language: 'de', minutes: 10 }, { maxAttempts: 3, notAfter: expiresAt });
    await queue('late@example.com', inMinutes(-1));
    await queue('mina@example.com', inMinutes(10));
    const [received] = await smtp.received(1);
    expect([received?.recipients, received?.mail.subject]).toEqual([['mina@example.com'], translator.text('de', 'mail.one_time_code.subject', { app: 'Tessera' })]);
    await until(async () => (await states()).filter((state) => state === 'sent' || state === 'failed').length === 2, 30_000);
    expect((await server.rows()).map(({ state, channel }) => `${state} ${channel}`).sort()).toEqual(['failed email', 'sent email']);
  });

  it('is refused at once where nothing can be sent', async () => {
    const mute = await startMessages({ senders: { email: mailer }, beside: server });
    await expect(mute.messages.sendOneTimeCode(mute.db, code({ channel: 'sms' }))).rejects.toThrow(/sms/);
    await mute.close();
  });
});

describe('a one-time code to a phone', () => {
  it.each(LANGUAGES.flatMap((language): [Language, 'sms' | 'whatsapp'][] => [[language, 'sms'], [language, 'whatsapp']]))('arrives in %s by %s as the catalogue has it', async (language, channel) => {
    await server.messages.sendOneTimeCode(server.db, code({ channel, language, to: '+96550000001' }));
    await taken(1);
    const text = translator.text(language, 'sms.one_time_code', { app: 'Tessera', minutes: 10, code: '042137' });
    expect(text).toContain('042137');
    expect(twilio.taken).toMatchObject([{ To: channel === 'sms' ? '+96550000001' : 'whatsapp:+96550000001', Body: text }]);
    expect(await server.rows()).toMatchObject([{ kind: 'one_time_code', channel, state: 'sent', attempts: 1 }]);
  });
});

describe('a notice about an account', () => {
  it('reaches a phone as one text, and a mailbox as a mail', async () => {
    await server.messages.sendAccountNotice(server.db, notice());
    await server.messages.sendAccountNotice(server.db, notice({ channel: 'email', to: 'mina@example.com' }));
    await taken(1);
    expect(twilio.taken).toMatchObject([{ To: '+96550000001', Body: translator.text('en', 'sms.password_changed', { app: 'Tessera' }) }]);
    const [received] = await smtp.received(1);
    expect(received?.mail.subject).toBe(translator.text('en', 'mail.password_changed.subject', { app: 'Tessera' }));
  });

  it('C-23: stays here when the budget of text messages is used up; a changed contact and a mail are told all the same', async () => {
    const poor = await startMessages({ senders: { email: mailer, ...(await createTwilioSenders({ ...TWILIO_ACCOUNT, smsFrom: '+15550100', apiUrl: twilio.url })) }, mayText: async () => false });
    await poor.messages.sendAccountNotice(poor.db, notice());
    await poor.messages.sendAccountNotice(poor.db, notice({ kind: 'phone_changed', value: '+965***02' }));
    await poor.messages.sendAccountNotice(poor.db, notice({ channel: 'email', to: 'mina@example.com' }));
    await until(async () => (await poor.rows()).filter(({ state }) => state === 'sent' || state === 'failed').length === 3, 30_000);
    expect(twilio.taken.map(({ Body }) => Body)).toEqual([expect.stringContaining('phone number')]);
    expect(await poor.reports()).toEqual([expect.objectContaining({ kind: 'account_notice', channel: 'sms', reason: 'BUDGET_USED_UP' })]);
    await smtp.received(1);
    await poor.close();
  });

  it('waits when nobody can tell what is left of the budget, and the channel is not to blame', async () => {
    let asked = 0;
    const mayText = async (): Promise<boolean> => {
      if ((asked += 1) < 8) throw new Error('no connection');
      return true;
    };
    const blind = await startMessages({ senders: await createTwilioSenders({ ...TWILIO_ACCOUNT, smsFrom: '+15550100', apiUrl: twilio.url }), mayText });
    await blind.messages.sendAccountNotice(blind.db, notice());
    await until(async () => {
      await blind.db.query({ text: 'UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL' });
      return (await blind.rows()).some(({ state }) => state === 'sent');
    }, 30_000);
    expect([twilio.taken.length, await blind.circuit.health(blind.db, 'sms')]).toEqual([1, { failures: 0, downSeconds: 0 }]);
    expect((await blind.rows())[0]?.attempts).toBe(8);
    await blind.close();
  });

  it('is not even queued where its channel cannot send', async () => {
    const mute = await startMessages({ senders: { email: mailer }, beside: server });
    await mute.messages.sendAccountNotice(mute.db, notice());
    const { rows } = await mute.db.query({ text: 'SELECT 1 FROM graphile_worker._private_jobs' });
    expect(rows).toEqual([]);
    await mute.close();
  });
});

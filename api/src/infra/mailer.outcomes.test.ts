import { afterEach, describe, expect, it } from '@jest/globals';
import { startScriptedSmtp, type ScriptedSmtp, type SmtpTurn } from '../../test/doubles/smtp-script.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { until } from '../../test/until.js';
import { createMailer, type Mailer, type MailerOptions } from './mailer.js';

const mail = { to: 'mina@example.com', subject: 'Hello', text: 'Hello Mina', html: '<p>Hello Mina</p>' };

let smtp: ScriptedSmtp;
let mailer: Mailer;

/** Long enough for a slow machine to say all that comes before a silence. */
const SILENCE_MS = 3_000;

async function connect(turn?: SmtpTurn, pipelining = false, timeouts: MailerOptions['timeouts'] = {}): Promise<void> {
  smtp = await startScriptedSmtp(turn, { pipelining });
  mailer = createMailer({ host: '127.0.0.1', port: smtp.port, tls: false, from: 'no-reply@example.com', timeouts }, createRecordingLogger());
}

afterEach(async () => {
  await mailer.close();
  await smtp.close();
});

describe.each([['one command at a time', false], ['with commands sent together', true]])('F12: what is known after a failure, %s', (_name, pipelining) => {
  it.each<[SmtpTurn['at'], SmtpTurn['does'], string, string | RegExp]>([
    // Before a byte of the message has left, nothing can have been taken.
    ['greeting', 'cut', 'not_taken', 'ECONNECTION'],
    ['greeting', '421 too busy', 'not_taken', 'SMTP_421'],
    ['greeting', '554 not you', 'not_taken', 'SMTP_554'],
    ['EHLO', 'cut', 'not_taken', /^ECONN/],
    ['MAIL', 'cut', 'not_taken', /^ECONN/],
    ['MAIL', '451 later', 'not_taken', 'SMTP_451'],
    ['MAIL', '553 not from you', 'not_taken', 'SMTP_553'],
    ['RCPT', 'cut', 'not_taken', /^ECONN/],
    ['RCPT', '450 later', 'not_taken', 'SMTP_450'],
    ['RCPT', '550 no such user', 'refused', 'SMTP_550'],
    ['DATA', 'cut', 'not_taken', /^ECONN/],
    ['DATA', '451 later', 'not_taken', 'SMTP_451'],
    // From then on only an answer tells.
    ['body', 'cut', 'unknown', /^ECONN|^EPIPE/],
    ['dot', 'cut', 'unknown', /^ECONN/],
    ['dot', 'what?', 'unknown', /./],
    ['dot', '421 closing', 'not_taken', 'SMTP_421'],
    ['dot', '452 full', 'not_taken', 'SMTP_452'],
    ['dot', '554 spam', 'refused', 'SMTP_554'],
  ])('%s: %s is %s', async (at, does, outcome, reason) => {
    await connect({ at, does }, pipelining);
    await expect(mailer.send(mail)).rejects.toMatchObject({ outcome, reason: typeof reason === 'string' ? reason : expect.stringMatching(reason) });
    expect(smtp.arrived()).toBe(at === 'dot' ? 1 : 0);
  });

  it('a silence is what it interrupts', async () => {
    await connect();
    const silences: [SmtpTurn['at'], string][] = [['greeting', 'not_taken'], ['EHLO', 'not_taken'], ['MAIL', 'not_taken'], ['DATA', 'not_taken'], ['body', 'unknown'], ['dot', 'unknown']];
    // All at once: each takes its time.
    await Promise.all(
      silences.map(async ([at, outcome]) => {
        const silent = await startScriptedSmtp({ at, does: 'silence' }, { pipelining });
        const sender = createMailer({ host: '127.0.0.1', port: silent.port, tls: false, from: 'no-reply@example.com', timeouts: { greeting: SILENCE_MS, silence: SILENCE_MS } }, createRecordingLogger());
        const error: unknown = await sender.send(mail).catch((reason: unknown) => reason);
        expect({ at, error, arrived: silent.arrived() }).toMatchObject({ at, error: { outcome, reason: 'ETIMEDOUT' }, arrived: at === 'dot' ? 1 : 0 });
        await sender.close();
        await silent.close();
      }),
    );
  });
});

it.each([
  ['RCPT', '450 4.1.2 domain not found', true],
  ['RCPT', '452-4.2.2 mailbox full\r\n452 4.2.2 try later', true],
  ['RCPT', '550 5.1.1 no such user', true],
  ['RCPT', '451 4.3.0 disk full', false],
  ['RCPT', '451 later', false],
  ['RCPT', '421 4.1.0 closing', false],
  ['MAIL', '451 4.1.8 sender unknown', false],
  ['dot', '452 4.2.2 full', false],
] as const)('C-23: %s: %s is of one recipient: %s', async (at, does, sparesChannel) => {
  await connect({ at, does });
  await expect(mailer.send(mail)).rejects.toMatchObject({ sparesChannel });
});

it('a whole time that ends before the message has left, and one that ends after', async () => {
  await connect({ at: 'MAIL', does: 'silence' }, false, { whole: 200 });
  await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'EABORT' });
  await mailer.close();
  await smtp.close();
  await connect({ at: 'dot', does: 'silence' }, false, { whole: SILENCE_MS });
  await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'unknown', reason: 'EABORT' });
});

it('a kept connection that the server has closed meanwhile is replaced, and the message arrives once', async () => {
  await connect();
  await mailer.send(mail);
  smtp.cutIdle();
  await mailer.send(mail);
  expect(smtp.arrived()).toBe(2);
  await until(() => smtp.connections() === 2);
});

it('nobody listens, and nobody is known', async () => {
  await connect();
  const at = (host: string, port: number) => createMailer({ host, port, tls: false, from: 'no-reply@example.com', timeouts: { connection: 30_000 } }, createRecordingLogger());
  const { port } = smtp;
  await smtp.close();
  await expect(at('127.0.0.1', port).send(mail)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'ECONNREFUSED' });
  await expect(at('no-such-host.invalid', 25).send(mail)).rejects.toMatchObject({ outcome: 'not_taken' });
  smtp = await startScriptedSmtp();
});

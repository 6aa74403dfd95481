import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSelfSignedCertificate } from '../../test/certificate.js';
import { runInChild } from '../../test/child-process.js';
import { startSmtp, type SmtpDouble, type SmtpOptions } from '../../test/doubles/smtp.js';
import { createRecordingLogger } from '../../test/recording-logger.js';
import { createMailer, type Mailer, type MailerOptions } from './mailer.js';

const quiet = createRecordingLogger();
const mail = { to: 'mina@example.com', subject: 'Hello', text: 'Hello Mina', html: '<p>Hello Mina</p>' };

let certificate: { key: string; cert: string };
let smtp: SmtpDouble;
let mailer: Mailer;

async function connect(server: SmtpOptions = {}, options: Partial<MailerOptions> = {}): Promise<void> {
  smtp = await startSmtp(server);
  mailer = createMailer({ host: '127.0.0.1', port: smtp.port, tls: false, from: 'Tessera <no-reply@example.com>', ...options }, quiet);
}

beforeAll(() => {
  certificate = makeSelfSignedCertificate();
});

afterEach(async () => {
  await mailer.close();
  await smtp.close();
});

describe('delivery', () => {
  it('brings subject, text and HTML to the one recipient', async () => {
    await connect();
    await mailer.send({ ...mail, id: 'once', headers: { 'Auto-Submitted': 'auto-generated' } });
    const [received] = await smtp.received(1);
    expect(received?.recipients).toEqual(['mina@example.com']);
    expect(received?.mail).toMatchObject({ subject: 'Hello', from: { name: 'Tessera', address: 'no-reply@example.com' }, messageId: '<once@example.com>' });
    expect(received?.mail.text?.trim()).toBe('Hello Mina');
    expect(received?.mail.html?.trim()).toBe('<p>Hello Mina</p>');
    expect(received?.raw.match(/^Message-ID:/gim)).toHaveLength(1);
    expect(received?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it.each([
    ['en', 'Your sign-in code: 042137', 'Hello Mina, this is your code.'],
    ['ar', 'رمز الدخول الخاص بك: 042137', 'مرحبًا مينا، هذا هو رمزك.'],
    ['fr', 'Votre code de connexion : 042137', 'Bonjour Zoë, voici votre code à usage unique « 042137 ».'],
    ['es', '¡Tu código de acceso es 042137!', '¿Qué tal, Íñigo? Aquí está tu código.'],
    ['de', 'Ihr Anmeldecode für heute: 042137', 'Grüß Gott, Jürgen – schön, dass Sie da sind.'],
    ['id', 'Kode masuk Anda: 042137', 'Halo Sinta, inilah kode Anda.'],
  ])('brings %s out exactly as written', async (_language, subject, text) => {
    await connect();
    await mailer.send({ to: 'mina@example.com', subject, text: `${text}\n\n042137\n`, html: `<p>${text}</p>` });
    const [received] = await smtp.received(1);
    expect(received?.mail.subject).toBe(subject);
    expect(received?.mail.text?.trimEnd()).toBe(`${text}\n\n042137`);
    expect(received?.mail.html?.trim()).toBe(`<p>${text}</p>`);
  });

  it('signs in when there is a user, and fails the check with a wrong password', async () => {
    await connect({ user: 'tessera', password: 'right' }, { user: 'tessera', password: 'wrong' });
    await expect(mailer.check()).rejects.toThrow();
    await mailer.close();
    mailer = createMailer({ host: '127.0.0.1', port: smtp.port, tls: false, from: 'no-reply@example.com', user: 'tessera', password: 'right' }, quiet);
    await mailer.check();
    await mailer.send(mail);
    await smtp.received(1);
  });
});

describe('TLS (E-22)', () => {
  it('refuses a self-signed certificate offered by STARTTLS, and sends nothing', async () => {
    await connect({ tls: certificate }, { tls: true });
    await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'not_taken', cause: { message: expect.stringMatching(/self-signed/i) } });
    await expect(mailer.check()).rejects.toThrow(/self-signed/i);
    expect(smtp.attempts()).toBe(0);
  });

  it('refuses a server that offers no TLS at all, and sends nothing', async () => {
    await connect({}, { tls: true });
    await expect(mailer.send(mail)).rejects.toThrow();
    expect(smtp.attempts()).toBe(0);
  });

  it('sends over STARTTLS to a host that proves who it is, and not to one that proves to be another', async () => {
    await connect({ tls: certificate });
    expect(await sendInProcessOfItsOwn(certificate.cert)).toBe('sent');
    expect(smtp.messages).toMatchObject([{ secure: true, recipients: ['mina@example.com'] }]);
    await smtp.close();
    const foreign = makeSelfSignedCertificate('DNS:mail.example.com');
    smtp = await startSmtp({ tls: foreign });
    expect(await sendInProcessOfItsOwn(foreign.cert)).toMatch(/altnames/);
    expect(smtp.attempts()).toBe(0);
  });

  it('takes TLS as it is offered when verification is switched off', async () => {
    await connect({ tls: certificate }, { tls: false });
    await mailer.send(mail);
    const [received] = await smtp.received(1);
    expect(received?.secure).toBe(true);
  });
});

describe('injection (E-21)', () => {
  it.each([
    'mina@example.com\r\nBcc: eve@example.com',
    'mina@example.com\nRCPT TO:<eve@example.com>',
    'mina@example.com, eve@example.com',
    'mina@example.com;eve@example.com',
    'Mina <eve@example.com>',
    '<eve@example.com>mina@example.com',
    '"x\r\n"@example.com',
    'mina@example.com\u0000',
    'mina@ex\u0085ample.com',
    'mina',
    '',
  ])('refuses the recipient %j', async (to) => {
    await connect();
    await expect(mailer.send({ ...mail, to })).rejects.toMatchObject({ outcome: 'refused' });
    expect(smtp.attempts()).toBe(0);
  });

  it.each(['Hello\r\nBcc: eve@example.com', 'Hello\nX-Evil: 1', 'Hello\rworld'])('refuses the subject %j', async (subject) => {
    await connect();
    await expect(mailer.send({ ...mail, subject })).rejects.toMatchObject({ outcome: 'refused' });
    expect(smtp.attempts()).toBe(0);
  });

  it.each([
    ['X-Name', 'a\r\nBcc: eve@example.com'],
    ['X-Name: a\r\nBcc', 'eve@example.com'],
  ])('refuses the header %j: %j', async (name, value) => {
    await connect();
    await expect(mailer.send({ ...mail, headers: { [name]: value } })).rejects.toMatchObject({ outcome: 'refused' });
    expect(smtp.attempts()).toBe(0);
  });
});

describe('a mail server in trouble (F12)', () => {
  it('tries once: trying again belongs to the job', async () => {
    await connect({ failWith: 'drop' });
    await expect(mailer.send(mail)).rejects.toThrow();
    expect(smtp.attempts()).toBe(1);
  });

  it('gives up a server that hangs up before it greets, after one more attempt', async () => {
    let calls = 0;
    const rude = createServer((socket) => void ((calls += 1), socket.destroy())).listen(0, '127.0.0.1');
    await once(rude, 'listening');
    await connect({}, { port: (rude.address() as AddressInfo).port });
    await expect(mailer.send(mail)).rejects.toThrow();
    expect(calls).toBeLessThanOrEqual(2);
    rude.close();
  });

  it('tells a refusal for now from a refusal for good', async () => {
    await connect({ failWith: 451 });
    await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'SMTP_451' });
    smtp.behave({ failWith: 550 });
    await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'refused', reason: 'SMTP_550' });
    smtp.behave({ failWith: undefined });
    await mailer.send(mail);
    expect(smtp.messages).toHaveLength(1);
  });

  it('gives up a server that never greets', async () => {
    const mute = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    await connect({}, { port: (mute.address() as AddressInfo).port, timeouts: { greeting: 200 } });
    await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'ETIMEDOUT', cause: { message: expect.stringMatching(/greeting/i) } });
    mute.close();
  });

  it('gives up a server that falls silent in the middle', async () => {
    // Silence enough for a slow machine to have got that far.
    await connect({ delayMs: 60_000 }, { timeouts: { silence: 3_000 } });
    await expect(mailer.send(mail)).rejects.toMatchObject({ outcome: 'unknown', reason: 'ETIMEDOUT' });
  });
});

const certificateFolder = mkdtempSync(join(tmpdir(), 'tessera-mailer-'));
afterAll(() => rmSync(certificateFolder, { recursive: true }));

/** Node reads the authorities it trusts once, at its start: so a process that trusts this one. @returns `sent`, or what went wrong */
async function sendInProcessOfItsOwn(authority: string): Promise<string> {
  const file = join(certificateFolder, 'authority.pem');
  writeFileSync(file, authority);
  const code = `
    const { createMailer } = await src('infra/mailer.js');
    const mailer = createMailer(input.options, { warn() {} });
    console.log(await mailer.send(input.mail).then(() => 'sent', ({ cause }) => String(cause)));
    await mailer.close();`;
  const options = { host: 'localhost', port: smtp.port, tls: true, from: 'no-reply@example.com' };
  const child = runInChild(code, { options, mail }, { NODE_EXTRA_CA_CERTS: file });
  await child.ended;
  return child.output().trim();
}

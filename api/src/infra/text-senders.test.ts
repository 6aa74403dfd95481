import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSelfSignedCertificate } from '../../test/certificate.js';
import { runInChild } from '../../test/child-process.js';
import { startSmsGateway, type SmsGatewayDouble } from '../../test/doubles/sms-gateway.js';
import { startTwilio, TWILIO_ACCOUNT, type TwilioDouble } from '../../test/doubles/twilio.js';
import { until } from '../../test/until.js';
import { createSmsGateway } from './text-sender.gateway.js';
import { createTwilioSenders, type TwilioOptions } from './text-sender.twilio.js';
import { freePort } from '../../test/free-port.js';

const message = { id: 'one', to: '+96550000001', text: '042137 is your code. It’s valid for 10 minutes & more – رمز', code: '042137' };
const timeouts = { connection: 30_000, answer: 30_000 };
/** Where nobody answers. */
const impatient = { ...timeouts, answer: 300 };

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function twilio(options: Partial<TwilioOptions> = {}, tls?: { key: string; cert: string }) {
  const double: TwilioDouble = await startTwilio(tls && { tls });
  closers.push(double.close);
  const { sms, whatsapp } = await createTwilioSenders({ ...TWILIO_ACCOUNT, smsFrom: '+15550100', whatsappFrom: '+15550199', apiUrl: double.url, timeouts, ...options });
  return { double, sms: sms!, whatsapp: whatsapp! };
}

async function gateway(tls?: { key: string; cert: string }, path = '/api/', patience = timeouts) {
  const double: SmsGatewayDouble = await startSmsGateway(tls && { tls });
  closers.push(double.close);
  return { double, sms: createSmsGateway({ endpoint: `${double.url}${path}`, username: 'user & co', password: 'p=ss', sender: 'Tessera', mode: '1', timeouts: patience }) };
}

describe('Twilio', () => {
  it('is sent an sms from the number, or by the messaging service where there is one', async () => {
    const { double, sms } = await twilio();
    await sms.send(message);
    expect(double.taken).toEqual([{ To: message.to, From: '+15550100', Body: message.text }]);
    const service = await twilio({ messagingServiceSid: `MG${'0'.repeat(32)}` });
    await service.sms.send(message);
    expect(service.double.taken).toEqual([{ To: message.to, MessagingServiceSid: `MG${'0'.repeat(32)}`, Body: message.text }]);
  });

  it('is sent a WhatsApp message: a code by the approved template, anything else as it is', async () => {
    const { double, whatsapp } = await twilio({ contentSid: `HX${'0'.repeat(32)}` });
    await whatsapp.send(message);
    await whatsapp.send({ id: 'two', to: message.to, text: 'Your password was changed.' });
    const numbers = { To: 'whatsapp:+96550000001', From: 'whatsapp:+15550199' };
    expect(double.taken).toEqual([{ ...numbers, ContentSid: `HX${'0'.repeat(32)}`, ContentVariables: '{"1":"042137"}' }, { ...numbers, Body: 'Your password was changed.' }]);
    const plain = await twilio();
    await plain.whatsapp.send(message);
    expect(plain.double.taken).toEqual([{ ...numbers, Body: message.text }]);
  });

  it('offers only the channels that have a sender', async () => {
    expect(await createTwilioSenders(TWILIO_ACCOUNT)).toEqual({ sms: undefined, whatsapp: undefined });
  });

  it.each([
    [429, 'not_taken', 'TWILIO_20429'],
    [500, 'not_taken', 'TWILIO_20500'],
    [503, 'not_taken', 'TWILIO_20503'],
    [502, 'unknown', 'HTTP_502'],
    ['drop', 'unknown', 'ECONNRESET'],
    ['hang', 'unknown', 'ANSWER_TIMEOUT'],
  ] as const)('F13: %s is %s, asked once', async (fail, outcome, reason) => {
    const { double, sms } = await twilio(fail === 'hang' ? { timeouts: impatient } : {});
    double.behave({ fail });
    await expect(sms.send(message)).rejects.toMatchObject({ outcome, reason });
    await until(() => double.received.length > 0);
    expect(double.received).toHaveLength(1);
  });

  it('has taken what it answered 201 to, whatever became of the rest of the answer', async () => {
    const { double, sms } = await twilio();
    double.behave({ fail: 'cut' });
    await sms.send(message);
    expect(double.taken).toHaveLength(1);
  });

  it('refuses a number for good, and its sentence with the number goes nowhere', async () => {
    const { sms } = await twilio();
    const error: Error = await sms.send({ ...message, to: '+15550001234' }).catch((reason: unknown) => reason as Error) as Error;
    expect(error).toMatchObject({ outcome: 'refused', reason: 'TWILIO_21211' });
    expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain('15550001234');
  });

  it('waits for a wrong sign-in to be mended', async () => {
    const { sms } = await twilio({ authToken: 'wrong' });
    await expect(sms.send(message)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'TWILIO_20003' });
  });
});

describe('the gateway', () => {
  it('is sent the fields it knows, exactly as written', async () => {
    const { double, sms } = await gateway();
    await sms.send(message);
    expect(double.received).toMatchObject([{ path: '/api/', fields: { username: 'user & co', password: 'p=ss', sender: 'Tessera', mobile: message.to, lang: '1', test: '1', message: message.text } }]);
  });

  it.each([
    [429, 'not_taken', 'HTTP_429'],
    [500, 'not_taken', 'HTTP_500'],
    // What a web form answers when it has done its work: asked again, a phone might ring twice.
    [302, 'unknown', 'HTTP_302'],
    [303, 'unknown', 'HTTP_303'],
    [308, 'not_taken', 'HTTP_308'],
    [403, 'not_taken', 'HTTP_403'],
    [504, 'unknown', 'HTTP_504'],
    [422, 'refused', 'HTTP_422'],
    ['drop', 'unknown', 'ECONNRESET'],
    ['hang', 'unknown', 'ANSWER_TIMEOUT'],
  ] as const)('F13: %s is %s, asked once', async (fail, outcome, reason) => {
    const { double, sms } = await gateway(undefined, undefined, fail === 'hang' ? impatient : timeouts);
    double.behave(fail);
    await expect(sms.send(message)).rejects.toMatchObject({ outcome, reason });
    await until(() => double.received.length > 0);
    expect(double.received).toHaveLength(1);
  });
});

describe('before a request has left', () => {
  it('a refused connection, an unknown host and a mute line are not taken', async () => {
    const mute = createServer((socket) => void socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const send = (endpoint: string, connection = 1_000) => createSmsGateway({ endpoint, mode: '1', timeouts: { ...timeouts, connection } }).send(message);
    await expect(send(`http://127.0.0.1:${await freePort()}/`, 30_000)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'ECONNREFUSED' });
    await expect(send('http://no-such-host.invalid/')).rejects.toMatchObject({ outcome: 'not_taken', reason: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|CONNECTION_TIMEOUT)$/) });
    // The line stands, and TLS never does.
    await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'CONNECTION_TIMEOUT' });
    mute.close();
  });

  it.each(['96550000001', '+0123456', '+96550000001,+96550000002', '+96550000001\r\nX: y', 'whatsapp:+96550000001', ''])('E-21: %j is no number', async (to) => {
    const { double, sms } = await gateway();
    await expect(sms.send({ ...message, to })).rejects.toMatchObject({ outcome: 'refused', reason: 'NOT_A_PHONE_NUMBER' });
    const other = await twilio();
    await expect(other.whatsapp.send({ ...message, to })).rejects.toMatchObject({ outcome: 'refused' });
    expect([...double.received, ...other.double.received]).toEqual([]);
  });
});

describe('TLS (E-22)', () => {
  let certificate: { key: string; cert: string };
  beforeAll(() => {
    certificate = makeSelfSignedCertificate();
  });

  it('sends nothing to a server that cannot prove who it is', async () => {
    const [first, second] = [await twilio({}, certificate), await gateway(certificate)];
    await expect(first.sms.send(message)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await expect(second.sms.send(message)).rejects.toMatchObject({ outcome: 'not_taken', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect([...first.double.received, ...second.double.received]).toEqual([]);
    expect(first.double.connections()).toBe(1);
  });

  it('verifies also where the environment says not to', async () => {
    const { double } = await gateway(certificate);
    const code = `
      const { createSmsGateway } = await src('infra/text-sender.gateway.js');
      await createSmsGateway(input.options).send(input.message).then(() => console.log('sent'), ({ reason }) => console.log(reason));`;
    const child = runInChild(code, { options: { endpoint: double.url, mode: '1' }, message }, { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' });
    await child.ended;
    expect(child.output()).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(double.received).toEqual([]);
  });
});

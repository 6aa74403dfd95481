import { describe, expect, it } from '@jest/globals';
import { createRecordingLogger } from '../test/recording-logger.js';
import { loadConfig } from './config.js';
import { carriersOf, createSenders } from './infra/senders.js';
import { createMemoryStore } from './infra/memory-store.js';
import { reportStart } from './start-report.js';

const NOON = Date.parse('2027-01-31T12:00:00Z');
const MIDNIGHT = Date.parse('2027-02-01T00:00:00Z');
const PRODUCTION = { API_MODE: 'production', JWT_SECRET: 'k3Zr8vQm1Xc7Tn5Lw9Ya2Hd6Pf4Gs0Bj' };
const SMTP = { EMAIL_HOST: 'mail.example.com', EMAIL_HOST_USER: 'postman@example.com', EMAIL_HOST_PASSWORD: 'a-password-of-smtp' };
const TWILIO = { TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`, TWILIO_AUTH_TOKEN: 'a-token-of-twilio' };
const GATEWAY = { SMS_API_ENDPOINT: 'https://sms.example.com/send', SMS_SENDER_USERNAME: 'sender', SMS_SENDER_PASSWORD: 'a-password-of-the-gateway' };
const TEST_CODES = { TEST_OTPS: '+15550100=111111;reviewer@example.com=222222', TEST_OTPS_UNTIL: '2027-01-31' };

function report(environment: NodeJS.ProcessEnv, now = NOON) {
  const logger = createRecordingLogger();
  reportStart(loadConfig(environment), logger, () => now);
  return { channels: logger.lines[0], warnings: logger.lines.slice(1), text: JSON.stringify(logger.lines) };
}

describe('what a start says of its messages', () => {
  it.each([
    ['nothing, in development', {}, { email: 'mailbox', sms: 'none', whatsapp: 'none' }],
    ['the mailbox for all, in development', { MAILBOX_CHANNELS: 'email,sms,whatsapp' }, { email: 'mailbox', sms: 'mailbox', whatsapp: 'mailbox' }],
    ['nothing, in production', { ...PRODUCTION, MAILBOX_CHANNELS: 'email,sms,whatsapp' }, { email: 'none', sms: 'none', whatsapp: 'none' }],
    ['SMTP', { ...PRODUCTION, ...SMTP }, { email: 'smtp', sms: 'none', whatsapp: 'none' }],
    ['Twilio with a number', { ...PRODUCTION, ...TWILIO, TWILIO_PHONE_NUMBER: '+15550100' }, { email: 'none', sms: 'twilio', whatsapp: 'none' }],
    ['Twilio with a messaging service', { ...TWILIO, TWILIO_MESSAGING_SERVICE_ID: `MG${'0'.repeat(32)}` }, { email: 'mailbox', sms: 'twilio', whatsapp: 'none' }],
    ['Twilio for WhatsApp alone, the mailbox for the rest', { ...TWILIO, TWILIO_WHATSAPP_NUMBER: '+15550100', MAILBOX_CHANNELS: 'sms,whatsapp' }, { email: 'none', sms: 'mailbox', whatsapp: 'twilio' }],
    ['a gateway, which goes before Twilio', { ...PRODUCTION, ...SMTP, ...GATEWAY, ...TWILIO, TWILIO_PHONE_NUMBER: '+15550100', TWILIO_WHATSAPP_NUMBER: '+15550100' }, { email: 'smtp', sms: 'gateway', whatsapp: 'twilio' }],
  ])('configured: %s', async (_what, environment, channels) => {
    const { channels: line, warnings, text } = report(environment);
    expect([line, warnings]).toEqual([{ level: 'info', message: 'Messages are sent', fields: channels }, []]);
    expect(text).not.toMatch(/a-(password|token)-of|example\.com|5550100|AC0/);
    // And it is so: a channel has a sender exactly if it says what carries it.
    const config = loadConfig(environment);
    const senders = await createSenders(config, createMemoryStore(), createRecordingLogger());
    expect({ email: !!senders.email, sms: !!senders.sms, whatsapp: !!senders.whatsapp }).toEqual(Object.fromEntries(Object.entries(carriersOf(config)).map(([channel, carrier]) => [channel, carrier !== 'none'])));
    await senders.close();
  });

  it('warns that test codes are on, for how many and until when, and not whose or which they are', () => {
    const { warnings, text } = report({ ...PRODUCTION, ...TEST_CODES });
    expect(warnings).toEqual([{ level: 'warn', message: expect.stringContaining('TEST_OTPS is on'), fields: { identities: 2, until: '2027-02-01T00:00:00.000Z' } }]);
    expect(text).not.toMatch(/111111|222222|5550100|reviewer/);
  });

  it('warns of test codes to the end of their last day', () => {
    expect(report(TEST_CODES, MIDNIGHT - 1).warnings).toHaveLength(1);
    expect(report(TEST_CODES, MIDNIGHT).warnings).toEqual([]);
  });

  it.each(['MASTER_OTP', 'MASTER_ADMIN_OTP'])('warns that %s is on, and not what it is', (name) => {
    const { warnings, text } = report({ [name]: '90817263' });
    expect(warnings).toEqual([{ level: 'warn', message: expect.stringContaining('MASTER_OTP is on'), fields: undefined }]);
    expect(text).not.toContain('90817263');
  });
});

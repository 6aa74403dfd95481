import { describe, expect, it } from '@jest/globals';
import { channelReaches, codeBody, type Channel } from './code-body.js';

const read = (body: object, channels: Channel[] = ['email', 'sms', 'whatsapp']) => codeBody((channel) => channels.includes(channel)).safeParse({ otp: '123456', ...body });
const wrongPaths = (body: object, channels?: Channel[]) => read(body, channels).error?.issues.map(({ path }) => path.join('.'));

describe('the body with a code', () => {
  it('C-12: one person is one identity, however he is written and over whichever channel', () => {
    for (const user_id of ['+4915112345678', '4915112345678', ' +4915112345678 ', '+49015112345678', '+490015112345678']) {
      for (const channel of ['sms', 'whatsapp']) expect(read({ user_id, channel }).data?.identity).toEqual({ kind: 'phone', key: '+4915112345678', address: '+4915112345678' });
    }
    expect(read({ user_id: ' Mina@Example.com', channel: 'email' }).data?.identity).toMatchObject({ kind: 'email', key: 'mina@example.com' });
  });

  it('an address where numbers are reached, and a number where addresses are, is malformed and names the field', () => {
    for (const channel of ['sms', 'whatsapp']) expect(wrongPaths({ user_id: 'mina@example.com', channel })).toEqual(['user_id']);
    expect(wrongPaths({ user_id: '+4915112345678', channel: 'email' })).toEqual(['user_id']);
  });

  it('where a channel cannot deliver, that is said of it before anything of the identity', () => {
    for (const user_id of ['mina@example.com', '+4915112345678']) expect(read({ user_id, channel: 'sms' }, ['email']).success).toBe(true);
    expect(wrongPaths({ user_id: 'nobody', channel: 'sms' }, ['email'])).toEqual(['user_id']);
  });

  it.each(['12345', '1234567890123', '12 3456', '12345a', '１２３４５６', '١٢٣٤٥٦', '+123456', '-12345', '1e5000', '0x1234', '', 123456, 123456.0, ['123456'], { 0: '123456' }, true, null, undefined])('C-08: %j is no code', (otp) => {
    expect(wrongPaths({ user_id: 'mina@example.com', channel: 'email', otp })).toEqual(['otp']);
  });

  it('six to twelve digits are a code, and are trimmed like every identifier', () => {
    for (const otp of ['123456', '1408199', '123456789012', ' 123456 ']) expect(read({ user_id: 'mina@example.com', channel: 'email', otp }).data?.otp).toBe(otp.trim());
  });

  it('numbers are reached by sms and WhatsApp, addresses by e-mail', () => {
    const reached = (['email', 'sms', 'whatsapp'] as const).map((channel) => [channelReaches(channel, { kind: 'email' }), channelReaches(channel, { kind: 'phone' })]);
    expect(reached).toEqual([[true, false], [false, true], [false, true]]);
  });
});

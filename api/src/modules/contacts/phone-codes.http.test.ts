import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { signUp, type Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { until } from '../../../test/until.js';

let api: Api;
let person: Account;
beforeAll(async () => {
  api = await startApi({ env: { MAILBOX_CHANNELS: 'email,sms,whatsapp' } });
  person = await signUp(api);
});
afterAll(() => api.close());

const ask = (body: unknown, query = '') => api.client.post(`/settings/send-phone-otp${query}`, body, { token: person.sessionToken });

describe('POST /settings/send-phone-otp', () => {
  it.each(['sms', 'whatsapp'])('sends a code over %s, in the caller’s language, that works where numbers are changed and nowhere else', async (channel) => {
    const number = `+49151${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;
    const answer = await ask({ phone: ` ${number.slice(1)} `, channel }, '?lang=ar');
    expect([answer.status, answer.body.data]).toEqual([200, { message: 'OTP sent successfully' }]);
    const otp = await api.codeFor(number);
    expect((await api.context.mailbox!.list()).find(({ to }) => to === number)!.text).toMatch(/[\u0600-\u06ff]/);
    expect((await api.client.post('/auth/verify', { user_id: number, channel, otp })).status).toBe(400);
    expect((await api.client.post('/settings/change-phone', { new_phone: number, otp }, { token: person.sessionToken })).status).toBe(200);
  });

  it('the old number hears of the next change by text message, with a link that puts it back', async () => {
    const someoneElse = await signUp(api);
    const [old, next] = ['+4915511111111', '+4915522222222'] as const;
    for (const number of [old, next]) {
      await api.client.post('/settings/send-phone-otp', { phone: number, channel: 'sms' }, { token: someoneElse.sessionToken });
      await api.client.post('/settings/change-phone', { new_phone: number, otp: await api.codeFor(number) }, { token: someoneElse.sessionToken });
    }
    let token: string | undefined;
    await until(async () => {
      const text = (await api.context.mailbox!.list()).find((message) => message.to === old && message.text.includes('token='))?.text;
      token = text && /token=([\w-]+)/.exec(text)![1];
      return token !== undefined;
    }, 30_000);
    expect((await api.client.post('/settings/undo-contact-change', { token })).body.data).toEqual({ kind: 'phone' });
    expect(await api.sql('SELECT phone_e164, is_phone_verified FROM "user" WHERE user_id = $1', [someoneElse.userId])).toEqual([{ phone_e164: old, is_phone_verified: true }]);
  });

  it('too soon after another it is 429, which says when to come back', async () => {
    const strict = await startApi({ beside: api, env: { OTP_SEND_COOLDOWN_SECONDS: '3600', MAILBOX_CHANNELS: 'email,sms' } });
    const again = () => strict.client.post('/settings/send-phone-otp', { phone: '+4915533333333', channel: 'sms' }, { token: person.sessionToken });
    expect((await again()).status).toBe(200);
    const { status, body, headers } = await again();
    expect([status, body.error_key, Number(headers.get('retry-after')) > 3_500]).toEqual([429, 'AUTH_OTP_THROTTLED', true]);
    expect((await strict.client.post('/settings/send-phone-otp', { phone: '+4915533333333', channel: 'whatsapp' }, { token: person.sessionToken })).body.error_key).toBe('AUTH_CHANNEL_UNSUPPORTED');
    await strict.close();
  });

  it.each(['email', 'pigeon', 'SMS'])('a channel that does not reach numbers is refused as such: %s', async (channel) => {
    const sentences = await Promise.all(LANGUAGES.map(async (lang) => {
      const { status, body } = await ask({ phone: '+4915112345678', channel }, `?lang=${lang}`);
      expect([status, body.error_key, body.error.code]).toEqual([400, 'AUTH_CHANNEL_UNSUPPORTED', 1208]);
      return body.message;
    }));
    expect(new Set(sentences).size).toBe(LANGUAGES.length);
  });

  it('missing and malformed fields are 400 with their name', async () => {
    const bad: [object, string][] = [
      [{}, 'phone'], [{ channel: 'sms' }, 'phone'], [{ phone: '+4915112345678' }, 'channel'], [{ phone: '+4915112345678', channel: 1 }, 'channel'], [{ phone: '+4915112345678', channel: '' }, 'channel'],
      [{ phone: '+4915112345678', channel: 'x'.repeat(100) }, 'channel'], [{ phone: '+4915112345678', channel: 'sms', user_id: 'x' }, 'user_id'],
      ...[1, null, '', 'x', '0151', 'a@b.de', {}, []].map((phone): [object, string] => [{ phone, channel: 'sms' }, 'phone']),
    ];
    for (const [body, path] of bad) {
      const answer = await ask(body);
      expect([body, answer.status, answer.body.error_key, answer.body.error.details.errors[0].path]).toEqual([body, 400, 'PROFILE_INVALID_PAYLOAD', path]);
    }
  });
});

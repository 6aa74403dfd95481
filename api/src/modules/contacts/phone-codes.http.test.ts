import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LANGUAGES } from '../../i18n/language.js';
import { signUp, type Account } from '../../../test/accounts.js';
import { startApi, type Api } from '../../../test/harness.js';
import { contactsRoutes } from './contacts.routes.js';

let api: Api;
let person: Account;
beforeAll(async () => {
  api = await startApi();
  person = await signUp(api);
});
afterAll(() => api.close());

const ask = (body: unknown, query = '') => api.client.post(`/settings/send-phone-otp${query}`, body, { token: person.sessionToken });

describe('POST /settings/send-phone-otp', () => {
  it('sends a code to the number that works where numbers are changed, in the caller’s language', async () => {
    const sent: unknown[] = [];
    const unused = { change: () => Promise.reject(new Error('no')), undo: () => Promise.reject(new Error('no')) };
    const route = contactsRoutes({ otp: { send: async (request) => void sent.push(request) }, contactChanges: unused, contactUndo: unused }).find(({ path }) => path === '/settings/send-phone-otp')!;
    const body = route.request!.body!.parse({ phone: ' 4915112345678 ', channel: 'whatsapp' });
    const origin = {} as never;
    expect(await route.handler({ body, language: 'ar', origin, principal: undefined, params: undefined, query: undefined, file: undefined, reply: {} as never })).toEqual({ message: 'OTP sent successfully' });
    expect(sent).toEqual([{ identity: { kind: 'phone', key: '+4915112345678', address: '+4915112345678' }, channel: 'whatsapp', purpose: 'verify', language: 'ar', origin }]);
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

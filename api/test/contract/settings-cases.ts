import { someone } from '../harness.js';
import { image } from '../pictures.js';
import { PASSWORD, someNumber, UUID, type Ask, type ContractCase, type Doings } from './cases.js';

const SETTINGS = ['user_id', 'theme', 'language', 'profile_accessibility', 'timezone', 'country', 'bio', 'is_email_verified', 'is_phone_verified', 'is_active', 'is_verified', 'status'];
const SOME_OF_USER = ['user_id', 'email', 'user_name', 'status'];

/** Profile, settings, contacts and the life of an account (API.md §4.2). */
export function settingsCases({ send, sendFile, get, post, postStrictly, postMutely, sql, mailTo, whatsAppIsDown, admin, silent, codeFor, person, member, longAgo, wrongCode, erasedMeanwhile }: Doings): Record<string, ContractCase> {
  /** A setting of one field. */
  const setting = (path: string, body: Record<string, unknown>, bad: unknown, optional: string[] = []): ContractCase => ({
    ok: async (ask) => post(path, body, ask, (await person()).sessionToken),
    data: SOME_OF_USER,
    body,
    optional,
    errors: {
      PROFILE_INVALID_PAYLOAD: async (ask) => post(path, bad, ask, (await person()).sessionToken),
      PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => post(path, body, ask, token)),
    },
  });

  const profileChange = (method: string, path: string): ContractCase => ({
    ok: async (ask) => send(method, path, { first_name: 'Ada' }, ask, (await person()).sessionToken),
    data: SOME_OF_USER,
    body: { first_name: 'Ada', last_name: 'Byron', user_name: 'ada.b', bio: 'x', country: 'GB', gender: 'x', dob: '1990-01-02', language: 'en', timezone: 'Europe/London', theme: 'dark', profile_accessibility: 'private' },
    optional: ['first_name', 'last_name', 'bio', 'country', 'gender', 'dob', 'timezone', 'user_name', 'language', 'theme', 'profile_accessibility'],
    errors: {
      PROFILE_INVALID_PAYLOAD: async (ask) => send(method, path, { is_active: true }, ask, (await person()).sessionToken),
      PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => send(method, path, { first_name: 'Ada' }, ask, token)),
      async DUPLICATE_ENTRY(ask) {
        const [one, two] = [await person(), await person()];
        const [{ user_name }] = await sql<{ user_name: string }>('SELECT user_name FROM "user" WHERE user_id = $1', [one.userId]) as [{ user_name: string }];
        return send(method, path, { user_name }, ask, two.sessionToken);
      },
    },
  });

  /** Guesses the password of somebody whose sign-in is too old to do without. */
  async function guessing(ask: Ask, path: string, body: Record<string, unknown>) {
    const { sessionToken } = await longAgo(await member());
    for (let tries = 0; tries < 5; tries += 1) await post(path, { ...body, password: 'Wrong-turning-2-left' }, ask, sessionToken);
    return post(path, { ...body, password: 'Wrong-turning-2-left' }, ask, sessionToken);
  }

  /** Changes an address, and takes the token that undoes it out of the mail. */
  async function undoToken(): Promise<{ token: string; before: string }> {
    const [who, email] = [await person(), someone()];
    await post('/settings/change-email', { new_email: email, otp: await codeFor(email) }, silent, who.sessionToken);
    const [, token] = await mailTo(who.email, /undo-contact-change\?token=([\w-]+)/);
    return { token: token!, before: who.email };
  }

  return {
    'GET /settings/profile': {
      ok: async (ask) => get('/settings/profile', ask, (await person()).sessionToken),
      data: SOME_OF_USER,
      errors: { PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => get('/settings/profile', ask, token)) },
    },
    'GET /settings/profile/:user_id': {
      ok: async (ask) => get(`/settings/profile/${(await person()).userId}`, ask, (await person()).sessionToken),
      data: SOME_OF_USER,
      errors: {
        PROFILE_NOT_FOUND: async (ask) => get(`/settings/profile/${UUID}`, ask, (await person()).sessionToken),
        VALIDATION_ERROR: async (ask) => get('/settings/profile/1', ask, (await person()).sessionToken),
      },
    },
    'PUT /settings/profile': profileChange('PUT', '/settings/profile'),
    'POST /settings/update-profile': profileChange('POST', '/settings/update-profile'),
    'POST /settings/profile-accessibility': setting('/settings/profile-accessibility', { profile_accessibility: 'private' }, { profile_accessibility: 'hidden' }, ['profile_accessibility']),
    'POST /settings/profile-language': setting('/settings/profile-language', { language: 'ar' }, { language: 'tlh' }, ['language']),
    'POST /settings/update-theme': setting('/settings/update-theme', { theme: 'dark' }, {}),
    'POST /settings/update-timezone': setting('/settings/update-timezone', { timezone: 'Asia/Kuwait' }, { timezone: 'Mars/Olympus' }),
    'GET /settings': {
      ok: async (ask) => get('/settings', ask, (await person()).sessionToken),
      data: SETTINGS,
      errors: { PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => get('/settings', ask, token)) },
    },
    'POST /settings/send-phone-otp': {
      ok: async (ask) => post('/settings/send-phone-otp', { phone: someNumber(), channel: 'sms' }, ask, (await person()).sessionToken),
      data: ['message'],
      body: { phone: '+96550000000', channel: 'sms' },
      errors: {
        PROFILE_INVALID_PAYLOAD: async (ask) => post('/settings/send-phone-otp', { phone: 'x', channel: 'sms' }, ask, (await person()).sessionToken),
        AUTH_CHANNEL_UNSUPPORTED: (ask) => postMutely('/settings/send-phone-otp', { phone: someNumber(), channel: 'whatsapp' }, ask, true),
        async AUTH_OTP_SEND_FAILED(ask) {
          await whatsAppIsDown();
          return post('/settings/send-phone-otp', { phone: someNumber(), channel: 'whatsapp' }, ask, (await person()).sessionToken);
        },
        async AUTH_OTP_THROTTLED(ask) {
          const { sessionToken } = await person();
          const body = { phone: someNumber(), channel: 'sms' };
          await postStrictly('/settings/send-phone-otp', body, ask, sessionToken);
          return postStrictly('/settings/send-phone-otp', body, ask, sessionToken);
        },
      },
    },
    'POST /settings/change-email': {
      async ok(ask) {
        const email = someone();
        const { sessionToken } = await person();
        return post('/settings/change-email', { new_email: email, otp: await codeFor(email) }, ask, sessionToken);
      },
      data: ['user'],
      body: { new_email: 'ada@example.com', otp: '123456', password: PASSWORD },
      optional: ['password'],
      errors: {
        AUTH_TOO_MANY_ATTEMPTS: async (ask) => guessing(ask, '/settings/change-email', { new_email: someone(), otp: '123456' }),
        AUTH_CHANNEL_UNSUPPORTED: (ask) => postMutely('/settings/change-email', { new_email: someone(), otp: '123456' }, ask, true),
        PROFILE_INVALID_PAYLOAD: async (ask) => post('/settings/change-email', { new_email: 'x', otp: '123456' }, ask, (await person()).sessionToken),
        async PROFILE_INVALID_OTP(ask) {
          const email = someone();
          return post('/settings/change-email', { new_email: email, otp: wrongCode(await codeFor(email)) }, ask, (await person()).sessionToken);
        },
        async EMAIL_ALREADY_EXISTS(ask) {
          const { email } = await person();
          return post('/settings/change-email', { new_email: email, otp: await codeFor(email) }, ask, (await person()).sessionToken);
        },
        async AUTH_REAUTH_REQUIRED(ask) {
          const email = someone();
          return post('/settings/change-email', { new_email: email, otp: await codeFor(email) }, ask, (await longAgo(await person())).sessionToken);
        },
      },
    },
    'POST /settings/change-phone': {
      async ok(ask) {
        const phone = someNumber();
        return post('/settings/change-phone', { new_phone: phone, otp: await codeFor(phone, 'sms') }, ask, (await person()).sessionToken);
      },
      data: ['user'],
      body: { new_phone: '+96550000000', otp: '123456', password: PASSWORD },
      optional: ['password'],
      errors: {
        AUTH_TOO_MANY_ATTEMPTS: async (ask) => guessing(ask, '/settings/change-phone', { new_phone: someNumber(), otp: '123456' }),
        PROFILE_INVALID_PAYLOAD: async (ask) => post('/settings/change-phone', { new_phone: 'x', otp: '123456' }, ask, (await person()).sessionToken),
        PROFILE_INVALID_OTP: async (ask) => post('/settings/change-phone', { new_phone: someNumber(), otp: '123456' }, ask, (await person()).sessionToken),
        async EMAIL_ALREADY_EXISTS(ask) {
          const phone = someNumber();
          await post('/auth/verify', { user_id: phone, channel: 'sms', otp: await codeFor(phone, 'sms') }, ask);
          return post('/settings/change-phone', { new_phone: phone, otp: await codeFor(phone, 'sms') }, ask, (await person()).sessionToken);
        },
        async AUTH_REAUTH_REQUIRED(ask) {
          const phone = someNumber();
          return post('/settings/change-phone', { new_phone: phone, otp: await codeFor(phone, 'sms') }, ask, (await longAgo(await person())).sessionToken);
        },
      },
    },
    'POST /settings/undo-contact-change': {
      ok: async (ask) => post('/settings/undo-contact-change', { token: (await undoToken()).token }, ask),
      data: [],
      body: { token: 'x' },
      errors: {
        PROFILE_INVALID_PAYLOAD: (ask) => post('/settings/undo-contact-change', {}, ask),
        CONTACT_UNDO_INVALID: (ask) => post('/settings/undo-contact-change', { token: 'x' }, ask),
        async EMAIL_ALREADY_EXISTS(ask) {
          const { token, before } = await undoToken();
          await person(before);
          return post('/settings/undo-contact-change', { token }, ask);
        },
      },
    },
    'POST /settings/profile-picture': {
      ok: async (ask) => sendFile(await image(), ask, (await person()).sessionToken),
      data: ['profile_picture_url'],
      errors: {
        MEDIA_TYPE_NOT_SUPPORTED: async (ask) => sendFile(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), ask, (await person()).sessionToken),
        PROFILE_NOT_FOUND: async (ask) => {
          const picture = await image();
          return erasedMeanwhile((token) => sendFile(picture, ask, token));
        },
        MEDIA_UNREADABLE: async (ask) => sendFile((await image()).subarray(0, 60), ask, (await person()).sessionToken),
        PROFILE_INVALID_PAYLOAD: async (ask) => post('/settings/profile-picture', undefined, { headers: { ...ask.headers, 'Content-Type': 'multipart/form-data; boundary=x' } }, (await person()).sessionToken),
      },
    },
    'DELETE /settings/profile-picture': {
      ok: async (ask) => send('DELETE', '/settings/profile-picture', undefined, ask, (await person()).sessionToken),
      data: ['profile_picture_url'],
      errors: { PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => send('DELETE', '/settings/profile-picture', undefined, ask, token)) },
    },
    'POST /settings/deactivate-account': {
      ok: async (ask) => post('/settings/deactivate-account', undefined, ask, (await person()).sessionToken),
      data: ['user_id', 'is_active', 'status'],
      errors: { LAST_SUPER_ADMIN: async (ask) => post('/settings/deactivate-account', undefined, ask, (await admin()).sessionToken) },
    },
    'POST /settings/delete-account': {
      ok: async (ask) => post('/settings/delete-account', { confirm: true }, ask, (await person()).sessionToken),
      data: ['user_id', 'is_active'],
      body: { confirm: true },
      errors: {
        PROFILE_INVALID_PAYLOAD: async (ask) => post('/settings/delete-account', { confirm: 'true' }, ask, (await person()).sessionToken),
        LAST_SUPER_ADMIN: async (ask) => post('/settings/delete-account', { confirm: true }, ask, (await admin()).sessionToken),
      },
    },
    'GET /settings/export': {
      ok: async (ask) => get('/settings/export', ask, (await member()).sessionToken),
      data: ['user'],
      errors: { PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => get('/settings/export', ask, token)) },
    },
  };
}

import { someone } from '../harness.js';
import { PASSWORD, someNumber, TOKENS, UUID, type Ask, type ContractCase, type Doings } from './cases.js';

const NEW_PASSWORD = 'Quiet-harbour-4-dawn';
const WRONG_PASSWORD = 'Wrong-turning-2-left';

/** Signing in and up, codes, passwords, sessions (API.md §4.1). */
export function authCases({ send, post, postStrictly, unsupported, whatsAppIsDown, codeFor, person, memberOf, holderOf, member, longAgo, admin, changed, wrongCode, erasedMeanwhile }: Doings): Record<string, ContractCase> {
  const sendCode = (body: unknown) => (ask: Ask) => post('/auth/send-one-time-password', body, ask);
  const passwords = { password: NEW_PASSWORD, confirm_password: NEW_PASSWORD };

  return {
    'POST /auth/send-one-time-password': {
      ok: (ask) => sendCode({ user_id: someone(), channel: 'email' })(ask),
      data: ['message'],
      body: { user_id: 'ada@example.com', channel: 'email', purpose: 'login' },
      optional: ['purpose'],
      errors: {
        AUTH_INVALID_PAYLOAD: sendCode({ user_id: 'nobody', channel: 'email' }),
        AUTH_CHANNEL_UNSUPPORTED: unsupported('/auth/send-one-time-password', {}),
        async AUTH_OTP_THROTTLED(ask) {
          const body = { user_id: someone(), channel: 'email' };
          await postStrictly('/auth/send-one-time-password', body, ask);
          return postStrictly('/auth/send-one-time-password', body, ask);
        },
        async AUTH_OTP_SEND_FAILED(ask) {
          await whatsAppIsDown();
          return post('/auth/send-one-time-password', { user_id: someNumber(), channel: 'whatsapp' }, ask);
        },
      },
    },
    'POST /auth/verify-one-time-password': {
      async ok(ask) {
        const email = someone();
        return post('/auth/verify-one-time-password', { user_id: email, channel: 'email', otp: await codeFor(email) }, ask);
      },
      data: ['user_id'],
      body: { user_id: 'ada@example.com', channel: 'email', otp: '123456' },
      errors: {
        AUTH_CHANNEL_UNSUPPORTED: unsupported('/auth/verify-one-time-password'),
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/verify-one-time-password', { user_id: someone(), channel: 'email' }, ask),
        async AUTH_OTP_INVALID(ask) {
          const email = someone();
          return post('/auth/verify-one-time-password', { user_id: email, channel: 'email', otp: wrongCode(await codeFor(email)) }, ask);
        },
      },
    },
    'POST /auth/verify': {
      async ok(ask) {
        const email = someone();
        return post('/auth/verify', { user_id: email, channel: 'email', otp: await codeFor(email) }, ask);
      },
      data: [...TOKENS, 'user'],
      body: { user_id: 'ada@example.com', channel: 'email', otp: '123456' },
      errors: {
        AUTH_CHANNEL_UNSUPPORTED: unsupported('/auth/verify'),
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/verify', { user_id: 'x', channel: 'email', otp: '123456' }, ask),
        AUTH_OTP_INVALID: (ask) => post('/auth/verify', { user_id: someone(), channel: 'email', otp: '123456' }, ask),
        async AUTH_USER_ALREADY_EXISTS(ask) {
          const { email } = await person();
          return post('/auth/verify', { user_id: email, channel: 'email', otp: await codeFor(email) }, ask);
        },
      },
    },
    'POST /auth/login-with-otp': {
      async ok(ask) {
        const { email } = await person();
        return post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: await codeFor(email) }, ask);
      },
      data: [...TOKENS, 'user'],
      body: { user_id: 'ada@example.com', channel: 'email', otp: '123456' },
      errors: {
        AUTH_CHANNEL_UNSUPPORTED: unsupported('/auth/login-with-otp'),
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/login-with-otp', { user_id: someone(), channel: 'pigeon', otp: '123456' }, ask),
        AUTH_OTP_INVALID: (ask) => post('/auth/login-with-otp', { user_id: someone(), channel: 'email', otp: '123456' }, ask),
        async AUTH_INVALID_CREDENTIALS(ask) {
          const { email } = await changed(await person(), `status = 'SUSPENDED'`);
          return post('/auth/login-with-otp', { user_id: email, channel: 'email', otp: await codeFor(email) }, ask);
        },
      },
    },
    'POST /auth/login-with-password': {
      async ok(ask) {
        const { email } = await member();
        return post('/auth/login-with-password', { username: email, password: PASSWORD }, ask);
      },
      data: [...TOKENS, 'user'],
      lenient: true,
      body: { username: 'ada@example.com', password: PASSWORD },
      errors: {
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/login-with-password', { username: someone() }, ask),
        AUTH_INVALID_CREDENTIALS: (ask) => post('/auth/login-with-password', { username: someone(), password: WRONG_PASSWORD }, ask),
        async AUTH_PASSWORD_EXPIRED(ask) {
          const { email } = await changed(await member(), `password_changed_at = now() - interval '2 days'`);
          return postStrictly('/auth/login-with-password', { username: email, password: PASSWORD }, ask);
        },
        async AUTH_TOO_MANY_ATTEMPTS(ask) {
          const username = someone();
          for (let tries = 0; tries < 5; tries += 1) await post('/auth/login-with-password', { username, password: WRONG_PASSWORD }, ask);
          return post('/auth/login-with-password', { username, password: WRONG_PASSWORD }, ask);
        },
      },
    },
    'POST /auth/set-password': {
      ok: async (ask) => post('/auth/set-password', passwords, ask, (await person()).sessionToken),
      data: ['message'],
      body: passwords,
      errors: {
        AUTH_INVALID_PAYLOAD: async (ask) => post('/auth/set-password', { password: 'short', confirm_password: 'other' }, ask, (await person()).sessionToken),
        AUTH_PASSWORD_ALREADY_SET: async (ask) => post('/auth/set-password', passwords, ask, (await member()).sessionToken),
        AUTH_REAUTH_REQUIRED: async (ask) => post('/auth/set-password', passwords, ask, (await longAgo(await person())).sessionToken),
      },
    },
    'POST /auth/change-password': {
      ok: async (ask) => post('/auth/change-password', { old_password: PASSWORD, ...passwords }, ask, (await member()).sessionToken),
      data: ['message'],
      body: { old_password: PASSWORD, ...passwords },
      errors: {
        AUTH_INVALID_PAYLOAD: async (ask) => post('/auth/change-password', { old_password: PASSWORD, password: PASSWORD, confirm_password: PASSWORD }, ask, (await member()).sessionToken),
        AUTH_PASSWORD_INVALID_OLD: async (ask) => post('/auth/change-password', { old_password: WRONG_PASSWORD, ...passwords }, ask, (await member()).sessionToken),
        async AUTH_TOO_MANY_ATTEMPTS(ask) {
          const { sessionToken } = await member();
          for (let tries = 0; tries < 5; tries += 1) await post('/auth/change-password', { old_password: WRONG_PASSWORD, ...passwords }, ask, sessionToken);
          return post('/auth/change-password', { old_password: WRONG_PASSWORD, ...passwords }, ask, sessionToken);
        },
      },
    },
    'POST /auth/forget-password': {
      async ok(ask) {
        const { email } = await person();
        return post('/auth/forget-password', { user_id: email, otp: await codeFor(email, 'email', 'reset'), ...passwords }, ask);
      },
      data: ['message'],
      body: { user_id: 'ada@example.com', channel: 'email', otp: '123456', ...passwords },
      optional: ['channel', 'otp'],
      errors: {
        AUTH_CHANNEL_UNSUPPORTED: unsupported('/auth/forget-password', { otp: '123456', ...passwords }),
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/forget-password', { user_id: someone(), otp: '123456', password: 'short', confirm_password: 'short' }, ask),
        AUTH_OTP_INVALID: (ask) => post('/auth/forget-password', { user_id: someone(), otp: '123456', ...passwords }, ask),
        async AUTH_FORGOT_PASSWORD_FAILED(ask) {
          const { email } = await changed(await person(), `status = 'SUSPENDED'`);
          return post('/auth/forget-password', { user_id: email, otp: await codeFor(email), ...passwords }, ask);
        },
      },
    },
    'POST /auth/check-user-availability': {
      ok: (ask) => post('/auth/check-user-availability', { email: someone() }, ask),
      data: ['available', 'first_name', 'last_name'],
      body: { user_id: 'ada' },
      optional: ['user_id', 'phone', 'email'],
      errors: { AUTH_INVALID_PAYLOAD: (ask) => post('/auth/check-user-availability', {}, ask) },
    },
    'POST /auth/verify-email-and-phone': {
      async ok(ask) {
        const { email } = await person();
        return post('/auth/verify-email-and-phone', { user_id: email, channel: 'email', otp: await codeFor(email) }, ask);
      },
      data: ['user_id', 'channel', 'verified'],
      body: { user_id: 'ada@example.com', channel: 'email', otp: '123456' },
      errors: {
        AUTH_CHANNEL_UNSUPPORTED: unsupported('/auth/verify-email-and-phone'),
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/verify-email-and-phone', { user_id: someNumber() }, ask),
        AUTH_OTP_INVALID: (ask) => post('/auth/verify-email-and-phone', { user_id: someone(), channel: 'email', otp: '123456' }, ask),
      },
    },
    'POST /auth/refresh-token': {
      ok: async (ask) => post('/auth/refresh-token', { refresh_token: (await person()).refreshToken }, ask),
      data: TOKENS,
      body: { refresh_token: 'x' },
      errors: {
        AUTH_INVALID_PAYLOAD: (ask) => post('/auth/refresh-token', {}, ask),
        AUTH_INVALID_REFRESH_TOKEN: (ask) => post('/auth/refresh-token', { refresh_token: 'x' }, ask),
        async AUTH_REFRESH_REUSED(ask) {
          const { refreshToken } = await person();
          const { data } = (await post('/auth/refresh-token', { refresh_token: refreshToken }, ask)).body;
          await post('/auth/refresh-token', { refresh_token: data.refresh_token }, ask);
          return post('/auth/refresh-token', { refresh_token: refreshToken }, ask);
        },
      },
    },
    'POST /auth/logout': {
      ok: async (ask) => post('/auth/logout', undefined, ask, (await person()).sessionToken),
      data: ['message', 'access_token_revoked', 'refresh_tokens_revoked', 'sessions_revoked', 'tokens_revoked'],
      body: { scope: 'all' },
      optional: ['scope'],
      errors: { AUTH_INVALID_PAYLOAD: async (ask) => post('/auth/logout', { scope: 'most' }, ask, (await person()).sessionToken) },
    },
    'POST /logout': { ok: async (ask) => post('/logout', undefined, ask, (await person()).sessionToken), data: ['user_id'], errors: { PROFILE_NOT_FOUND: (ask) => erasedMeanwhile((token) => post('/logout', undefined, ask, token)) } },
    'POST /auth/token-info': {
      ok: async (ask) => post('/auth/token-info', {}, ask, (await person()).sessionToken),
      data: ['token_ages', 'token_configuration', 'extension_info'],
      body: { access_token: 'x' },
      optional: ['access_token'],
      errors: { AUTH_INVALID_PAYLOAD: async (ask) => post('/auth/token-info', { access_token: 1 }, ask, (await person()).sessionToken) },
    },
    'DELETE /auth/sessions/:session_id': {
      async ok(ask) {
        const { sessionId, sessionToken } = await person();
        return send('DELETE', `/auth/sessions/${sessionId}`, undefined, ask, sessionToken);
      },
      data: ['session_id', 'current'],
      errors: {
        GROUP_DENIED: async (ask) => send('DELETE', `/auth/sessions/${(await admin()).sessionId}`, undefined, ask, (await memberOf('admin')).sessionToken),
        PERMISSION_DENIED: async (ask) => send('DELETE', `/auth/sessions/${(await person()).sessionId}`, undefined, ask, (await holderOf('edit_user')).sessionToken),
        SESSION_NOT_FOUND: async (ask) => send('DELETE', `/auth/sessions/${UUID}`, undefined, ask, (await admin()).sessionToken),
        VALIDATION_ERROR: async (ask) => send('DELETE', '/auth/sessions/1', undefined, ask, (await person()).sessionToken),
      },
    },
    'GET /auth/sessions': {
      ok: async (ask) => send('GET', '/auth/sessions', undefined, ask, (await person()).sessionToken),
      data: ['sessions', 'pagination'],
      errors: { VALIDATION_ERROR: async (ask) => send('GET', '/auth/sessions?limit=0', undefined, ask, (await person()).sessionToken) },
    },
    'GET /auth/token-info': {
      ok: async (ask) => send('GET', '/auth/token-info', undefined, ask, (await person()).sessionToken),
      data: ['token_ages', 'token_configuration', 'extension_info'],
      errors: {},
    },
  };
}

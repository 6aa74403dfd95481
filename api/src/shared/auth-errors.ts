import { defineErrors } from '../http/errors.js';

/** Errors of signing in, codes and sessions: one family, thrown by three modules. */
export const authErrors = defineErrors({
  AUTH_INVALID_CREDENTIALS: { code: 1201, status: 401 },
  AUTH_SIGNUP_FAILED: { code: 1203, status: 400 },
  AUTH_OTP_INVALID: { code: 1205, status: 400 },
  AUTH_CHANNEL_UNSUPPORTED: { code: 1208, status: 400 },
  AUTH_INVALID_PAYLOAD: { code: 1212, status: 400 },
  AUTH_USER_ALREADY_EXISTS: { code: 1214, status: 409 },
  AUTH_INVALID_REFRESH_TOKEN: { code: 1216, status: 401 },
  AUTH_REFRESH_REUSED: { code: 1217, status: 401 },
  AUTH_INVALID_TOKEN_TYPE: { code: 1218, status: 401 },
  SESSION_INVALID: { code: 1220, status: 401 },
  AUTH_OTP_THROTTLED: { code: 1222, status: 429 },
  SESSION_NOT_FOUND: { code: 1223, status: 404 },
});

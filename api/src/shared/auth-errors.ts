import { defineErrors } from '../http/errors.js';

/** Errors of signing in, codes and sessions: one family, thrown by three modules. */
export const authErrors = defineErrors({
  AUTH_INVALID_CREDENTIALS: { code: 1201, status: 401 },
  AUTH_SIGNUP_FAILED: { code: 1203, status: 400 },
  AUTH_OTP_INVALID: { code: 1205, status: 400 },
  AUTH_OTP_SEND_FAILED: { code: 1206, status: 503 },
  AUTH_CHANNEL_UNSUPPORTED: { code: 1208, status: 400 },
  AUTH_PASSWORD_INVALID_OLD: { code: 1210, status: 400 },
  AUTH_FORGOT_PASSWORD_FAILED: { code: 1211, status: 400 },
  AUTH_INVALID_PAYLOAD: { code: 1212, status: 400 },
  AUTH_USER_ALREADY_EXISTS: { code: 1214, status: 409 },
  AUTH_INVALID_REFRESH_TOKEN: { code: 1216, status: 401 },
  AUTH_REFRESH_REUSED: { code: 1217, status: 401 },
  AUTH_INVALID_TOKEN_TYPE: { code: 1218, status: 401 },
  SESSION_INVALID: { code: 1220, status: 401 },
  AUTH_OTP_THROTTLED: { code: 1222, status: 429 },
  SESSION_NOT_FOUND: { code: 1223, status: 404 },
  AUTH_PASSWORD_ALREADY_SET: { code: 1224, status: 409 },
  AUTH_TOO_MANY_ATTEMPTS: { code: 1225, status: 429 },
  AUTH_PASSWORD_EXPIRED: { code: 1226, status: 403 },
  AUTH_REAUTH_REQUIRED: { code: 1227, status: 403 },
});

import { defineErrors } from '../http/errors.js';

/** Errors of profiles, settings and contacts. */
export const profileErrors = defineErrors({
  PROFILE_NOT_FOUND: { code: 1401, status: 404 },
  PROFILE_INVALID_OTP: { code: 1408, status: 400 },
  PROFILE_INVALID_PAYLOAD: { code: 1409, status: 400 },
  /** Also of a phone number, as clients know it. */
  EMAIL_ALREADY_EXISTS: { code: 1410, status: 409 },
  CONTACT_UNDO_INVALID: { code: 1411, status: 400 },
  DUPLICATE_ENTRY: { code: 1018, status: 409 },
  MEDIA_NOT_FOUND: { code: 1251, status: 404 },
  MEDIA_TYPE_NOT_SUPPORTED: { code: 1253, status: 415 },
  MEDIA_TOO_LARGE: { code: 1254, status: 413 },
  MEDIA_UNREADABLE: { code: 1258, status: 400 },
});

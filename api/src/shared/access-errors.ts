import { defineErrors } from '../../http/errors.js';

/** Errors of closing an account. */
export const accountErrors = defineErrors({
  LAST_SUPER_ADMIN: { code: 1922, status: 409 },
});

import { defineErrors } from '../http/errors.js';

export const profileErrors = defineErrors({
  PROFILE_NOT_FOUND: { code: 1401, status: 404 },
});

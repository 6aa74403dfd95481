import { defineErrors } from '../http/errors.js';

/** Errors of permissions, groups and users. */
export const accessErrors = defineErrors({
  USER_NOT_FOUND: { code: 2101, status: 404 },
  PERMISSION_NOT_FOUND: { code: 1901, status: 404 },
  PERMISSION_UPDATE_FAILED: { code: 1903, status: 400 },
  PERMISSION_DELETE_FAILED: { code: 1904, status: 400 },
  GROUP_NOT_FOUND: { code: 1911, status: 404 },
  GROUP_UPDATE_FAILED: { code: 1913, status: 400 },
  GROUP_DELETE_FAILED: { code: 1914, status: 400 },
  GROUP_ASSIGN_PERMISSIONS_FAILED: { code: 1915, status: 400 },
  GROUP_ASSIGN_USERS_FAILED: { code: 1916, status: 400 },
  /** Above the caller's rank; `details` names the permissions he lacks. */
  PERMISSION_DENIED: { code: 1920, status: 403 },
  /** For super administrators alone. */
  GROUP_DENIED: { code: 1921, status: 403 },
  LAST_SUPER_ADMIN: { code: 1922, status: 409 },
  INVITATION_NOT_FOUND: { code: 2105, status: 404 },
  USER_STATUS_CONFLICT: { code: 2106, status: 409 },
  OWN_ACCOUNT: { code: 2107, status: 409 },
});

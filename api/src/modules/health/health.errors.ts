import { defineErrors } from '../../http/errors.js';

export const healthErrors = defineErrors({
  DATABASE_UNHEALTHY: { code: 1505, status: 503 },
  STORAGE_UNHEALTHY: { code: 1802, status: 503 },
  REDIS_HEALTH_CHECK_FAILED: { code: 1804, status: 503 },
});

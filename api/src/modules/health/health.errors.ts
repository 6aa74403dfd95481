import { defineErrors } from '../../http/errors.js';

export const healthErrors = defineErrors({
  INVALID_REQUEST: { code: 1001, status: 400 },
  SERVICE_UNAVAILABLE: { code: 1012, status: 503 },
  DATABASE_UNHEALTHY: { code: 1505, status: 503 },
  STORAGE_UNHEALTHY: { code: 1802, status: 503 },
  REDIS_HEALTH_CHECK_FAILED: { code: 1804, status: 503 },
});

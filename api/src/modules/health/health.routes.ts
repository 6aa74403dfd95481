import { endpoint, type Endpoint } from '../../http/endpoint.js';
import { httpErrors } from '../../http/errors.js';
import { healthErrors } from './health.errors.js';
import { checkSchema, rootHealthSchema, sentryQuery, sentrySchema, statusSchema, systemSchema } from './health.schema.js';
import type { HealthService } from './health.service.js';
import type { SentryTest } from './sentry-test.js';

const common = { method: 'GET', tag: 'Health', access: 'public', audit: 'reads only' } as const;

export function healthRoutes({ health, sentryTest }: { health: HealthService; sentryTest: SentryTest }): Endpoint[] {
  return [
    endpoint({
      ...common,
      path: '//health',
      summary: 'Whether the service is up, and its database with it',
      response: rootHealthSchema,
      message: 'service_healthy',
      async handler({ reply }) {
        const meta = health.meta();
        if (meta) reply.meta(meta);
        return health.root();
      },
    }),
    endpoint({ ...common, path: '//health/live', summary: 'Whether the process answers', response: statusSchema, message: 'service_live', handler: () => health.live() }),
    endpoint({
      ...common,
      path: '//health/ready',
      summary: 'Whether requests should be sent here',
      response: statusSchema,
      message: 'service_ready',
      errors: [httpErrors.SERVICE_UNAVAILABLE, healthErrors.DATABASE_UNHEALTHY],
      handler: () => health.ready(),
    }),
    endpoint({
      ...common,
      path: '/health',
      summary: 'Whether the service is up',
      response: statusSchema,
      message: 'service_healthy',
      handler({ reply }) {
        const meta = health.meta();
        if (meta) reply.meta(meta);
        return { status: 'ok' };
      },
    }),
    endpoint({ ...common, path: '/health/system', summary: 'Facts about the machine, outside production', response: systemSchema, message: 'system_health', handler: () => health.system() }),
    endpoint({ ...common, path: '/health/database', summary: 'Whether Postgres answers', response: checkSchema, message: 'database_healthy', errors: [healthErrors.DATABASE_UNHEALTHY], handler: () => health.database() }),
    endpoint({ ...common, path: '/health/storage', summary: 'Whether uploads can be stored', response: checkSchema, message: 'storage_healthy', errors: [healthErrors.STORAGE_UNHEALTHY], handler: () => health.storage() }),
    endpoint({ ...common, path: '/health/redis', summary: 'Whether the shared store answers', response: checkSchema, message: 'redis_healthy', errors: [healthErrors.REDIS_HEALTH_CHECK_FAILED], handler: () => health.redis() }),
    endpoint({
      ...common,
      path: '/health/test-sentry',
      aliases: ['/test-sentry'],
      summary: 'Send a test event to Sentry',
      access: { group: 'super_admin' },
      request: { query: sentryQuery },
      invalid: httpErrors.INVALID_REQUEST,
      response: sentrySchema,
      message: 'sentry_exception_sent',
      handler({ query, reply }) {
        const { key, data } = sentryTest.run(query.type);
        reply.message(key);
        return data;
      },
    }),
  ];
}

import { availableParallelism, freemem, platform, totalmem } from 'node:os';
import { ApiError, httpErrors, type ErrorDefinition } from '../../http/errors.js';
import type { Logger } from '../../infra/logger.js';
import { healthErrors } from './health.errors.js';

/** Starting: not all is there yet. Draining: no new work, what is under way is finished. */
export type Lifecycle = { state: 'starting' | 'ready' | 'draining' };

type Checkable = { check(): Promise<{ latency_ms: number }> };

export type HealthServiceParts = {
  lifecycle: Lifecycle;
  database: Checkable;
  store: Checkable & { kind: string };
  files: Checkable & { kind: string };
  logger: Logger;
  production: boolean;
  /** What may be shown outside production (REFERENCE §15). */
  environment: Readonly<Record<string, string>>;
};

export type HealthService = ReturnType<typeof createHealthService>;

/** Longest a probe may take: a load balancer gives up at about that. */
const CHECK_TIMEOUT_MS = 2_000;

/** Whether we are alive, ready, and who of ours is not (API.md §4.7). */
export function createHealthService({ lifecycle, database, store, files, logger, production, environment }: HealthServiceParts) {
  const underWay = new Map<Checkable, ReturnType<Checkable['check']>>();

  return {
    live: () => ({ status: 'live' }),

    /** Ready to be sent requests: started, not draining, and Postgres answers. Redis may be down: we are slower then, not wrong. */
    async ready() {
      if (lifecycle.state !== 'ready') throw new ApiError(httpErrors.SERVICE_UNAVAILABLE, { details: { state: lifecycle.state } });
      await probe(database, healthErrors.DATABASE_UNHEALTHY);
      return { status: 'ready' };
    },

    /** The reference's answer: always 200, the database's state beside it. */
    async root() {
      const connected = await probe(database, healthErrors.DATABASE_UNHEALTHY).then(() => true, () => false);
      return { status: 'ok' as const, database: connected ? ('connected' as const) : ('error' as const) };
    },

    database: () => probe(database, healthErrors.DATABASE_UNHEALTHY),
    storage: () => probe(files, healthErrors.STORAGE_UNHEALTHY, files.kind),
    redis: () => probe(store, healthErrors.REDIS_HEALTH_CHECK_FAILED, store.kind),

    system: () => ({ status: 'healthy' as const, ...(production ? {} : { system_info: systemInfo(), environment: { ...environment } }), timestamp: Date.now() }),

    /** The reference's `meta`; nothing of it in production (D-15). */
    meta: (): Record<string, unknown> | undefined => (production ? undefined : { service: 'tessera', status: 'ok', env: environment }),
  };

  /** One question at a time, whoever asks: probes have no limit, and must not take every connection. */
  function check(thing: Checkable): ReturnType<Checkable['check']> {
    const asked = underWay.get(thing) ?? thing.check().finally(() => underWay.delete(thing));
    underWay.set(thing, asked);
    return asked;
  }

  async function probe(thing: Checkable, failure: ErrorDefinition, kind?: string) {
    try {
      const { latency_ms } = await within(check(thing));
      return { status: 'healthy' as const, ...(kind && !production ? { kind } : {}), latency_ms };
    } catch (cause) {
      logger.warn('Health check failed', { check: failure.key, error: cause });
      throw new ApiError(failure, { cause });
    }
  }
}

function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function systemInfo() {
  return {
    platform: platform(),
    nodeVersion: process.version,
    cpuCount: availableParallelism(),
    memoryTotal: totalmem(),
    memoryFree: freemem(),
    memoryUsed: totalmem() - freemem(),
    uptime: process.uptime(),
  };
}

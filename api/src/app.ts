import { join } from 'node:path';
import express, { type Express, type Request } from 'express';
import type { Context } from './context.js';
import { isUnavailable } from './failures.js';
import { createBodyReader, PUBLIC_BODY_LIMIT_BYTES } from './http/body.js';
import { allowedOrigins } from './http/cors.js';
import { identify } from './http/credentials.js';
import { docsRouter } from './http/docs.js';
import { errorHandler, notFound } from './http/error-handler.js';
import { ApiError, httpErrors } from './http/errors.js';
import { headersOfResponse } from './http/head.js';
import { jwks } from './http/jwks.js';
import { createMetrics } from './http/metrics.js';
import { createFileReceiver } from './http/multipart.js';
import { mountEndpoints } from './http/mount.js';
import { oneHost } from './http/one-host.js';
import { createOpenApi } from './http/openapi.js';
import { addressKey, createRateLimits } from './http/rate-limit.js';
import { languageOf, requestContext } from './http/request-context.js';
import { requestLog } from './http/request-log.js';
import { securityHeaders } from './http/security-headers.js';
import { middleware, type Step } from './http/steps.js';
import { undoContactPage } from './modules/contact-page/undo-page.js';
import { createRoutes } from './routes.js';
import { VERSION } from './version.js';

export type App = { app: Express; close(): Promise<void> };

/** The whole middleware stack, in order. Nothing is registered anywhere else. */
export function createApp(context: Context): App {
  const { config, logger, translator, store, errorReporter, services } = context;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.trustedProxies.length > 0 ? [...config.trustedProxies] : false);

  const endpoints = createRoutes(services);
  const limits = createRateLimits({ limits: config.limits, store, workers: config.workers, keyOf, tooMany });
  const metrics = config.metricsToken ? createMetrics(config.metricsToken) : undefined;

  app.use(middleware(
    requestContext({ countryHeader: config.countryHeader }),
    requestLog(logger),
    ...(metrics ? [metrics.observe] : []),
    securityHeaders(),
    oneHost(),
    jwks(context.signingKeys),
    allowedOrigins(config.corsOrigins),
  ));
  if (metrics) app.get('/metrics', metrics.show);
  if (config.docs) app.use(docsRouter(createOpenApi(endpoints, { prefix: config.prefix, version: VERSION, translator }), limits.general));
  const whoAsks = identify(services.authenticate);
  // The undo page stands beside the table because it is a page; before it, because its POST of the same path is an endpoint there.
  app.use(middleware(whoAsks, exceptHealth(limits.general), undoContactPage({ prefix: config.prefix, translator })));
  mountEndpoints(app, endpoints, {
    prefix: config.prefix,
    translator,
    limits,
    identify: whoAsks,
    readPublicBody: createBodyReader(PUBLIC_BODY_LIMIT_BYTES),
    readMemberBody: createBodyReader(config.bodyLimitBytes),
    receiveFile: createFileReceiver({ folder: join(config.dataDir, 'tmp'), maxBytes: config.bodyLimitBytes }),
  });
  if (context.mailboxRouter) app.use(config.prefix, middleware(headersOfResponse()), context.mailboxRouter(languageOf));
  app.use(notFound());
  app.use(errorHandler({ translator, logger, errorReporter, isUnavailable }));

  return { app, close: () => limits.close() };
}

/** Signed-in callers are counted by user, all others by address (API.md §7). */
function keyOf(req: Request): string {
  const { principal } = req.context;
  return principal ? `u:${principal.userId}` : addressKey(req.context.ip);
}

const HEALTH = /^\/health(\/|$)/i;

/** A load balancer's probes must never find a limit (REFERENCE §1). */
function exceptHealth(limit: Step): Step {
  return function exceptHealth(req, res) {
    if (!HEALTH.test(req.path)) return limit(req, res);
  };
}

function tooMany(seconds: number): ApiError {
  return new ApiError(httpErrors.TOO_MANY_REQUESTS, { details: { retry_after: seconds }, headers: { 'Retry-After': String(seconds) } });
}

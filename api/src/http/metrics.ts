import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { unauthorized } from './credentials.js';
import type { Step } from './steps.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Metrics = {
  /** Counts every answer by route pattern, never by path: paths are endless. */
  observe: Step;
  /** `//metrics`, for whoever knows the token. */
  show(req: Request, res: Response): Promise<void>;
};

/** Prometheus metrics behind a token of their own (API.md §4.7). */
export function createMetrics(token: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({ name: 'http_request_duration_seconds', help: 'Time from request to answer.', labelNames: ['method', 'route', 'status'], buckets: SECONDS, registers: [registry] });
  const failures = new Counter({ name: 'http_errors_total', help: 'Failures answered, by key.', labelNames: ['error_key'], registers: [registry] });
  const expected = digest(`Bearer ${token}`);

  return {
    observe(req, res) {
      res.on('close', () => {
        const labels = { method: req.method, route: routeOf(req), status: res.statusCode };
        duration.observe(labels, (performance.now() - req.context.startedAt) / 1000);
        if (req.context.errorKey) failures.inc({ error_key: req.context.errorKey });
      });
    },
    async show(req, res) {
      if (!timingSafeEqual(digest(req.headers.authorization ?? ''), expected)) throw unauthorized();
      const text = await registry.metrics();
      res.setHeader('Content-Type', registry.contentType);
      res.setHeader('Cache-Control', 'no-store');
      res.end(text);
    },
  };
}

/** An endpoint by its own note; the pages beside the endpoints as Express's routers note them, where the path is as the caller spelt it. */
function routeOf(req: Request): string {
  if (req.context.route !== undefined) return req.context.route;
  const route = req.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' ? `${req.baseUrl}${route.path}`.toLowerCase() : 'unmatched';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

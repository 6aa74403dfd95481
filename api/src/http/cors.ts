import cors from 'cors';
import type { NextFunction, Request, Response } from 'express';

/** What a browser's script may read beside the body. */
const EXPOSED = ['X-Request-Id', 'X-Session-Token', 'X-Device-Token', 'Retry-After', 'RateLimit-Policy', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Deprecation', 'Link'];
const PREFLIGHT_SECONDS = 600;

/** Only origins of the list, compared whole: never a pattern, a suffix or a reflection (G-01). Requests without `Origin` are none of its business. */
export function allowedOrigins(origins: readonly string[]) {
  const allowed = new Set(origins);
  const answer = cors({
    origin: (origin, decide) => decide(null, origin !== undefined && allowed.has(origin)),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  });
  return function allowedOrigins(req: Request, res: Response, next: NextFunction): void {
    if (req.headers.origin === undefined) return next();
    answer(req, res, next);
  };
}

import cors from 'cors';
import type { Step } from './steps.js';

/** What a browser's script may read beside the body. */
const EXPOSED = ['X-Request-Id', 'X-Session-Token', 'X-Device-Token', 'Retry-After', 'RateLimit-Policy', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Deprecation', 'Link'];
const PREFLIGHT_SECONDS = 600;

/** Only origins of the list, compared whole: never a pattern, a suffix or a reflection (G-01). Requests without `Origin` are none of its business. */
export function allowedOrigins(origins: readonly string[]): Step {
  const allowed = new Set(origins);
  const answer = cors({
    origin: (origin, decide) => decide(null, origin !== undefined && allowed.has(origin)),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: PREFLIGHT_SECONDS,
  });
  return function allowedOrigins(req, res) {
    if (req.headers.origin !== undefined) answer(req, res, proceed);
  };
}

/** `cors` decides at once, and goes on or answers a preflight itself. */
function proceed(error?: unknown): void {
  if (error) throw error as Error;
}

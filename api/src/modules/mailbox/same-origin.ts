import type { Request } from 'express';
import { ApiError, httpErrors } from '../../http/errors.js';

/**
 * Refuses a request that another site made a browser send (Fetch Metadata, and
 * `Origin` where a browser does not know that). Programs send neither.
 * @throws ApiError FORBIDDEN
 */
export function requireSameOrigin(req: Request): void {
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined ? site !== 'same-origin' : !comesFrom(req.headers.origin, req.headers.host)) throw new ApiError(httpErrors.FORBIDDEN);
}

function comesFrom(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

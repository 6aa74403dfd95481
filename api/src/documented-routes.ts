import type { Endpoint } from './http/endpoint.js';
import { createRoutes } from './routes.js';
import type { Services } from './context.js';

/** The table of endpoints for those who only read it, without any service: handlers name services, and documentation calls none. */
export function documentedRoutes(): Endpoint[] {
  return createRoutes({} as Services);
}

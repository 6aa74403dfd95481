import type { Endpoint } from './http/endpoint.js';
import { createRoutes } from './routes.js';
import type { Services } from './context.js';

/** Handlers name services, and documentation calls none. What it asks of bodies is answered as the defaults do. */
const none = { otp: { requiresPurpose: () => false } } as unknown as Services;

/** The table of endpoints for those who only read it, without any service. */
export function documentedRoutes(): Endpoint[] {
  return createRoutes(none);
}

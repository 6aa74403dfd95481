import { randomUUID } from 'node:crypto';
import { documentedRoutes } from '../src/documented-routes.js';
import type { Endpoint } from '../src/http/endpoint.js';

export type Route = { name: string; endpoint: Endpoint; path: string };

/** The table itself, a row for each spelling: whatever is added to it is tried without being named. */
export const ROUTES: readonly Route[] = documentedRoutes().flatMap((endpoint) => [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => ({ name: `${endpoint.method} ${path}`, endpoint, path })));

/** A path with an id in place of each parameter: nobody's, unless one is given. */
export function fill(path: string, id: string = randomUUID()): string {
  return path.replace(/:\w+/g, id);
}

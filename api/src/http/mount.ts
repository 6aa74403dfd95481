import { Router, type Express } from 'express';
import type { Endpoint } from './endpoint.js';
import { ApiError, httpErrors } from './errors.js';
import { createExactPaths } from './exact-paths.js';
import { createPipeline, type PipelineParts } from './pipeline.js';
import type { RateLimits } from './rate-limit.js';
import { inOrder, middleware, type Step } from './steps.js';

export type MountParts = PipelineParts & { prefix: string; limits: RateLimits };

/** RFC 9745: since when the other spellings are deprecated, as a structured date (the day of the first release). */
const DEPRECATED_SINCE = '@1795219200';

/**
 * Hangs the table on the app: a router per first path segment, so that matching stays short, and before them the paths
 * without parameters by their exact spelling, which is how nearly all requests come.
 */
export function mountEndpoints(app: Express, endpoints: readonly Endpoint[], parts: MountParts): void {
  const exact = createExactPaths();
  const routers = new Map<string, { router: Router; methods: Map<string, Set<string>> }>();
  for (const endpoint of endpoints) {
    const steps = [...(endpoint.limit ? [parts.limits.of(endpoint.limit)] : []), createPipeline(endpoint, parts)];
    const canonical = absolutePath(endpoint.path, parts.prefix);
    const successor = successorOf(endpoint, parts.prefix);
    mount(canonical, endpoint, endpoint.deprecated ? [deprecated(successor), ...steps] : steps);
    for (const alias of endpoint.aliases ?? []) mount(absolutePath(alias, parts.prefix), endpoint, [deprecated(successor ?? canonical), ...steps]);
  }
  app.use(exact.serve);
  for (const [base, { router, methods }] of routers) {
    // After every route: a path that is known, asked with a method that is not.
    for (const [path, allowed] of methods) router.all(path, middleware(foundAs(`${base}${path === '/' ? '' : path}`), wrongMethod([...allowed].join(', '))));
    app.use(base, router);
  }

  function mount(path: string, endpoint: Endpoint, steps: readonly Step[]): void {
    const { base, rest } = split(path, parts.prefix);
    const group = routers.get(base) ?? { router: Router(), methods: new Map<string, Set<string>>() };
    routers.set(base, group);
    const allowed = group.methods.get(rest) ?? new Set<string>();
    group.methods.set(rest, allowed);
    allowed.add(endpoint.method);
    if (endpoint.method === 'GET') allowed.add('HEAD');
    const walk = inOrder(foundAs(path), ...steps);
    exact.add(endpoint.method, path, walk);
    // It answers or throws: nothing comes after it.
    group.router.route(rest)[METHODS[endpoint.method]]((req, res) => walk(req, res));
  }
}

const METHODS = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const;

/** `/x` lies below the prefix, `//x` at the server's root (the notation of the contract). */
export function absolutePath(path: string, prefix: string): string {
  return path.startsWith('//') ? path.slice(1) : `${prefix}${path}`;
}

/** What a deprecated endpoint names in its place. */
export function successorOf({ deprecated }: Endpoint, prefix: string): string | undefined {
  return typeof deprecated === 'object' ? absolutePath(deprecated.successor, prefix) : undefined;
}

function split(path: string, prefix: string): { base: string; rest: string } {
  const start = path.startsWith(`${prefix}/`) ? prefix.length + 1 : 1;
  const end = path.indexOf('/', start);
  return end === -1 ? { base: path, rest: '/' } : { base: path.slice(0, end), rest: path.slice(end) };
}

/** What the routers note is gone where an error has left them, and spelt as the caller spells it. */
function foundAs(path: string): Step {
  const route = path.toLowerCase();
  return function foundAs(req) {
    req.context.route = route;
  };
}

function deprecated(successor: string | undefined): Step {
  const lines = ['Deprecation', DEPRECATED_SINCE, ...(successor ? ['Link', `<${successor}>; rel="successor-version"`] : [])];
  return function deprecated(req) {
    req.context.head.add(lines);
  };
}

function wrongMethod(allow: string): Step {
  return function wrongMethod(req, res) {
    res.setHeader('Allow', allow);
    if (req.method !== 'OPTIONS') throw new ApiError(httpErrors.METHOD_NOT_ALLOWED);
    res.setHeader('Content-Length', '0');
    res.statusCode = 204;
    res.end();
  };
}

import { Router, type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { Endpoint } from './endpoint.js';
import { ApiError, httpErrors } from './errors.js';
import { createPipeline, type PipelineParts } from './pipeline.js';
import type { RateLimits } from './rate-limit.js';

export type MountParts = PipelineParts & { prefix: string; limits: RateLimits };

/** RFC 9745: since when the other spellings are deprecated, as a structured date (the day of the first release). */
const DEPRECATED_SINCE = '@1795219200';

/** Hangs the table on the app: a router per first path segment, so that matching stays short. */
export function mountEndpoints(app: Express, endpoints: readonly Endpoint[], parts: MountParts): void {
  const routers = new Map<string, { router: Router; methods: Map<string, Set<string>> }>();
  for (const endpoint of endpoints) {
    const serve = createPipeline(endpoint, parts);
    const steps = [...(endpoint.limit ? [parts.limits.of(endpoint.limit)] : []), serve];
    const canonical = absolutePath(endpoint.path, parts.prefix);
    const successor = successorOf(endpoint, parts.prefix);
    mount(canonical, endpoint, endpoint.deprecated ? [deprecated(successor), ...steps] : steps);
    for (const alias of endpoint.aliases ?? []) mount(absolutePath(alias, parts.prefix), endpoint, [deprecated(successor ?? canonical), ...steps]);
  }
  for (const [base, { router, methods }] of routers) {
    // After every route: a path that is known, asked with a method that is not.
    for (const [path, allowed] of methods) router.all(path, wrongMethod([...allowed].join(', ')));
    app.use(base, router);
  }

  function mount(path: string, endpoint: Endpoint, steps: RequestHandler[]): void {
    const { base, rest } = split(path, parts.prefix);
    const group = routers.get(base) ?? { router: Router(), methods: new Map<string, Set<string>>() };
    routers.set(base, group);
    const allowed = group.methods.get(rest) ?? new Set<string>();
    group.methods.set(rest, allowed);
    allowed.add(endpoint.method);
    if (endpoint.method === 'GET') allowed.add('HEAD');
    group.router.route(rest)[METHODS[endpoint.method]](...steps);
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

function deprecated(successor: string | undefined): RequestHandler {
  const link = successor && `<${successor}>; rel="successor-version"`;
  return function deprecated(_req: Request, res: Response, next: NextFunction): void {
    res.setHeader('Deprecation', DEPRECATED_SINCE);
    if (link) res.setHeader('Link', link);
    next();
  };
}

function wrongMethod(allow: string): RequestHandler {
  return function wrongMethod(req: Request, res: Response): void {
    res.setHeader('Allow', allow);
    if (req.method !== 'OPTIONS') throw new ApiError(httpErrors.METHOD_NOT_ALLOWED);
    res.setHeader('Content-Length', '0');
    res.statusCode = 204;
    res.end();
  };
}

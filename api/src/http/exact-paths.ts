import type { RequestHandler } from 'express';
import type { Step } from './steps.js';

export type ExactPaths = {
  /** @throws Error where a pattern that was added before takes the path: other spellings of it would reach the pattern (D-14) */
  add(method: string, path: string, walk: Step): void;
  /** Serves what was added and is asked for by exactly its spelling. Everything else goes on to Express's routers. */
  serve: RequestHandler;
};

/**
 * A way round Express's routers for paths without parameters: one look-up in place of a regular expression for every
 * route. Other spellings that mean the same path (case, a slash at the end, escapes) and HEAD take the routers, which
 * lead to the same steps.
 */
export function createExactPaths(): ExactPaths {
  const routes = new Map<string, Map<string, Step>>();
  const patterns: { method: string; path: string; matches: RegExp }[] = [];

  return {
    add(method, path, walk) {
      const earlier = patterns.find((pattern) => pattern.method === method && pattern.matches.test(path));
      if (earlier) throw new Error(`${method} ${path} is never reached: ${earlier.path} stands before it`);
      if (path.includes(':')) {
        patterns.push({ method, path, matches: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`, 'i') });
        return;
      }
      const ofMethod = routes.get(method) ?? new Map<string, Step>();
      routes.set(method, ofMethod.set(path, walk));
    },

    serve(req, res, next) {
      const walk = routes.get(req.method)?.get(req.path);
      if (!walk) return next();
      return walk(req, res);
    },
  };
}

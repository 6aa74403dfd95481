import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import type { Step } from './steps.js';

/** The API serves JSON alone; the pages it does serve bring a policy of their own. */
const POLICY = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] } },
  frameguard: { action: 'deny' as const },
  referrerPolicy: { policy: 'no-referrer' as const },
  crossOriginEmbedderPolicy: false,
};

/**
 * helmet's headers on every answer. They are the same each time, so helmet is
 * asked once, at construction, and its answer repeated (DESIGN §7).
 */
export function securityHeaders(): Step {
  const lines = fixedSecurityHeaders().flat();
  return function securityHeaders(req) {
    req.context.head.add(lines);
  };
}

/** The same for an answer that is written without Express (G-09). */
export function fixedSecurityHeaders(): readonly (readonly [string, string])[] {
  return record(helmet(POLICY));
}

type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

function record(middleware: Middleware): [string, string][] {
  const headers: [string, string][] = [];
  const response = { setHeader: (name: string, value: string) => void headers.push([name, value]), removeHeader: () => undefined };
  middleware({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return headers;
}

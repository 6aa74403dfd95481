import type { Request } from 'express';
import type { Principal } from '../shared/principal.js';
import { ApiError, httpErrors } from './errors.js';
import type { Step } from './steps.js';

/** Turns a token into who is asking; synchronous when the answer is in memory. Throws ApiError 401 or 503. */
export type Authenticate = (token: string, origin: string | undefined) => Principal | Promise<Principal>;

const BEARER = /^Bearer +(\S+)$/i;

/**
 * Finds out who is asking, for the rate limit and the guard alike. A bad
 * credential is remembered, not thrown: a public endpoint works with a stale
 * token in the header, every other one refuses it in its guard. Asked again of
 * the same request, it forgets what it found before.
 */
export function identify(authenticate: Authenticate): Step {
  return function identify(req) {
    const { context } = req;
    const session = req.headers['x-session-token'];
    const authorization = req.headers.authorization;
    context.principal = undefined;
    // A token in a URL ends in logs and histories: refused even where it would be right, and beside a good header.
    context.credentialError = req.url.includes('?') && 'access_token' in req.query ? unauthorized() : undefined;
    if (context.credentialError !== undefined || (session === undefined && authorization === undefined)) return;
    try {
      const found = principalOf(req, session, authorization, authenticate);
      if (found instanceof Promise) return found.then((principal) => recognise(req, principal), (error: unknown) => void (context.credentialError = error));
      recognise(req, found);
    } catch (error) {
      context.credentialError = error;
    }
  };
}

function recognise(req: Request, principal: Principal): void {
  req.context.principal = principal;
  if (principal.renewedToken !== undefined) req.context.head.replace(['X-Session-Token', principal.renewedToken]);
}

function principalOf(req: Request, session: string | string[] | undefined, authorization: string | undefined, authenticate: Authenticate): Principal | Promise<Principal> {
  const origin = req.headers.origin;
  // The server joins repeated headers, so a header sent twice is no valid token.
  const tokens = [typeof session === 'string' ? session : undefined, authorization === undefined ? undefined : bearer(authorization)].filter((token) => token !== undefined);
  const [first, second] = tokens;
  if (first === undefined) throw unauthorized();
  if (second === undefined || second === first) return authenticate(first, origin);
  return agreeing(req, [first, second], authenticate);
}

/** Two credentials in one request must be of one session: never a silent choice. */
async function agreeing(req: Request, tokens: readonly [string, string], authenticate: Authenticate): Promise<Principal> {
  // Each in an async function: what one throws at once must not leave the failure of the other without anybody who awaits it.
  const identified = async (token: string) => authenticate(token, req.headers.origin);
  const [one, other] = await Promise.all([identified(tokens[0]), identified(tokens[1])]);
  if (one.sessionId !== other.sessionId) throw new ApiError(httpErrors.AUTH_CREDENTIALS_CONFLICT);
  return Object.freeze({ ...one, companion: other, renewedToken: one.renewedToken ?? other.renewedToken });
}

function bearer(authorization: string): string {
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw unauthorized();
  return token;
}

/** The answer to a missing, malformed, forged or expired token: one face for all of them. */
export function unauthorized(cause?: unknown): ApiError {
  return new ApiError(httpErrors.UNAUTHORIZED, { cause });
}

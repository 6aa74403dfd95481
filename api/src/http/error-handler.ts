import type { NextFunction, Request, Response } from 'express';
import type { Translator } from '../i18n/translator.js';
import { sendFailure } from './envelope.js';
import { ApiError, httpErrors } from './errors.js';
import { pathOf } from './request-context.js';

export type ErrorHandlerParts = {
  translator: Translator;
  logger: { error(message: string, fields?: object): void; warn(message: string, fields?: object): void };
  errorReporter: { capture(error: unknown, facts?: Record<string, string | undefined>): unknown };
  /** Whether a failure means that a dependency is down, which is 503 and no bug. */
  isUnavailable(error: unknown): boolean;
};

/** The one place that answers failures. Whatever is not an ApiError by now is our own bug (500) or a dependency that is down (503). */
export function errorHandler({ translator, logger, errorReporter, isUnavailable }: ErrorHandlerParts) {
  // Express tells an error handler by its four parameters.
  return function errorHandler(thrown: unknown, req: Request, res: Response, _next: NextFunction): void {
    const error = asApiError(thrown, isUnavailable);
    const facts = { request_id: req.context.id, method: req.method, path: pathOf(req), user_id: req.context.principal?.userId };
    if (error.definition.status === 500) {
      logger.error('Unexpected failure', { ...facts, error: thrown });
      errorReporter.capture(thrown, facts);
    } else if (error.definition.status === 503) logger.warn('Dependency unavailable', { ...facts, error: thrown });
    // The head has left: the only honest end is a broken connection.
    if (res.headersSent) {
      req.context.errorKey = error.definition.key;
      return void res.destroy();
    }
    // Node reads what is left of a refused body to its end; a long one is not worth that, so the connection goes.
    if (!req.complete && !isShort(req)) res.setHeader('Connection', 'close');
    sendFailure(req, res, error, translator);
  };
}

/** Unknown paths, last in the stack. */
export function notFound() {
  return function notFound(): never {
    throw new ApiError(httpErrors.ROUTE_NOT_FOUND);
  };
}

function asApiError(thrown: unknown, isUnavailable: (error: unknown) => boolean): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (isUnavailable(thrown)) return new ApiError(httpErrors.SERVICE_UNAVAILABLE, { cause: thrown, headers: retryAfter(thrown) });
  // Express's router throws this for a path such as `/%zz`.
  if (thrown instanceof URIError || isRefusalOfExpress(thrown)) return new ApiError(httpErrors.INVALID_REQUEST, { cause: thrown });
  return new ApiError(httpErrors.INTERNAL_ERROR, { cause: thrown });
}

/** What is full rather than down knows itself when it will have room. */
function retryAfter(thrown: unknown): Record<string, string> | undefined {
  const { retryAfterSeconds } = Object(thrown) as { retryAfterSeconds?: unknown };
  return typeof retryAfterSeconds === 'number' ? { 'Retry-After': String(retryAfterSeconds) } : undefined;
}

/** What Express's own parts throw at a request they cannot serve, such as a `Range` beyond the end of a file: they mark it as fit to be told. */
function isRefusalOfExpress(thrown: unknown): boolean {
  const { status, expose } = Object(thrown) as { status?: unknown; expose?: unknown };
  return expose === true && typeof status === 'number' && status >= 400 && status < 500;
}

const SHORT_BODY_BYTES = 1024 * 1024;

/** Also a request without a body: answered at once, it is not yet known to be complete. */
function isShort({ headers }: Request): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= SHORT_BODY_BYTES;
}

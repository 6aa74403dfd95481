import type { NextFunction, Request, Response } from 'express';
import type { Logger } from '../infra/logger.js';
import { pathOf } from './request-context.js';

/** The client went away before the answer was complete (nginx's number for it). */
const CLIENT_CLOSED_REQUEST = 499;

/** One line a request, when it is over; never the query string, which may hold secrets. */
export function requestLog(logger: Pick<Logger, 'request'>) {
  return function requestLog(req: Request, res: Response, next: NextFunction): void {
    res.on('close', () => {
      const { id, startedAt, ip, principal, errorKey } = req.context;
      logger.request({
        request_id: id,
        method: req.method,
        path: pathOf(req),
        status: res.writableFinished ? res.statusCode : CLIENT_CLOSED_REQUEST,
        duration_ms: Math.round((performance.now() - startedAt) * 100) / 100,
        ip,
        user_id: principal?.userId,
        session_id: principal?.sessionId,
        user_agent: req.headers['user-agent'],
        bytes: Number(res.getHeader('content-length') ?? 0),
        error_key: errorKey,
      });
    });
    next();
  };
}

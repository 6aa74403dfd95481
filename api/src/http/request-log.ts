import type { Response } from 'express';
import type { Logger } from '../infra/logger.js';
import { pathOf } from './request-context.js';
import type { Step } from './steps.js';

/** The client went away before the answer was complete (nginx's number for it). */
const CLIENT_CLOSED_REQUEST = 499;

/** One line a request, when it is over; never the query string, which may hold secrets. */
export function requestLog(logger: Pick<Logger, 'request'>): Step {
  // One listener for all, which finds its request by itself: no closure for each.
  function write(this: Response): void {
    const { req } = this;
    const { id, startedAt, ip, principal, errorKey, bytes } = req.context;
    logger.request({
      request_id: id,
      method: req.method,
      path: pathOf(req),
      status: this.writableFinished ? this.statusCode : CLIENT_CLOSED_REQUEST,
      duration_ms: performance.now() - startedAt,
      ip,
      user_id: principal?.userId,
      session_id: principal?.sessionId,
      user_agent: req.headers['user-agent'],
      bytes: bytes ?? Number(this.getHeader('content-length') ?? 0),
      error_key: errorKey,
    });
  }
  return function requestLog(_req, res) {
    res.on('close', write);
  };
}

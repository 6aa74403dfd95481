import { ApiError, httpErrors } from './errors.js';
import type { Step } from './steps.js';

/**
 * Refuses a request that names no host or several (RFC 9112 §3.2): two parties on its way may take it to be for different
 * ones (G-06, G-11). The server joins repeated headers, and no host has a comma in it.
 */
export function oneHost(): Step {
  return function oneHost(req, res) {
    const { host } = req.headers;
    if (host === undefined ? req.httpVersion === '1.1' : host.includes(',')) {
      res.setHeader('Connection', 'close');
      throw new ApiError(httpErrors.INVALID_REQUEST);
    }
  };
}

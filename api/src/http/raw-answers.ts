import { randomUUID } from 'node:crypto';
import { createTranslator } from '../i18n/translator.js';
import { failureBody, successBody } from './envelope.js';
import { ApiError, httpErrors } from './errors.js';
import { fixedSecurityHeaders } from './security-headers.js';
import type { RawAnswers } from './server.js';

const DEFINITIONS = {
  starting: httpErrors.SERVICE_UNAVAILABLE,
  failed: httpErrors.INTERNAL_ERROR,
  malformed: httpErrors.INVALID_REQUEST,
  headers_too_large: httpErrors.HEADERS_TOO_LARGE,
  timeout: httpErrors.TIMEOUT,
  unexpected_upgrade: httpErrors.METHOD_NOT_ALLOWED,
};

/** The envelope where Express is not there to write one: while starting, and for bytes that are no request. */
export function rawAnswers(): RawAnswers {
  const translator = createTranslator();
  const fixedHeaders = [['Content-Type', 'application/json; charset=utf-8'], ['Cache-Control', 'no-store'], ...fixedSecurityHeaders()] as const;
  return (reason) => {
    const id = randomUUID();
    const headers = [...fixedHeaders, ['X-Request-Id', id] as const];
    if (reason === 'live') return { status: 200, headers, body: successBody(id, JSON.stringify(translator.message('en', 'service_live')), '{"status":"live"}') };
    const definition = DEFINITIONS[reason];
    return {
      status: definition.status,
      headers: [...headers, ...(definition.status === 503 ? [['Retry-After', '1'] as const] : [])],
      body: failureBody(new ApiError(definition), { id, path: '' }, translator, 'en'),
    };
  };
}

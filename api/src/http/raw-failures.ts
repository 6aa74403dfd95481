import { randomUUID } from 'node:crypto';
import { createTranslator } from '../i18n/translator.js';
import { failureBody } from './envelope.js';
import { ApiError, httpErrors } from './errors.js';
import type { RawFailure } from './server.js';

const DEFINITIONS = {
  starting: httpErrors.SERVICE_UNAVAILABLE,
  malformed: httpErrors.INVALID_REQUEST,
  headers_too_large: httpErrors.HEADERS_TOO_LARGE,
  timeout: httpErrors.TIMEOUT,
  unexpected_upgrade: httpErrors.METHOD_NOT_ALLOWED,
};

/** The envelope where Express is not there to write one: while starting, and for bytes that are no request. */
export function rawFailures(): RawFailure {
  const translator = createTranslator();
  return (reason) => {
    const definition = DEFINITIONS[reason];
    return { status: definition.status, body: failureBody(new ApiError(definition), { id: randomUUID(), path: '' }, translator, 'en') };
  };
}

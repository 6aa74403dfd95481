/** Failures that any endpoint may have. */
export const generalErrors = {
  INVALID_REQUEST: {
    message: 'Invalid request payload',
    reason: 'The request does not have the form that was expected.',
    hint: 'Compare the request with the API documentation.',
  },
  FORBIDDEN: {
    message: 'Permission denied',
    reason: 'Your account does not have the permission that this action needs.',
    hint: 'Ask an administrator for the permission.',
  },
  ROUTE_NOT_FOUND: {
    message: 'Route not found',
    reason: 'There is no endpoint at this address.',
    hint: 'Check the path and its prefix.',
  },
  METHOD_NOT_ALLOWED: {
    message: 'HTTP method not allowed',
    reason: 'This address exists, but it does not take this HTTP method.',
    hint: 'Use one of the methods in the Allow header.',
  },
  TIMEOUT: {
    message: 'Request timed out',
    reason: 'The request took too long and was stopped.',
    hint: 'Try again later.',
  },
  CONFLICT: {
    message: 'Resource conflict',
    reason: 'The request does not fit the present state of the resource.',
    hint: 'Load the resource again and repeat the change.',
  },
  TOO_MANY_REQUESTS: {
    message: 'Too many requests',
    reason: 'Too many requests came in too short a time.',
    hint: 'Wait for as long as the Retry-After header says, then try again.',
  },
  VALIDATION_ERROR: {
    message: 'Validation failed',
    reason: 'One or more fields are missing or not valid.',
    hint: 'Correct the fields that are listed under details.',
  },
  SERVICE_UNAVAILABLE: {
    message: 'Service unavailable',
    reason: 'The service cannot handle this request at the moment.',
    hint: 'Try again after the time in the Retry-After header.',
  },
  INTERNAL_ERROR: {
    message: 'Internal server error',
    reason: 'Something went wrong on our side.',
    hint: 'Try again later. If it keeps happening, give the error id to support.',
  },
  REQUEST_TOO_LARGE: {
    message: 'Request entity too large',
    reason: 'The request body is larger than this endpoint accepts.',
    hint: 'Send less data or a smaller file.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    message: 'Unsupported media type',
    reason: 'This endpoint does not accept this content type.',
    hint: 'Send the content type that the API documentation gives.',
  },
  URI_TOO_LONG: {
    message: 'Request URL too long',
    reason: 'The address with its query string is longer than the server accepts.',
    hint: 'Shorten the query string.',
  },
  HEADERS_TOO_LARGE: {
    message: 'Request headers too large',
    reason: 'The headers, cookies included, are larger than the server accepts.',
    hint: 'Leave out headers and cookies that are not needed.',
  },
  DUPLICATE_ENTRY: {
    message: 'Duplicate entry not allowed',
    reason: 'A value that must be unique is already in use.',
    hint: 'Choose another value.',
  },
  HEALTH_CHECK_FAILED: {
    message: 'Health check failed',
    reason: 'At least one part of the service is not working properly.',
    hint: 'Try again in a moment.',
  },
  DATABASE_UNHEALTHY: {
    message: 'Database unhealthy',
    reason: 'The database does not answer as it should.',
    hint: 'Try again in a moment. Operators find the cause in the server log.',
  },
  STORAGE_UNHEALTHY: {
    message: 'Storage unhealthy',
    reason: 'The file storage does not answer as it should.',
    hint: 'Try again in a moment. Operators find the cause in the server log.',
  },
  REDIS_HEALTH_CHECK_FAILED: {
    message: 'Redis health check failed',
    reason: 'Redis does not answer as it should.',
    hint: 'Try again in a moment. Operators find the cause in the server log.',
  },
};

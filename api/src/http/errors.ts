import type { ErrorKey } from '../i18n/translator.js';
import type { InputIssue } from './issues.js';

/** What a client can rely on: the key and the numeric code never change, the sentences come from the catalogues. */
export type ErrorDefinition<K extends ErrorKey = ErrorKey> = Readonly<{ key: K; code: number; status: number }>;

type ErrorTable = Partial<Record<ErrorKey, { code: number; status: number }>>;

/** A module's table of errors. A key without a sentence in every language does not compile. */
export function defineErrors<const T extends ErrorTable>(table: T): { readonly [K in keyof T & ErrorKey]: ErrorDefinition<K> } {
  const entries = Object.entries(table).map(([key, { code, status }]) => [key, Object.freeze({ key, code, status })]);
  return Object.freeze(Object.fromEntries(entries)) as { readonly [K in keyof T & ErrorKey]: ErrorDefinition<K> };
}

export type ErrorOptions = {
  /** Facts for the client, never translated, never internal. */
  details?: Record<string, unknown>;
  /** What is wrong with which field; `details` gets them in the caller's language. */
  issues?: readonly InputIssue[];
  /** Values for the placeholders of the translated sentences. */
  params?: Record<string, string | number>;
  /** Response headers that belong to the answer, such as `Retry-After`. */
  headers?: Record<string, string>;
  /** The private cause: logged, never sent. */
  cause?: unknown;
};

/** A failure with a public face: thrown anywhere, answered by the error handler alone. */
export class ApiError extends Error {
  readonly details?: Record<string, unknown>;
  readonly issues?: readonly InputIssue[];
  readonly params?: Record<string, string | number>;
  readonly headers?: Record<string, string>;

  constructor(
    readonly definition: ErrorDefinition,
    options: ErrorOptions = {},
  ) {
    super(definition.key, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.details = options.details;
    this.issues = options.issues;
    this.params = options.params;
    this.headers = options.headers;
  }
}

/** Failures of the kernel itself; modules bring their own tables. */
export const httpErrors = defineErrors({
  INVALID_REQUEST: { code: 1001, status: 400 },
  UNAUTHORIZED: { code: 1002, status: 401 },
  FORBIDDEN: { code: 1003, status: 403 },
  ROUTE_NOT_FOUND: { code: 1004, status: 404 },
  METHOD_NOT_ALLOWED: { code: 1005, status: 405 },
  TIMEOUT: { code: 1006, status: 408 },
  TOO_MANY_REQUESTS: { code: 1009, status: 429 },
  VALIDATION_ERROR: { code: 1010, status: 400 },
  SERVICE_UNAVAILABLE: { code: 1012, status: 503 },
  INTERNAL_ERROR: { code: 1014, status: 500 },
  REQUEST_TOO_LARGE: { code: 1021, status: 413 },
  UNSUPPORTED_MEDIA_TYPE: { code: 1022, status: 415 },
  URI_TOO_LONG: { code: 1023, status: 414 },
  HEADERS_TOO_LARGE: { code: 1024, status: 431 },
  AUTH_CREDENTIALS_CONFLICT: { code: 1221, status: 401 },
  TOKEN_DOMAIN_MISMATCH: { code: 1215, status: 403 },
});

import http from 'node:http';
import https from 'node:https';
import { types } from 'node:util';
import * as sentry from '@sentry/node';
import type { ErrorContext, ErrorReporterOptions, ReportLevel } from './error-reporter.js';
import { maskText } from './mask-text.js';
import { maskValue, type MaskLimits } from './mask-value.js';

/** The part of the Sentry SDK that is used. This file loads the SDK, so it is imported only when there is somebody to report to. */
export interface Tracker {
  captureException(error: unknown, context: ErrorContext): string;
  captureMessage(text: string, level: ReportLevel): string;
  flush(ms: number): Promise<boolean>;
  close(ms: number): Promise<void>;
}

type ClientOptions = ConstructorParameters<typeof sentry.NodeClient>[0];

const SEND_TIMEOUT_MS = 5_000;
const LIMITS: Readonly<MaskLimits> = { depth: 12, entries: 1_000, text: 4_000, values: 10_000 };

/**
 * Makes a client of our own instead of calling `init`: no handlers for uncaught errors (the server has its own),
 * no patched console or modules, no breadcrumbs, no collection of headers, bodies or variables.
 */
export function createTracker(options: ErrorReporterOptions & { dsn: string }, onUndelivered: (reason: unknown) => void): Tracker {
  const tracing = options.tracesSampleRate > 0;
  const client = new sentry.NodeClient({
    dsn: options.dsn,
    environment: options.environment,
    release: options.release,
    integrations: [sentry.linkedErrorsIntegration(), ...(tracing ? tracingIntegrations() : [])],
    stackParser: sentry.defaultStackParser,
    transport: createTransport(onUndelivered),
    ...(tracing ? { tracesSampleRate: options.tracesSampleRate } : {}),
    traceLifecycle: 'static',
    tracePropagationTargets: [],
    enableRuntimeChannelInjection: false,
    sendClientReports: false,
    maxBreadcrumbs: 0,
    dataCollection: { userInfo: false, cookies: false, httpHeaders: false, httpBodies: [], urlQueryParams: false, databaseQueryData: false, queues: false, stackFrameVariables: false, frameContextLines: 0 },
    beforeSend: scrub,
    beforeSendTransaction: scrub,
    beforeBreadcrumb: () => null,
  });
  client.init();
  // Only the integrations that time requests look for a global client.
  if (tracing) sentry.setCurrentClient(client);

  return {
    captureException: (error, context) => scopeOf(context).captureException(toError(error)),
    captureMessage: (text, level) => scopeOf({}).captureMessage(text, level),
    flush: async (ms) => client.flush(ms),
    async close(ms) {
      await client.close(ms);
      if (tracing && sentry.getClient() === client) sentry.getCurrentScope().setClient(undefined);
    },
  };

  function scopeOf({ request_id, user_id, ...facts }: ErrorContext): sentry.Scope {
    const scope = new sentry.Scope();
    scope.setClient(client);
    if (request_id !== undefined) scope.setTag('request_id', request_id);
    if (user_id !== undefined) scope.setUser({ id: user_id });
    scope.setContext('request', facts);
    return scope;
  }
}

/** The SDK stumbles over a symbol and over getters that throw, and counts what it stumbled over as under way for ever. */
function toError(thrown: unknown): Error {
  const masked = maskValue(thrown, LIMITS);
  if ((thrown instanceof Error || types.isNativeError(thrown)) && !JSON.stringify(masked).includes('[unreadable]')) return thrown;
  return new Error(`A value that is no error was thrown: ${JSON.stringify(masked)}`);
}

function tracingIntegrations(): ClientOptions['integrations'] {
  return [sentry.httpServerIntegration({ sessions: false, maxRequestBodySize: 'none' }), sentry.httpServerSpansIntegration()];
}

/** The SDK's own transport, with a time limit for each request and a word when a report is not taken. */
function createTransport(onUndelivered: (reason: unknown) => void): ClientOptions['transport'] {
  return (options) => {
    const module = options.url.startsWith('https:') ? https : http;
    const httpModule = {
      request(requestOptions: http.RequestOptions, callback?: (response: http.IncomingMessage) => void): http.ClientRequest {
        const request = module.request({ ...requestOptions, timeout: SEND_TIMEOUT_MS }, callback);
        return request.on('timeout', () => request.destroy(new Error('The error tracker did not answer in time')));
      },
    };
    const transport = sentry.makeNodeTransport({ ...options, httpModule: httpModule });
    return {
      flush: (ms) => transport.flush(ms),
      send: (envelope) =>
        transport.send(envelope).then(
          (answer) => {
            if (answer.statusCode !== undefined && answer.statusCode >= 400) onUndelivered(new Error(`The error tracker answered ${answer.statusCode}`));
            return answer;
          },
          (error: unknown) => {
            onUndelivered(error);
            throw error;
          },
        ),
    };
  };
}

const SCRUBBED = ['message', 'logentry', 'exception', 'extra', 'contexts', 'tags', 'fingerprint', 'spans'] as const;

/** The last gate: what the log would mask is masked here, what has no business outside is taken off. */
function scrub<T extends sentry.Event>(event: T): T {
  const { request: _request, breadcrumbs: _breadcrumbs, user, ...rest } = event;
  const scrubbed: Record<string, unknown> = { ...rest };
  for (const part of SCRUBBED) if (event[part] !== undefined) scrubbed[part] = maskValue(event[part], LIMITS);
  if (event.transaction !== undefined) scrubbed['transaction'] = maskText(event.transaction);
  if (user?.id !== undefined) scrubbed['user'] = { id: user.id };
  return scrubbed as T;
}

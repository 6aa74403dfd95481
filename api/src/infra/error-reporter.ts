import type { Logger } from './logger.js';

/** What is known of the request in which an error happened. */
export type ErrorContext = {
  request_id?: string | undefined;
  user_id?: string | undefined;
  method?: string | undefined;
  path?: string | undefined;
} & Record<string, string | number | boolean | undefined>;

export type ReportLevel = 'fatal' | 'error' | 'warning' | 'info' | 'debug';

/** Tells an error tracker (Sentry or a server that speaks its protocol) of failures. Nothing here throws or waits for the network. */
export interface ErrorReporter {
  /** Whether there is anybody to tell. */
  readonly enabled: boolean;
  /** @returns the event's id, or undefined when nothing is sent */
  capture(error: unknown, context?: ErrorContext): string | undefined;
  /** @returns the event's id, or undefined when nothing is sent */
  captureMessage(text: string, level: ReportLevel): string | undefined;
  /** Waits up to `ms` for what is under way. @returns whether all of it was handed over */
  flush(ms: number): Promise<boolean>;
  /** Flushes for up to 2 s and ends. */
  close(): Promise<void>;
}

export interface ErrorReporterOptions {
  /** Where to report; without it every method does nothing. */
  dsn?: string | undefined;
  environment: string;
  /** Share of requests of which the timing is sent, 0 to 1. */
  tracesSampleRate: number;
  release?: string | undefined;
}

const CLOSE_MS = 2_000;
const EVENTS_PER_MINUTE = 120;
const MINUTE_MS = 60_000;

/**
 * Starts reporting when there is a DSN. The library takes a second to load and stays unloaded otherwise.
 * What is sent is masked as log lines are, and never holds headers, cookies, bodies, query strings, source or local variables (ASVS 16.2.5).
 */
export async function createErrorReporter(options: ErrorReporterOptions, logger: Pick<Logger, 'warn'>): Promise<ErrorReporter> {
  if (options.dsn === undefined) return silentReporter;
  if (!isDsn(options.dsn)) {
    logger.warn('Error reporting is off: SENTRY_DSN is not a DSN');
    return silentReporter;
  }
  const warnUndelivered = createUndeliveredWarning(logger);
  const allow = createAllowance((refused) => logger.warn('Error reports were left out because there were too many', { refused }));
  const { createTracker } = await import('./error-reporter.sentry.js');
  const tracker = createTracker({ ...options, dsn: options.dsn }, warnUndelivered);

  function attempt(report: () => string): string | undefined {
    if (!allow()) return undefined;
    try {
      return report();
    } catch (error) {
      // An error whose own getters throw must not turn the answer to a failed request into a second failure.
      warnUndelivered(error);
      return undefined;
    }
  }

  return {
    enabled: true,
    capture: (error, context = {}) => attempt(() => tracker.captureException(error, context)),
    captureMessage: (text, level) => attempt(() => tracker.captureMessage(text, level)),
    flush: (ms) => tracker.flush(ms),
    close: () => tracker.close(CLOSE_MS),
  };
}

/** `https://<public key>@<host>/<project number>`, as trackers print it. */
function isDsn(text: string): boolean {
  const { username, pathname } = new URL(text);
  return username !== '' && /\/\d+$/.test(pathname);
}

const silentReporter: ErrorReporter = {
  enabled: false,
  capture: () => undefined,
  captureMessage: () => undefined,
  flush: async () => true,
  close: async () => undefined,
};

/** A storm of failures must not become a storm of reports: the rest of a minute's are only counted. */
function createAllowance(onRefused: (count: number) => void): () => boolean {
  let startedAt = -Infinity;
  let count = 0;
  return () => {
    const now = performance.now();
    if (now - startedAt >= MINUTE_MS) {
      if (count > EVENTS_PER_MINUTE) onRefused(count - EVENTS_PER_MINUTE);
      startedAt = now;
      count = 0;
    }
    count += 1;
    return count <= EVENTS_PER_MINUTE;
  };
}

/** A tracker that is down is said once a minute, not once an event. */
function createUndeliveredWarning(logger: Pick<Logger, 'warn'>): (reason: unknown) => void {
  let warnedAt = -Infinity;
  return (reason) => {
    const now = performance.now();
    if (now - warnedAt < MINUTE_MS) return;
    warnedAt = now;
    logger.warn('Error reports cannot be delivered', { error: reason });
  };
}

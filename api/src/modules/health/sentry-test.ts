import type { MessageKey } from '../../i18n/translator.js';
import type { ErrorReporter } from '../../infra/error-reporter.js';

export type SentryTestType = 'exception' | 'message' | 'async' | 'unhandled';

export type SentryTestResult = {
  key: MessageKey;
  data: { type: SentryTestType; environment: string; message: string; error?: string | undefined; event_id?: string | undefined };
};

export type SentryTest = {
  /** @throws for `unhandled`, on purpose: the error handler must report it */
  run(type: SentryTestType): SentryTestResult;
};

/** Sends the test events an operator asks for (REFERENCE §15). */
export function createSentryTest({ errorReporter, environment }: { errorReporter: ErrorReporter; environment: string }): SentryTest {
  return {
    run(type) {
      if (type === 'unhandled') throw new Error('Test of an unhandled failure');
      if (type === 'message') {
        const event_id = errorReporter.captureMessage('Test message', 'info');
        return { key: 'sentry_message_sent', data: { type, environment, message: 'Test message sent to Sentry', event_id } };
      }
      const error = new Error('Test exception');
      if (type === 'async') {
        setImmediate(() => errorReporter.capture(error));
        return { key: 'sentry_async_scheduled', data: { type, environment, message: 'Test async error scheduled' } };
      }
      const event_id = errorReporter.capture(error);
      return { key: 'sentry_exception_sent', data: { type, environment, message: 'Test exception sent to Sentry', error: error.message, event_id } };
    },
  };
}

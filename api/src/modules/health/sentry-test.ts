import type { MessageKey } from '../../i18n/translator.js';
import type { ErrorReporter } from '../../infra/error-reporter.js';

export type SentryTestType = 'exception' | 'message' | 'async' | 'unhandled';

export type SentryTest = {
  /** @throws for `unhandled`, on purpose: the error handler must report it */
  run(type: SentryTestType): { message: MessageKey; type: string; environment: string; error?: string; event_id?: string } & { message: MessageKey };
};

/** Sends the test events an operator asks for (REFERENCE §15). */
export function createSentryTest({ errorReporter, environment }: { errorReporter: ErrorReporter; environment: string }): SentryTest {
  return {
    run(type) {
      if (type === 'unhandled') throw new Error('Test of an unhandled failure');
      if (type === 'message') {
        return { message: 'sentry_message_sent', type, environment, event_id: errorReporter.captureMessage('Test message', 'info') };
      }
      const error = new Error('Test exception');
      if (type === 'async') {
        setImmediate(() => errorReporter.capture(error));
        return { message: 'sentry_async_scheduled', type, environment };
      }
      return { message: 'sentry_exception_sent', type, environment, error: error.message, event_id: errorReporter.capture(error) };
    },
  };
}

import { expect, it } from '@jest/globals';
import { createErrorReporter } from './error-reporter.js';

it('loads the SDK only when there is a DSN: it takes a second and 40 MB', async () => {
  const options = { environment: 'test', tracesSampleRate: 0 };
  const logger = { warn: () => undefined };
  // The SDK leaves this mark in the process as soon as it is used.
  const isLoaded = () => '__SENTRY__' in globalThis;
  await createErrorReporter({ ...options, dsn: undefined }, logger);
  expect(isLoaded()).toBe(false);
  const reporter = await createErrorReporter({ ...options, dsn: 'http://pub@127.0.0.1:1/42' }, logger);
  expect(isLoaded()).toBe(true);
  await reporter.close();
});

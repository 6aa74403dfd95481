import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { errorHandler, notFound } from '../src/http/error-handler.js';
import { languageOf, requestContext } from '../src/http/request-context.js';
import { securityHeaders } from '../src/http/security-headers.js';
import { middleware } from '../src/http/steps.js';
import { createHttpServer } from '../src/http/server.js';
import { headersOfResponse } from '../src/http/head.js';
import { rawAnswers } from '../src/http/raw-answers.js';
import { createTranslator } from '../src/i18n/translator.js';
import { createMailbox, type Mailbox } from '../src/infra/mailbox.js';
import { createMemoryStore } from '../src/infra/memory-store.js';
import { createMailboxRouter } from '../src/modules/mailbox/mailbox.router.js';
import { createRecordingLogger } from './recording-logger.js';

export const translator = createTranslator();

export type MailboxServer = { origin: string; page: string; mailbox: Mailbox; close(): Promise<void> };

/** The mailbox page on a real port, behind the same headers and errors as in the whole server. */
export async function startMailboxServer(): Promise<MailboxServer> {
  const logger = createRecordingLogger();
  const store = createMemoryStore();
  const mailbox = createMailbox(store, logger);
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(middleware(requestContext(), securityHeaders(), headersOfResponse()));
  app.use('/api/v1', createMailboxRouter({ mailbox, translator, languageOf }));
  app.use(notFound());
  app.use(errorHandler({ translator, logger, errorReporter: { capture: () => undefined }, isUnavailable: () => false }));
  const { server, serve, drain } = createHttpServer(rawAnswers());
  serve(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    page: `${origin}/api/v1/dev/mailbox`,
    mailbox,
    async close() {
      await mailbox.close();
      await drain(1_000);
      await store.close();
    },
  };
}

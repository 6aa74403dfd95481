import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { errorHandler, notFound } from '../src/http/error-handler.js';
import { createHttpServer } from '../src/http/server.js';
import { rawAnswers } from '../src/http/raw-answers.js';
import { requestContext } from '../src/http/request-context.js';
import { securityHeaders } from '../src/http/security-headers.js';
import { middleware } from '../src/http/steps.js';
import { createTranslator } from '../src/i18n/translator.js';
import { undoContactPage } from '../src/modules/contact-page/undo-page.js';
import { createRecordingLogger } from './recording-logger.js';

const PATH = '/api/v1/settings/undo-contact-change';

/** What the endpoint of the page's POST says: a status and a body, or text that is no JSON. */
export type UndoAnswer = { status: number; body: unknown; delayed?: Promise<void> };
export type UndoPageServer = {
  page: string;
  /** What came over the wire: method, path with its query, and the body of a POST. */
  requests: { method: string; url: string; language: string | undefined; body?: unknown }[];
  answer(next: UndoAnswer): void;
  close(): Promise<void>;
};

/** The undo page on a real port behind the headers of the whole server, without anything that the whole server depends on. */
export async function startUndoPageServer(): Promise<UndoPageServer> {
  const translator = createTranslator();
  const requests: UndoPageServer['requests'] = [];
  let next: UndoAnswer = { status: 500, body: 'nothing was arranged' };
  const app = express();
  app.use(middleware(requestContext(), securityHeaders()));
  app.use(express.json(), (req, _res, proceed) => {
    requests.push({ method: req.method, url: req.originalUrl, language: req.get('x-lang'), ...(req.method === 'POST' && { body: req.body }) });
    proceed();
  });
  app.use(middleware(undoContactPage({ prefix: '/api/v1', translator })));
  app.post(PATH, async (_req, res) => {
    const { status, body, delayed } = next;
    await delayed;
    if (typeof body === 'string') res.status(status).type('html').send(body);
    else res.status(status).json(body);
  });
  app.use(notFound());
  app.use(errorHandler({ translator, logger: createRecordingLogger(), errorReporter: { capture: () => undefined }, isUnavailable: () => false }));
  const { server, serve, drain } = createHttpServer(rawAnswers());
  serve(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    page: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`,
    requests,
    answer: (arranged) => void (next = arranged),
    close: () => drain(1_000),
  };
}

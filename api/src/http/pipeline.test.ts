import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import express from 'express';
import { z } from 'zod';
import { createTranslator } from '../i18n/translator.js';
import { createBodyReader } from './body.js';
import { endpoint } from './endpoint.js';
import { createPipeline } from './pipeline.js';
import { requestContext } from './request-context.js';
import { middleware } from './steps.js';

const BEAT_MS = 20;
const translator = createTranslator();
const readBody = createBodyReader(1_000);
const about = { method: 'POST', summary: 'x', tag: 'x', access: 'public', response: z.object({}), message: 'service_live', audit: ['x'] } as const;
const body = z.object({ otp: z.string() });
const fail = () => Promise.reject(new Error('refused'));
const table = [
  endpoint({ ...about, path: '/even', failsEvenly: true, handler: fail }),
  endpoint({ ...about, path: '/even-with-body', failsEvenly: true, request: { body }, handler: fail }),
  endpoint({
    ...about,
    path: '/even-at-once',
    failsEvenly: true,
    handler() {
      throw new Error('refused');
    },
  }),
  endpoint({ ...about, path: '/even-success', failsEvenly: true, request: { body }, handler: () => ({}) }),
  endpoint({ ...about, path: '/uneven', handler: fail }),
];

let server: Server;
beforeAll(async () => {
  const app = express();
  app.use(middleware(requestContext()));
  const parts = { translator, receiveFile: () => Promise.reject(new Error('no file')), readPublicBody: readBody, readMemberBody: readBody, identify: () => undefined };
  for (const one of table) app.post(one.path, middleware(createPipeline(one, parts)));
  const answerError: express.ErrorRequestHandler = (_error, _req, res, _next) => void res.status(418).end();
  app.use(answerError);
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Beats stand still until the test moves them; everything else goes on, the requests with it. */
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void jest.useRealTimers());

const post = async (path: string, sent = '{"otp":"123456"}'): Promise<number> => {
  const { port } = server.address() as { port: number };
  const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: sent });
  return status;
};

describe('C-10: an endpoint that fails evenly', () => {
  it.each(['/even', '/even-with-body', '/even-at-once'])('%s: answers a failure at the beat and not before', async (path) => {
    let status: number | undefined;
    const answered = post(path).then((found) => (status = found));
    while (jest.getTimerCount() === 0 && status === undefined) await post('/uneven');
    // Asked after it and answered before it, twice: it had all the time that it needs.
    for (let times = 1; times <= 2; times += 1) expect(await post('/uneven')).toBe(418);
    jest.advanceTimersByTime(BEAT_MS - 1);
    expect(await post('/uneven')).toBe(418);
    expect(status).toBeUndefined();
    jest.advanceTimersByTime(1);
    expect(await answered).toBe(418);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('holds neither a success nor a body that says nothing', async () => {
    expect(await post('/even-success')).toBe(200);
    expect(await post('/even-success', '{}')).toBe(418);
    expect(jest.getTimerCount()).toBe(0);
  });
});

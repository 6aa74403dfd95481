import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { Router, type Express } from 'express';
import { createHttpServer, type HttpServer } from './server.js';

/** An app that uses what Express gives to requests and responses. */
function build(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback');
  const router = Router();
  router.get('/json', (req, res) => void res.status(201).json({ ip: req.ip, query: req.query, path: req.path, base: req.baseUrl, secure: req.secure, xhr: req.xhr, host: req.hostname }));
  router.post('/echo', express.json(), (req, res) => void res.set('X-Type', String(req.is('json'))).send(req.body));
  router.get('/redirect', (_req, res) => void res.redirect('/elsewhere'));
  router.get('/cookie', (_req, res) => void res.cookie('a', 'b', { httpOnly: true }).type('txt').send(Buffer.from('text')));
  router.get('/stream', (_req, res) => {
    res.write('one,');
    setTimeout(() => res.end('two'), 5);
  });
  router.get('/accepts', (_req, res) => void res.format({ json: () => void res.json({ kind: 'json' }), html: () => void res.send('<p>html</p>') }));
  router.get('/fresh', (_req, res) => void res.set('Last-Modified', 'Wed, 21 Oct 2015 07:28:00 GMT').json({ a: 1 }));
  router.get('/throws', () => {
    throw new Error('on purpose');
  });
  app.use('/base', router);
  app.use((_req, res) => void res.status(404).send('not found'));
  app.use((error: Error, _req: unknown, res: express.Response, _next: unknown) => void res.status(500).json({ error: error.message }));
  return app;
}

let plain: Server;
let ours: HttpServer;
let observed: { request: boolean; response: boolean } | undefined;

beforeAll(async () => {
  plain = http.createServer(build());
  ours = createHttpServer((reason) => ({ status: 503, headers: [['Retry-After', '1']], body: reason }));
  const app = build();
  ours.server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
    observed = { request: Object.getPrototypeOf(req) === (app.request as unknown), response: Object.getPrototypeOf(res) === (app.response as unknown) };
  });
  for (const server of [plain, ours.server]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const early = await fetch(addressOf(ours.server));
  expect([early.status, await early.text(), early.headers.get('retry-after')]).toEqual([503, 'starting', '1']);
  expect(await Promise.all(['/health/live', '/health/live?x=1', '/health/lively', '/health/ready'].map(async (path) => (await fetch(addressOf(ours.server) + path)).text()))).toEqual(['live', 'live', 'starting', 'starting']);
  ours.serve(app);
});
afterAll(async () => {
  plain.close();
  plain.closeAllConnections();
  await ours.drain(1_000);
});

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as { port: number }).port}`;

async function ask(server: Server, path: string, init: RequestInit = {}) {
  const response = await fetch(`${addressOf(server)}/base${path}`, { redirect: 'manual', ...init });
  const headers = Object.fromEntries(response.headers);
  delete headers['date'];
  return { status: response.status, headers: { ...headers, 'keep-alive': undefined }, text: (await response.text()).replaceAll(addressOf(server), 'HOST').replace(/127\.0\.0\.1:\d+/g, 'HOST') };
}

describe('a server whose requests are born with Express’s prototypes', () => {
  it.each([
    ['JSON, query, proxy headers', '/json?a=1&b=2', { headers: { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https', 'X-Requested-With': 'XMLHttpRequest' } }],
    ['a JSON body', '/echo', { method: 'POST', body: '{"a":[1,2,{"b":"ü"}]}', headers: { 'Content-Type': 'application/json' } }],
    ['a redirect', '/redirect', {}],
    ['a cookie and a buffer', '/cookie', {}],
    ['a chunked answer', '/stream', {}],
    ['content negotiation', '/accepts', { headers: { Accept: 'text/html' } }],
    ['a conditional request', '/fresh', { headers: { 'If-Modified-Since': 'Wed, 21 Oct 2015 07:28:00 GMT' } }],
    ['HEAD', '/json', { method: 'HEAD' }],
    ['a thrown error', '/throws', {}],
    ['an unknown path', '/unknown', {}],
  ])('answers %s as a plain one does', async (_name, path, init) => {
    expect(await ask(ours.server, path, init)).toEqual(await ask(plain, path, init));
    expect(observed).toEqual({ request: true, response: true });
  });

  it('requests and responses are still node’s own', async () => {
    const seen = new Promise<boolean>((resolve) => ours.server.once('request', (req, res) => resolve(req instanceof http.IncomingMessage && res instanceof http.ServerResponse)));
    await ask(ours.server, '/json');
    expect(await seen).toBe(true);
  });
});

it('a request keeps the address of a client that is gone when it is read (G-02, G-03, H-01)', async () => {
  const address = new Promise((resolve) => ours.server.prependOnceListener('request', (req: IncomingMessage) => resolve(req.socket.remoteAddress)));
  const client = connect((ours.server.address() as { port: number }).port, '127.0.0.1');
  await Promise.all([once(ours.server, 'connection'), once(client, 'connect')]);
  client.write('GET /base/json HTTP/1.1\r\nHost: x\r\n\r\n');
  client.resetAndDestroy();
  expect(await address).toBe('127.0.0.1');
});

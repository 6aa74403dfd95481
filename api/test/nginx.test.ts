import { once } from 'node:events';
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createConnection, type AddressInfo } from 'node:net';
import { constants, createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { httpErrors } from '../src/http/errors.js';
import { en } from '../src/i18n/catalogues/en.js';
import { freePort } from './free-port.js';
import { createNginxServer, type NginxServer } from './nginx-server.js';
import { until } from './until.js';

type Answer = { status: number; headers: IncomingHttpHeaders; body: string };
type Failure = { success: boolean; error_key: string; message: string; path?: string; error: { id: string; code: number; message: string; timestamp: string } };

/** How long nginx waits for an answer where its patience is tried, and a silence that is longer. */
const PATIENCE = '1s';
const SILENCE_MS = 1_500;

/** What the stand-in for the API does at a path; anything else answers 200 with `{}`. */
const STAND_IN: Record<string, (req: IncomingMessage, res: ServerResponse) => void> = {
  '/hangs': () => undefined,
  '/breaks': (req) => void req.socket.destroy(),
  '/own-headers': (_req, res) => res.writeHead(503, { 'X-Frame-Options': 'SAMEORIGIN', 'Content-Security-Policy': "default-src 'self'", 'Retry-After': '7', 'Cache-Control': 'no-cache' }).end('{"own":true}'),
  '/large': (_req, res) => res.setHeader('Content-Type', 'application/json; charset=utf-8').end(JSON.stringify('x'.repeat(5_000))),
  '/api/v1/activity/stream': (_req, res) => streams(res, { 'Content-Type': 'text/event-stream' }),
  '/API/V1/dev/mailbox/stream/': (_req, res) => streams(res, { 'Content-Type': 'text/event-stream' }),
  '/accelerated': (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/json', 'X-Accel-Buffering': 'no' }).write('data: first\n\n');
    sendSecond = () => res.write('data: second\n\n');
  },
};

/** What `/accelerated` does next. */
let sendSecond = (): unknown => undefined;

/** Two lines, the second after a silence. */
function streams(res: ServerResponse, headers: Record<string, string>): void {
  res.writeHead(200, headers).write('data: first\n\n');
  const second = setTimeout(() => res.write('data: second\n\n'), SILENCE_MS);
  res.on('close', () => clearTimeout(second));
}

let api: Server;
/** In front of the stand-in, with little patience and as it is, and in front of nothing. */
let impatient: NginxServer;
let nginx: NginxServer;
let orphan: NginxServer;
const started: NginxServer[] = [];
let seen: { url: string; method: string; headers: IncomingHttpHeaders; bytes: number }[] = [];

beforeAll(async () => {
  api = createServer((req, res) => {
    let bytes = 0;
    req.on('data', (chunk: Buffer) => (bytes += chunk.length));
    req.on('end', () => {
      const url = req.url ?? '';
      seen.push({ url, method: req.method ?? '', headers: req.headers, bytes });
      const answer = STAND_IN[url] ?? ((_req, response) => response.setHeader('Content-Type', 'application/json').end('{}'));
      answer(req, res);
    });
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  const { port } = api.address() as AddressInfo;
  started.push((impatient = await createNginxServer({ upstreamPort: port, shorten: PATIENCE })));
  started.push((nginx = await createNginxServer({ upstreamPort: port })));
  started.push((orphan = await createNginxServer({ upstreamPort: await freePort() })));
});

afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
  api.closeAllConnections();
  api.close();
});

async function send(path: string, { method = 'GET', headers = {}, body, to = nginx }: { method?: string; headers?: Record<string, string>; body?: string; to?: NginxServer } = {}): Promise<Answer> {
  const outgoing = request({ host: '127.0.0.1', port: to.port, path, method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += chunk as string;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: text };
}

/** Sends bytes as they are, and reads one answer to its end. */
async function sendRaw(bytes: string, to = nginx): Promise<Answer> {
  const socket = createConnection({ port: to.port, host: '127.0.0.1' });
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) {
    text += chunk as string;
    const [head = '', body] = text.split('\r\n\r\n');
    if (body !== undefined && body.length === Number(/content-length: (\d+)/i.exec(head)?.[1])) break;
  }
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
  return { status: Number(first.split(' ')[1]), headers, body };
}

/** The one request that the API saw while `act` ran. */
async function seenDuring(act: () => Promise<unknown>) {
  seen = [];
  await act();
  expect(seen).toHaveLength(1);
  return seen[0] as (typeof seen)[number];
}

describe('a request through nginx', () => {
  it('reaches the API with its method, its path byte for byte, its query and its body', async () => {
    const got = await seenDuring(() => send('/api/v1/a%2Fb//c?x=%20y', { method: 'POST', body: '{"a":1}' }));
    expect(got).toMatchObject({ method: 'POST', url: '/api/v1/a%2Fb//c?x=%20y', bytes: 7 });
  });

  it('says who the client truly is, whatever the client says (G-03)', async () => {
    const spoofed = {
      'X-Forwarded-For': '203.0.113.9',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Port': '1',
      Forwarded: 'for=203.0.113.9',
      'X-Real-IP': '203.0.113.9',
      'X-Client-IP': '203.0.113.9',
      'True-Client-IP': '203.0.113.9',
      'CF-Connecting-IP': '203.0.113.9',
      'CF-IPCountry': 'ZZ',
      'X-Country-Code': 'ZZ',
      'X-Country': 'ZZ',
      'CloudFront-Viewer-Country': 'ZZ',
      'X-Original-URL': '/admin',
      'X-Rewrite-URL': '/admin',
      Proxy: 'http://evil.example',
    };
    const { headers } = await seenDuring(() => send('/', { headers: spoofed }));
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': `127.0.0.1:${nginx.port}`, host: `127.0.0.1:${nginx.port}` });
    expect(JSON.stringify(headers)).not.toMatch(/203\.0\.113\.9|evil|admin|x-forwarded-port|ZZ/);
  });

  it('keeps the credentials and what the client asks for', async () => {
    const headers = { Authorization: 'Bearer a.b.c', 'X-Session-Token': 'd.e.f', 'X-Lang': 'de', Origin: 'https://app.example.com', Cookie: 'device=1' };
    const got = await seenDuring(() => send('/', { headers }));
    expect(got.headers).toMatchObject({ authorization: 'Bearer a.b.c', 'x-session-token': 'd.e.f', 'x-lang': 'de', origin: 'https://app.example.com', cookie: 'device=1' });
  });

  it('keeps the request id of the caller when it is a sane one, and makes one when not', async () => {
    const id = async (given: string) => (await seenDuring(() => send('/', { headers: { 'X-Request-Id': given } }))).headers['x-request-id'];
    expect(await id('call-2026.11_21')).toBe('call-2026.11_21');
    for (const insane of ['short', 'with space in it', '{"json":"inside"}', 'x'.repeat(101)]) expect(await id(insane)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('with an effect is sent once, also when the API breaks the connection', async () => {
    await seenDuring(() => send('/warm-up'));
    const { method } = await seenDuring(async () => expect((await send('/breaks', { method: 'POST', body: '{}' })).status).toBe(502));
    expect(method).toBe('POST');
  });
});

describe('an answer through nginx', () => {
  const lines = async function* (path: string, { port }: NginxServer) {
    const outgoing = request({ host: '127.0.0.1', port, path, agent: false, headers: { 'Accept-Encoding': 'gzip' } });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    try {
      for await (const chunk of incoming.headers['content-encoding'] === 'gzip' ? incoming.pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH })) : incoming) yield String(chunk);
    } finally {
      outgoing.destroy();
    }
  };

  it.each(['/api/v1/activity/stream', '/API/V1/dev/mailbox/stream/'])('of events outlives a silence: %s', async (path) => {
    const events = lines(path, impatient);
    expect([(await events.next()).value, (await events.next()).value]).toEqual(['data: first\n\n', 'data: second\n\n']);
    await events.return();
  });

  it('that asks not to be held back is not, whatever its type', async () => {
    const events = lines('/accelerated', nginx);
    expect((await events.next()).value).toBe('data: first\n\n');
    sendSecond();
    expect((await events.next()).value).toBe('data: second\n\n');
    await events.return();
  });

  it('is compressed when it is JSON and long enough', async () => {
    const { headers } = await send('/large', { headers: { 'Accept-Encoding': 'gzip' } });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: expect.stringContaining('Accept-Encoding') });
  });

  it('keeps the headers and the body that the API gave it, and carries none twice', async () => {
    const { status, headers, body } = await send('/own-headers');
    expect({ status, body }).toEqual({ status: 503, body: '{"own":true}' });
    expect(headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN', 'content-security-policy': "default-src 'self'", 'retry-after': '7', 'cache-control': 'no-cache' });
  });

  it('does not tell which version of nginx it is', async () => expect((await send('/')).headers.server).toBe('nginx'));
});

describe('what nginx answers by itself', () => {
  const cases: [string, number, keyof typeof httpErrors | 'BAD_GATEWAY' | 'GATEWAY_TIMEOUT' | 'NOT_IMPLEMENTED', () => Promise<Answer>][] = [
    ['bytes that are no request', 400, 'INVALID_REQUEST', () => sendRaw('GARBAGE\r\n\r\n')],
    ['a request without a host', 400, 'INVALID_REQUEST', () => sendRaw('GET / HTTP/1.1\r\n\r\n')],
    ['two lengths (G-06)', 400, 'INVALID_REQUEST', () => sendRaw('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab')],
    ['a length and chunks (G-06)', 400, 'INVALID_REQUEST', () => sendRaw('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')],
    ['an unknown transfer encoding (G-06)', 501, 'NOT_IMPLEMENTED', () => sendRaw('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n')],
    ['TRACE (G-10)', 405, 'METHOD_NOT_ALLOWED', () => sendRaw('TRACE / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a tunnel (G-10)', 405, 'METHOD_NOT_ALLOWED', () => sendRaw('CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n')],
    ['a body over the limit', 413, 'REQUEST_TOO_LARGE', () => sendRaw(`POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${17 * 1024 * 1024}\r\n\r\n`)],
    ['an address over the limit (G-10)', 414, 'URI_TOO_LONG', () => sendRaw(`GET /${'a'.repeat(9_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)],
    ['headers over the limit (G-10)', 431, 'HEADERS_TOO_LARGE', () => sendRaw(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(9_000)}\r\n\r\n`)],
    ['a call of its own hidden page', 404, 'ROUTE_NOT_FOUND', () => send('/.nginx/failure')],
    ['a request while the API is gone', 502, 'BAD_GATEWAY', () => send('/api/v1/settings/profile?token=secret', { to: orphan })],
    ['a request that the API does not answer', 504, 'GATEWAY_TIMEOUT', () => send('/hangs', { to: impatient })],
  ];

  it.each(cases)('to %s is %d %s, in the envelope of the API and with the security headers (G-09)', async (_what, status, key, act) => {
    seen = [];
    const answer = await act();
    expect(answer.status).toBe(status);
    // A busy stand-in may read it only after nginx has given up on it.
    if (status === 504) await until(() => seen.length > 0);
    expect(status === 504 ? seen.length : seen).toEqual(status === 504 ? 1 : []);

    const failure = JSON.parse(answer.body) as Failure;
    expect(failure).toMatchObject({ success: false, error_key: key, error: { message: failure.message } });
    expect(Object.keys(failure).filter((name) => !['success', 'error_key', 'message', 'path', 'error'].includes(name))).toEqual([]);
    expect(failure.error.id).toBe(answer.headers['x-request-id']);
    expect(Date.parse(failure.error.timestamp)).not.toBeNaN();
    // Where the API knows the failure too, number and sentence are the same.
    if (key in httpErrors) expect(failure.error).toMatchObject({ code: httpErrors[key as keyof typeof httpErrors].code, message: en.errors[key as keyof typeof en.errors].message });

    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cache-control': 'no-store',
      server: 'nginx',
    });
    expect(answer.headers['retry-after']).toBe(status === 502 || status === 504 ? '2' : undefined);
    if (status === 405) expect(answer.headers.allow).toContain('GET');
  });

  it('names the path without the query, and leaves out a path that would need escaping', async () => {
    const path = async (target: string) => (JSON.parse((await sendRaw(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, orphan)).body) as Failure).path;
    expect(await path("/api/v1/users/a%20b~'(c)?password=secret")).toBe("/api/v1/users/a%20b~'(c)");
    for (const hostile of ['/a"b', '/a\\b', '/a","success":true,"x":"', `/${'a'.repeat(2_000)}`]) expect(await path(hostile)).toBeUndefined();
  });
});

describe('the logs of nginx', () => {
  it('are JSON, a line a request, and hold no query string: it may carry a secret (A-18)', async () => {
    await send('/logged?access_token=secret', { method: 'DELETE', headers: { 'User-Agent': 'a "quoted" \\ agent' } });
    await send('/logged?access_token=secret', { method: 'PUT', to: orphan });
    const line = (server: NginxServer) => server.accessLog().find((entry) => entry['path'] === '/logged');
    await until(() => line(nginx) !== undefined && line(orphan) !== undefined);
    expect(line(nginx)).toMatchObject({ method: 'DELETE', status: '200', ip: '127.0.0.1', upstream_status: '200', user_agent: 'a "quoted" \\ agent' });
    expect(line(orphan)).toMatchObject({ method: 'PUT', status: '502', upstream_status: '502' });
    for (const server of [nginx, orphan]) expect(JSON.stringify(server.accessLog()) + server.errorLog()).not.toContain('secret');
  });
});

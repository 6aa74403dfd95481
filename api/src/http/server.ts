import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Express, Request as ExpressRequest, Response as ExpressResponse } from 'express';

/** Slow clients lose their connection before they can pile up (G-08). Milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than nginx keeps its idle upstream connections (60 s), so that it never writes into one we have just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const MAX_HEADER_BYTES = 16 * 1024;

const LIVE = /^\/health\/live\/?(?:\?|$)/;

export type HttpServer = {
  server: Server;
  /** From now on the app answers, and answers everything: its last middleware knows no `next`. Until then every request gets 503. */
  serve(app: Express): void;
  /** Takes no new connections, answers what is under way with `Connection: close`, and is done when all are gone or the time is up. Milliseconds. */
  drain(timeoutMs: number): Promise<void>;
};

type RawAnswer = { status: number; headers: readonly (readonly [string, string])[]; body: string };

/** What to answer where Express is not there to do it. */
export type RawAnswers = (reason: 'live' | 'starting' | 'failed' | 'malformed' | 'headers_too_large' | 'timeout' | 'unexpected_upgrade') => RawAnswer;

/**
 * The HTTP server. Its requests and responses are born with Express's
 * prototypes: Express otherwise changes the prototype of two objects per
 * request, which costs more than all the rest of it (ADR 0005). The
 * constructors are plain functions because `new` on a subclass is slower.
 */
export function createHttpServer(rawAnswer: RawAnswers): HttpServer {
  const Request = function (this: IncomingMessage, socket: never) {
    (http.IncomingMessage as unknown as (this: unknown, ...parts: unknown[]) => void).call(this, socket);
  } as unknown as typeof http.IncomingMessage;
  const Response = function (this: ServerResponse<IncomingMessage>, request: never, options: never) {
    (http.ServerResponse as unknown as (this: unknown, ...parts: unknown[]) => void).call(this, request, options);
  } as unknown as typeof http.ServerResponse;
  Object.setPrototypeOf(Request, http.IncomingMessage);
  Object.setPrototypeOf(Response, http.ServerResponse);
  setPrototypes(http.IncomingMessage.prototype, http.ServerResponse.prototype as ServerResponse);

  const server = http.createServer({
    IncomingMessage: Request,
    ServerResponse: Response,
    // A repeated Authorization header is joined like any other, and so refused, instead of silently dropped.
    joinDuplicateHeaders: true,
    // The app refuses a request without one itself, in the envelope.
    requireHostHeader: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: 2_000,
  });

  // Read here, a peer's address stays known. Once a reset has arrived it can no longer be asked for, while what came before
  // the reset is still served: such requests would share one limit and leave no address behind (G-02, G-03, H-01).
  server.on('connection', (socket) => void socket.remoteAddress);
  // A process that migrates for an hour is alive: a liveness probe must not end it, and so begin the migration anew.
  const starting = (req: IncomingMessage, res: ServerResponse): void => answerWithout(res, rawAnswer(LIVE.test(req.url ?? '') ? 'live' : 'starting'));
  server.on('request', starting);
  // A server may pass over expectations it does not know (RFC 9110 §10.1.1); Node would answer them with an empty 417.
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => void server.emit('request', req, res));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerRaw(socket, rawAnswer(RAW_REASONS[error.code ?? ''] ?? 'malformed')));
  // Node destroys these unanswered otherwise; the API has no tunnel and no protocol to switch to (G-10).
  server.on('connect', (_req, socket) => answerRaw(socket, rawAnswer('unexpected_upgrade')));

  return {
    server,
    serve(app) {
      setPrototypes(app.request, app.response);
      server.off('request', starting);
      server.on('request', (req: ExpressRequest, res: ExpressResponse) =>
        app(req, res, (error?: unknown) => {
          // Express gives up before its first middleware on a target that it cannot parse.
          answerWithout(res, rawAnswer(error === undefined ? 'malformed' : 'failed'));
          // The error handler itself has failed: reported like any other failure that nobody awaits.
          if (error !== undefined) void Promise.reject(new Error('The error handler failed', { cause: error }));
        }),
      );
    },
    drain: (timeoutMs) => drain(server, timeoutMs),
  };

  function setPrototypes(request: IncomingMessage, response: ServerResponse): void {
    Object.assign(Request, { prototype: request });
    Object.assign(Response, { prototype: response });
  }
}

/** A keep-alive connection that looks idle may have its next request on the way: within this time it has come (F15). Milliseconds. */
const SETTLE_MS = 1_000;

/**
 * Stops listening, answers whatever still comes with `Connection: close`, and
 * only then closes what is idle. Node's own `http.Server.close` would cut idle
 * connections at once, and with them a request that is just being sent: nginx
 * rightly does not repeat a POST.
 */
async function drain(server: Server, timeoutMs: number): Promise<void> {
  if (!server.listening) return;
  server.prependListener('request', (_req: IncomingMessage, res: ServerResponse) => void res.setHeader('Connection', 'close'));
  const closed = new Promise<void>((resolve) => void net.Server.prototype.close.call(server, () => resolve()));
  // After the requests of this turn of the event loop have been read.
  const settled = setTimeout(() => setImmediate(() => server.closeIdleConnections()), Math.min(SETTLE_MS, timeoutMs));
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(settled);
  clearTimeout(deadline);
}

const RAW_REASONS: Record<string, 'headers_too_large' | 'timeout'> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

/** Answers a request that Express does not get to see. */
function answerWithout(res: ServerResponse, { status, headers, body }: RawAnswer): void {
  if (res.headersSent) return void res.destroy();
  for (const [name, value] of headers) res.setHeader(name, value);
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.statusCode = status;
  res.end(body);
}

/** Answers a connection whose bytes are no request, and ends it (G-06). */
function answerRaw(socket: Duplex, { status, headers, body }: RawAnswer): void {
  if (!socket.writable) return void socket.destroy();
  const head = [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

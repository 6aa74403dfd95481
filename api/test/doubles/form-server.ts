import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export type ReceivedForm = { path: string; headers: IncomingMessage['headers']; fields: Record<string, string> };

/** `hang`: reads and says nothing. `drop`: reads and hangs up. `cut`: hangs up in the middle of its answer. */
export type Mischief = 'hang' | 'drop' | 'cut';
export type FormAnswer = { status: number; type: string; body: string };

export type FormServer = { url: string; received: ReceivedForm[]; connections(): number; close(): Promise<void> };

export type FormServerOptions = {
  tls?: { key: string; cert: string };
  answer: (form: ReceivedForm) => FormAnswer;
  mischief: () => Mischief | undefined;
};

/** An HTTP server on a free local port that takes forms as providers of text messages do. */
export async function startFormServer({ tls, answer, mischief }: FormServerOptions): Promise<FormServer> {
  const received: ReceivedForm[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    if (req.method !== 'POST' || !/^application\/x-www-form-urlencoded\b/.test(req.headers['content-type'] ?? '')) return void res.writeHead(415).end();
    const form = { path: req.url ?? '', headers: req.headers, fields: Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString('utf8'))) };
    received.push(form);
    const how = mischief();
    if (how === 'hang') return;
    if (how === 'drop') return void req.socket.destroy();
    const { status, type, body } = answer(form);
    res.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
    if (how === 'cut') return void res.write(body.slice(0, 5), () => req.socket.destroy());
    res.end(body);
  }

  const listener = (req: IncomingMessage, res: ServerResponse): void => void handle(req, res).catch(() => res.destroy());
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

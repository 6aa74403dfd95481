import { once } from 'node:events';
import { createConnection, type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import express from 'express';
import { createBodyReader } from './body.js';
import type { ApiError } from './errors.js';

it('never takes a body whose sender has hung up for an absent one, which would mean something else (B-05)', async () => {
  const readBody = createBodyReader(1024);
  const app = express();
  const outcome = new Promise<unknown>((resolve) => {
    app.post('/', async (req, res) => {
      // As a request waits while its caller is looked up.
      if (!req.socket.readableEnded) await once(req.socket, 'end');
      resolve(await readBody(req, res).catch((error: unknown) => error));
      res.end();
    });
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = createConnection((server.address() as AddressInfo).port, '127.0.0.1');
  socket.end('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"scope":"others"}');
  const result = await outcome;
  // Either is right, and nothing else: the body as it was sent, or a refusal.
  if (!(result instanceof Error)) expect(result).toEqual({ scope: 'others' });
  else expect((result as ApiError).definition.status).toBe(400);
  socket.destroy();
  server.close();
  await once(server, 'close');
});

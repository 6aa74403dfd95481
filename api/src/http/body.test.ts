import { afterAll, beforeAll, expect, it } from '@jest/globals';
import express from 'express';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createBodyReader } from './body.js';
import { ApiError } from './errors.js';

let server: Server;
let outcome: Promise<unknown>;

/** A server that reads a body only when its client is gone, as after a long look at who is asking. */
beforeAll(async () => {
  const readBody = createBodyReader(1_000);
  const app = express();
  let settle: (outcome: unknown) => void = () => undefined;
  outcome = new Promise((resolve) => (settle = resolve));
  app.use((req, res) => {
    res.once('close', () => void readBody(req, res).then(settle, settle));
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

it('I1: a body whose client has gone away is refused, not taken for an empty one', async () => {
  const body = '{"scope":"this"}';
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`, () => socket.destroy());
  const error = await outcome;
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).definition.key).toBe('INVALID_REQUEST');
});

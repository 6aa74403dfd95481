import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import { collectHead } from './head.js';
import { sendStreamed } from './send-streamed.js';
import { streamed, type Pieces } from './streamed.js';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? (server.closeAllConnections(), server.close(resolve)) : resolve(undefined))));

const MEGABYTE = 'x'.repeat(1_000_000);

/** A server that answers with the pieces; `ended` is how the sending went. */
async function serve(pieces: Pieces, { method = 'GET', stalledMs }: { method?: string; stalledMs?: number } = {}) {
  let note: (outcome: unknown) => void;
  const ended = new Promise<unknown>((resolve) => (note = resolve));
  server = createServer((request, response) => {
    const req = request as Request;
    const res = Object.assign(response, { req }) as unknown as Response;
    const context = { id: 'an-id-of-ours', head: collectHead(res), bytes: undefined as number | undefined };
    Object.assign(req, { context });
    sendStreamed(res, { status: 200, message: '"Done"', meta: '{"a":1}', data: streamed(pieces) }, stalledMs).then(
      () => note({ bytes: context.bytes }),
      (error: unknown) => note(error),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const ask = async (): Promise<IncomingMessage> => {
    const [response] = (await once(get({ port: (server!.address() as AddressInfo).port, method, agent: false }), 'response')) as [IncomingMessage];
    return response;
  };
  return { ask, ended };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('data in pieces', () => {
  it('is one envelope, counted', async () => {
    const { ask, ended } = await serve(async function* () {
      yield '{"names":["مينا"';
      yield ',"Zoë"';
      yield ']}';
    });
    const text = await textOf(await ask());
    expect(JSON.parse(text)).toEqual({ success: true, id: 'an-id-of-ours', message: 'Done', data: { names: ['مينا', 'Zoë'] }, timestamp: expect.any(String), meta: { a: 1 } });
    expect(await ended).toEqual({ bytes: Buffer.byteLength(text) });
  });

  it('HEAD makes none of them', async () => {
    let made = 0;
    const { ask, ended } = await serve(
      async function* () {
        yield String((made += 1));
      },
      { method: 'HEAD' },
    );
    const response = await ask();
    expect([response.statusCode, response.headers['cache-control'], response.headers['content-type'], await textOf(response), made]).toEqual([200, 'no-store', 'application/json; charset=utf-8', '', 0]);
    await ended;
  });

  it('that fail before the first write nothing: the failure can be answered', async () => {
    let headers: boolean | undefined;
    const { ask, ended } = await serve(async function* () {
      throw new Error('at once');
      yield '';
    });
    const asked = ask().catch(() => undefined);
    server!.on('request', (_req, res: Response) => void ended.then(() => ((headers = res.headersSent), res.destroy())));
    expect(await ended).toEqual(new Error('at once'));
    await asked;
    expect(headers).toBe(false);
  });

  it('that fail in the middle cut the connection, and say why', async () => {
    const { ask, ended } = await serve(async function* () {
      yield '[';
      throw new Error('in the middle');
    });
    await expect(ask().then(textOf)).rejects.toThrow(/aborted|hang up/);
    expect(await ended).toEqual(new Error('in the middle'));
  });

  it('are not made for a client that has gone, and what makes them is closed', async () => {
    let made = 0;
    let closed = false;
    const { ask, ended } = await serve(async function* () {
      try {
        for (; ; made += 1) yield MEGABYTE;
      } finally {
        closed = true;
      }
    });
    (await ask()).destroy();
    expect(await ended).toEqual({ bytes: expect.any(Number) });
    expect(closed).toBe(true);
    expect(made).toBeLessThan(100);
  });

  it('are closed when the client has gone before the first', async () => {
    let closed = false;
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const { ask, ended } = await serve(async function* () {
      try {
        await gate;
        yield '{}';
      } finally {
        closed = true;
      }
    });
    const gone = new Promise((resolve) => server!.on('request', (request: IncomingMessage, res: Response) => (res.once('close', resolve), request.socket.destroy())));
    await ask().catch(() => undefined);
    await gone;
    goOn();
    await ended;
    expect(closed).toBe(true);
  });

  it('G-08: a client that takes nothing for too long loses its connection', async () => {
    const { ask, ended } = await serve(
      async function* () {
        for (;;) yield MEGABYTE;
      },
      // Longer than the client needs to see the head.
      { stalledMs: 2_000 },
    );
    const response = await ask();
    response.pause();
    expect(await ended).toEqual({ bytes: expect.any(Number) });
    await expect(textOf(response)).rejects.toThrow('aborted');
  });
});

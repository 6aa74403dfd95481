import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express, { type Request, type Response } from 'express';
import { sendJson } from './envelope.js';
import { headersOfResponse } from './head.js';
import { requestContext } from './request-context.js';
import { securityHeaders } from './security-headers.js';
import { middleware } from './steps.js';

/** The headers of an answer that is written like this, behind the headers that every answer has. */
async function headersOf(answer: (req: Request, res: Response) => unknown, method = 'GET'): Promise<Record<string, string>> {
  const app = express();
  app.disable('x-powered-by');
  app.use(middleware(requestContext(), securityHeaders()));
  app.use((req, res) => void answer(req, res));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return Object.fromEntries((await fetch(`http://127.0.0.1:${port}/`, { method })).headers);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const EVERYWHERE = { 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) };

describe('the headers that every answer has', () => {
  it.each([
    ['our own JSON', (_req, res) => sendJson(res, 200, '{}')],
    ['Express’s JSON', (_req, res) => res.json({})],
    ['a stream', (_req, res) => [res.write('a'), res.end('b')]],
    ['nothing', (_req, res) => res.end()],
    ['headers that leave before the body', (_req, res) => [res.flushHeaders(), res.end()]],
    ['a head written by itself', (_req, res) => res.writeHead(201, { 'X-Own': 'a' }).end()],
    ['a head with words', (_req, res) => res.writeHead(200, 'Fine', ['X-Own', 'a']).end()],
  ] as [string, (req: Request, res: Response) => unknown][])('go with %s (G-09)', async (_name, answer) => {
    expect(await headersOf(answer)).toMatchObject(EVERYWHERE);
    expect(await headersOf(answer, 'HEAD')).toMatchObject(EVERYWHERE);
  });

  it('give way to what is set on the response', async () => {
    const own = await headersOf((_req, res) => {
      res.setHeader('x-frame-options', 'SAMEORIGIN');
      res.setHeader('Cache-Control', 'private');
      sendJson(res, 200, '{}');
    });
    expect(own).toMatchObject({ ...EVERYWHERE, 'x-frame-options': 'SAMEORIGIN', 'cache-control': 'private', 'content-type': 'application/json; charset=utf-8' });
    expect((await headersOf((_req, res) => sendJson(res, 200, '{}')))['cache-control']).toBe('no-store');
  });

  it('an answer in JSON is described as such, whatever was begun before it', async () => {
    const text = '{"a":"ü"}';
    const headers = await headersOf((_req, res) => {
      res.set({ 'Content-Type': 'text/css', 'Content-Length': '99' });
      sendJson(res, 200, text);
    });
    expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'content-length': String(Buffer.byteLength(text)) });
  });

  it('keep nothing of a head that Node refused to write', async () => {
    const headers = await headersOf((_req, res) => {
      expect(() => res.writeHead(200, ['X-Own', 'a', 'X-Broken', 'a\nb'])).toThrow('Invalid character');
      sendJson(res, 500, '{}');
    });
    expect(headers).toMatchObject(EVERYWHERE);
    expect(headers).not.toHaveProperty('x-own');
  });

  it('can be taken back once they are the response’s own', async () => {
    const headers = await headersOf(async (req, res) => {
      await headersOfResponse()(req, res);
      res.removeHeader('X-Frame-Options');
      res.end();
    });
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(headers).not.toHaveProperty('x-frame-options');
  });
});

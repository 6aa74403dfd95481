import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express, { type NextFunction, type Request, type Response } from 'express';
import { middleware, type Step } from './steps.js';

/** What came of a request through these steps: who was there, and what stands behind them. */
async function through(...steps: ((said: string[]) => Step)[]): Promise<{ said: string[]; text: string }> {
  const said: string[] = [];
  const app = express();
  app.use(middleware(...steps.map((step) => step(said))));
  app.use((_req, res) => void res.end('behind'));
  app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => void res.end(`failed: ${error.message}`));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    return { said, text: await (await fetch(`http://127.0.0.1:${port}/`)).text() };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const says = (word: string) => (said: string[]) => () => void said.push(word);
const saysLater = (word: string) => (said: string[]) => async () => {
  await new Promise((resolve) => setImmediate(resolve));
  said.push(word);
};

describe('steps on a request’s way', () => {
  it('come one after the other, also those that wait', async () => {
    expect(await through(says('a'), saysLater('b'), says('c'), saysLater('d'))).toEqual({ said: ['a', 'b', 'c', 'd'], text: 'behind' });
  });

  it.each([
    ['throws', () => () => { throw new Error('no'); }],
    ['rejects', () => () => Promise.reject(new Error('no'))],
  ] as [string, () => Step][])('end where one %s', async (_how, failing) => {
    expect(await through(says('a'), failing, says('b'))).toEqual({ said: ['a'], text: 'failed: no' });
  });

  it.each([
    ['answers', () => (_req, res) => void res.end('mine')],
    ['answers later', () => async (_req, res) => {
      await new Promise((resolve) => setImmediate(resolve));
      res.end('mine');
    }],
  ] as [string, () => Step][])('end where one %s', async (_how, answering) => {
    expect(await through(says('a'), answering, says('b'))).toEqual({ said: ['a'], text: 'mine' });
  });
});

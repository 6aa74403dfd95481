import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { z } from 'zod';
import { createTranslator } from '../i18n/translator.js';
import { createBodyReader } from './body.js';
import { endpoint } from './endpoint.js';
import { mountEndpoints } from './mount.js';
import { createOpenApi } from './openapi.js';
import { requestContext } from './request-context.js';
import { middleware } from './steps.js';

const translator = createTranslator();
const about = { summary: 'x', tag: 'x', access: 'public', response: z.object({}), message: 'service_live', audit: 'reads only', handler: () => ({}) } as const;
const table = [
  endpoint({ ...about, method: 'POST', path: '/present', aliases: ['/spelling'] }),
  endpoint({ ...about, method: 'POST', path: '/old', aliases: ['/oldest'], deprecated: { successor: '/present' } }),
  endpoint({ ...about, method: 'GET', path: '/gone', deprecated: true }),
];

let server: Server;
beforeAll(async () => {
  const app = express();
  app.use(middleware(requestContext()));
  const readBody = createBodyReader(1_000);
  mountEndpoints(app, table, { prefix: '/api', translator, limits: { general: () => undefined, of: () => () => undefined, close: () => Promise.resolve() }, receiveFile: () => Promise.reject(new Error('no file')), readPublicBody: readBody, readMemberBody: readBody, identify: () => undefined });
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function marks(method: string, path: string) {
  const { port } = server.address() as { port: number };
  const { status, headers } = await fetch(`http://127.0.0.1:${port}/api${path}`, { method });
  return { status, deprecated: headers.has('deprecation'), link: headers.get('link') };
}

describe('what is only there for old clients', () => {
  const present = '</api/present>; rel="successor-version"';

  it.each([
    ['POST', '/present', { status: 200, deprecated: false, link: null }],
    ['POST', '/spelling', { status: 200, deprecated: true, link: present }],
    ['POST', '/old', { status: 200, deprecated: true, link: present }],
    ['POST', '/oldest', { status: 200, deprecated: true, link: present }],
    ['GET', '/gone', { status: 200, deprecated: true, link: null }],
  ])('%s %s says so in its headers, with its successor', async (method, path, expected) => {
    expect(await marks(method, path)).toEqual(expected);
  });

  it('is marked in the OpenAPI document', () => {
    const { paths } = createOpenApi(table, { prefix: '/api', version: '1', translator }) as { paths: Record<string, Record<string, { deprecated?: boolean; description: string }>> };
    const marked = Object.entries(paths).map(([path, operations]) => [path, Object.values(operations)[0]?.deprecated ?? false]);
    expect(marked).toEqual([['/api/present', false], ['/api/spelling', true], ['/api/old', true], ['/api/oldest', true], ['/api/gone', true]]);
    expect(paths['/api/old']?.['post']?.description).toContain('use `/api/present`');
  });
});

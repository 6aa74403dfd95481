import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { z } from 'zod';
import { createAccess, type Access } from '../../../test/access.js';
import type { Account } from '../../../test/accounts.js';
import { createClient, type Client } from '../../../test/client.js';
import { startApi, type Api } from '../../../test/harness.js';
import { createBodyReader } from '../../http/body.js';
import { identify } from '../../http/credentials.js';
import { endpoint, type Access as Needed } from '../../http/endpoint.js';
import { errorHandler } from '../../http/error-handler.js';
import { createFileReceiver } from '../../http/multipart.js';
import { mountEndpoints } from '../../http/mount.js';
import { rawAnswers } from '../../http/raw-answers.js';
import { createRateLimits } from '../../http/rate-limit.js';
import { requestContext } from '../../http/request-context.js';
import { createHttpServer } from '../../http/server.js';
import { middleware } from '../../http/steps.js';
import { customPermission, PERMISSIONS } from '../../shared/permission-catalogue.js';

const CODENAME = 'greenhouse.open';

/** A module of somebody's own: its table is mounted like ours, behind the same guard. */
const greenhouseRoutes = () => [
  endpoint({
    method: 'GET',
    path: '/greenhouse',
    summary: 'Open the greenhouse',
    tag: 'Greenhouse',
    access: { permission: customPermission(CODENAME) },
    response: z.object({ open: z.literal(true) }),
    message: 'permission_fetched',
    audit: 'reads only',
    handler: () => ({ open: true as const }),
  }),
];

let api: Api;
let access: Access;
let client: Client;
let close: () => Promise<unknown>;
beforeAll(async () => {
  api = await startApi();
  access = createAccess(api);
  const { config, translator, store, logger, errorReporter, services } = api.context;
  const app = express();
  const limits = createRateLimits({ limits: config.limits, store, workers: 1, keyOf: () => 'all', tooMany: () => new Error('too many') });
  const whoAsks = identify(services.authenticate);
  app.use(middleware(requestContext({ countryHeader: undefined }), whoAsks));
  mountEndpoints(app, greenhouseRoutes(), { prefix: config.prefix, translator, limits, identify: whoAsks, readPublicBody: createBodyReader(1), readMemberBody: createBodyReader(1), receiveFile: createFileReceiver({ folder: config.dataDir, maxBytes: 1 }) });
  app.use(errorHandler({ translator, logger, errorReporter, isUnavailable: () => false }));
  const http = createHttpServer(rawAnswers());
  http.serve(app);
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  client = createClient(`http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, config.prefix);
  close = async () => {
    await http.drain(1_000);
    await limits.close();
  };
});
afterAll(async () => {
  await close();
  await api.close();
});

const open = async (who: Account) => client.get('/greenhouse', { token: who.sessionToken });

describe('a route that requires a permission of somebody’s own', () => {
  it('refuses, naming it, until it is made and granted; passes then; and refuses again when it is gone', async () => {
    const [root, group] = [await access.root(), await access.makeGroup()];
    const gardener = await access.member(group.id);
    const asRoot = (method: string, path: string, body?: unknown) => api.client.send(method, path, body, { token: root.sessionToken });
    const refused = async () => {
      const answer = await open(gardener);
      expect([answer.status, answer.body.error_key, answer.body.error.details]).toEqual([403, 'FORBIDDEN', { message: `Missing required permission. Required one of: ${CODENAME}`, required_permissions: [CODENAME] }]);
    };
    await refused();
    const made = await asRoot('POST', '/permissions', { name: 'Open the greenhouse', codename: CODENAME });
    expect(made.status).toBe(201);
    await refused();
    await asRoot('POST', `/groups/${group.id}/permissions`, { permission_ids: [made.body.data.permission.permission_id] });
    expect((await open(gardener)).body.data).toEqual({ open: true });
    await asRoot('DELETE', `/permissions/${made.body.data.permission.permission_id}`);
    await refused();
  });

  it('is open to super administrators always, also before there is such a permission, and to nobody else', async () => {
    expect(await api.sql('SELECT FROM permission WHERE codename = $1', [CODENAME])).toEqual([]);
    expect((await open(await access.root())).status).toBe(200);
    expect((await open(await access.holder(...Object.keys(PERMISSIONS)))).status).toBe(403);
    expect((await client.get('/greenhouse')).status).toBe(401);
  });

  it('has to be said to be one: any other text does not compile', () => {
    const needed: Needed[] = [
      { permission: 'view_user' },
      { permission: customPermission('greenhouse.close') },
      // @ts-expect-error not in the catalogue
      { permission: 'view_users' },
      // @ts-expect-error text that is read somewhere is no permission either
      { permission: String('view_user') },
    ];
    expect(needed).toHaveLength(4);
  });

  it('cannot be one that is built in, nor what nobody could make', () => {
    for (const codename of ['view_user', '', ' x', 'a b', '.x', 'x'.repeat(101), 'x\n', 'é']) expect(() => customPermission(codename)).toThrow(codename === 'view_user' ? 'built-in' : 'cannot be the codename');
    for (const codename of ['x', 'X.y:z-1_2', 'x'.repeat(100), 'toString', '__proto__'.slice(2)]) expect(customPermission(codename)).toBe(codename);
  });
});

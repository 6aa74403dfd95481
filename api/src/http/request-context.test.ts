import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { originOf, requestContext } from './request-context.js';
import { middleware } from './steps.js';

/** What a server that trusts these proxies takes the client to be, when a peer at 127.0.0.1 sends these headers. */
async function clientSeen(trustedProxies: string[], headers: Record<string, string>, countryHeader?: string) {
  const app = express();
  app.set('trust proxy', trustedProxies.length > 0 ? trustedProxies : false);
  app.use(middleware(requestContext({ countryHeader })));
  app.use((req, res) => void res.json({ ...originOf(req), express: req.ip }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return (await (await fetch(`http://127.0.0.1:${port}/`, { headers })).json()) as { ip: string; address: string; country?: string; express: string };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const FORWARDED = { 'X-Forwarded-For': '203.0.113.7', 'CF-IPCountry': 'DE' };

describe('where a request comes from', () => {
  it.each([
    ['no proxy is trusted', []],
    ['another proxy is trusted', ['10.0.0.5', '172.16.0.0/12']],
  ])('G-03: what an untrusted peer says of address and country is ignored: %s', async (_name, proxies) => {
    const seen = await clientSeen(proxies, FORWARDED, 'cf-ipcountry');
    expect(seen).toMatchObject({ ip: '127.0.0.1', express: '127.0.0.1' });
    expect(seen).not.toHaveProperty('country');
  });

  it('G-03: a trusted proxy is believed, in the header that was configured and no other', async () => {
    expect(await clientSeen(['loopback'], FORWARDED, 'cf-ipcountry')).toMatchObject({ ip: '203.0.113.7', address: 'ip:203.0.113.7', express: '203.0.113.7', country: 'DE' });
    expect(await clientSeen(['loopback'], FORWARDED, 'x-country')).not.toHaveProperty('country');
    expect(await clientSeen(['loopback'], FORWARDED)).not.toHaveProperty('country');
  });

  it.each([['de', 'DE'], ['XX', undefined], ['xx', undefined], ['T1', undefined], ['DEU', undefined], ['D', undefined], ['', undefined], ['DE, FR', undefined], ['D\u00cb', undefined], ['\u00df', undefined]])('the country %j is %j', async (said, country) => {
    expect((await clientSeen(['loopback'], { 'CF-IPCountry': said }, 'cf-ipcountry')).country).toBe(country);
  });
});

import { Agent, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { absolutePath } from '../src/http/mount.js';
import { limitRules } from '../src/http/rate-limit-rules.js';
import { fill, ROUTES, type Route } from './every-route.js';
import { signUpInto } from './group-members.js';
import { startApi, type Api } from './harness.js';

/** Routes that not everybody may call. */
const GUARDED = ROUTES.filter(({ endpoint }) => endpoint.access !== 'public').map((route) => [route.name, route] as const);
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE'];
const OVERRIDES = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'];

let api: Api;
let powerless: string;
const agent = new Agent({ keepAlive: true });
beforeAll(async () => {
  api = await startApi({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  powerless = (await signUpInto(api)).sessionToken;
});
afterAll(async () => {
  agent.destroy();
  await api.close();
});

type Asked = { method: string; target: string; headers?: Record<string, string>; body?: string };

/** So often may whoever asks be asked for, before the strictest limit of the table refuses him. */
const ASKS = 5;
const strict = limitRules({ generalPerMinute: 1, authPerMinute: 1, availabilityPerMinute: 1 });
let asks = 0;

/** Where callers are counted by the hour, another address and another member come in time, so that it is the guard who refuses them. */
async function ask({ endpoint: { limit } }: Route, asked: Asked, who: Stranger): Promise<number> {
  if (limit === undefined || strict[limit].by !== 'caller') return send(asked, who === 'member' ? powerless : undefined);
  asks += 1;
  if (who === 'member' && asks % ASKS === 0) powerless = (await signUpInto(api)).sessionToken;
  return send({ ...asked, headers: { ...asked.headers, 'X-Forwarded-For': `10.${asks >> 16}.${(asks >> 8) & 255}.${asks & 255}` } }, who === 'member' ? powerless : undefined);
}

/** As it is written: fetch would tidy the path up. */
function send({ method, target, headers = {}, body }: Asked, token: string | undefined): Promise<number> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method, path: target, headers: { ...(token ? { 'X-Session-Token': token } : {}), ...(body ? { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) } : {}), ...headers } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    sent.on('error', reject).end(body);
  });
}

/** Other ways to write a path: some mean the same, some mean nothing; none may mean "come in". */
function spellings(path: string): string[] {
  const last = path.lastIndexOf('/');
  const [before, name] = [path.slice(0, last), path.slice(last + 1)];
  return [
    `${path}/`, `${path}//`, path.toUpperCase(), path.replace(/[a-z]/g, (letter, at: number) => (at % 2 ? letter.toUpperCase() : letter)),
    path.replaceAll('/', '//'), `/${path}`, `//${path}`, path.replaceAll('/', '/./'), `/x/..${path}`, `/%2e%2e${path}`, `${path}/.`, `${path}/x/..`, `${path}/%2e`, `${before}/x/../${name}`,
    `${before}%2f${name}`, `${before}%2F${name}`, `${before}%252f${name}`, `${before}\\${name}`, `${before}%5c${name}`, path.replaceAll('/', '%2f'),
    `${path};x`, `${path};x=1`, `${before};x=1/${name}`, `${path};/x`, `${path}%3bx`, `${path}%00`, `${path}%20`, `${path}%09`, `${path}.json`, `${path}.`, `${path}~`, `${path}%23`, `${path}%3f`, `${path}?`, `${path}??x`, `${path}?x=/health`,
    `${before}/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`, `${before}/${name.slice(0, -1)}%${name.charCodeAt(name.length - 1).toString(16)}`, `${before}/%25${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
    `${before}/${encodeURIComponent(name.replace(/[a-z]/i, (letter) => String.fromCodePoint(letter.codePointAt(0)! + 0xfee0)))}`,
    `/health/..${path}`, `/health/%2e%2e${path}`, `/health;${path}`, `/health%2f..${path}`, `http://127.0.0.1${path}`, `http://elsewhere.example${path}`,
  ];
}

type Stranger = 'nobody' | 'member';

/** Whoever may not call a route, and how he is refused. */
function strangers({ endpoint }: Route): { who: Stranger; refused: number }[] {
  const nobody = { who: 'nobody', refused: 401 } as const;
  return endpoint.access === 'session' ? [nobody] : [nobody, { who: 'member', refused: 403 }];
}

describe('D-14: whoever may not call a route', () => {
  it.each(GUARDED)('%s: may not by another spelling of its path either', async (_name, route) => {
    const path = fill(absolutePath(route.path, api.prefix), randomUUID());
    for (const { who, refused } of strangers(route)) {
      expect(await ask(route, { method: route.endpoint.method, target: path }, who)).toBe(refused);
      for (const target of spellings(path)) {
        const status = await ask(route, { method: route.endpoint.method, target }, who);
        expect({ target, status, fine: [refused, 400, 404, 405].includes(status) }).toEqual({ target, status, fine: true });
      }
    }
  });

  it.each(GUARDED)('%s: may not by another method that is said to be it', async (_name, route) => {
    const { method } = route.endpoint;
    const path = fill(absolutePath(route.path, api.prefix), randomUUID());
    // Who asks with a method that the path has for everybody is served that, and not what he says beside it.
    const others = ROUTES.filter(({ endpoint, path }) => path === route.path && endpoint.access === 'public').map(({ endpoint }) => endpoint.method as string);
    for (const { who, refused } of strangers(route)) {
      for (const other of METHODS.filter((one) => !others.includes(one))) {
        const asked: Asked[] = [
          ...OVERRIDES.map((header) => ({ method: other, target: path, headers: { [header]: method } })),
          { method: other, target: `${path}?_method=${method}` },
          ...(other === 'POST' ? [{ method: other, target: path, body: JSON.stringify({ _method: method }) }] : []),
        ];
        for (const one of asked) {
          const status = await ask(route, one, who);
          const fine = [refused, 401, 403, 405].includes(status) || (other === 'OPTIONS' && status === 204);
          expect({ ...one, status, fine }).toEqual({ ...one, status, fine: true });
        }
      }
    }
  });

  it.each(GUARDED.filter(([, { endpoint }]) => endpoint.method === 'GET'))('%s: may not by asking for its headers alone', async (_name, route) => {
    for (const { who, refused } of strangers(route)) expect(await ask(route, { method: 'HEAD', target: fill(absolutePath(route.path, api.prefix)) }, who)).toBe(refused);
  });
});

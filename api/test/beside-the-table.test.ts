import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../src/app.js';
import { BESIDE_THE_TABLE } from '../src/beside-the-table.js';
import { absolutePath } from '../src/http/mount.js';
import { ROUTES } from './every-route.js';
import { startApi, type Api } from './harness.js';

/** What every request passes, in order. A step that answers by itself stands in BESIDE_THE_TABLE with its path: `jwks` and `undoContactPage` do. */
const PASSED_BY_ALL = [
  'requestContext requestLog observe securityHeaders oneHost jwks allowedOrigins',
  'identify exceptHealth undoContactPage',
  // The endpoints of the table, by their exact spelling.
  'serve',
  'headersOfResponse',
  'notFound',
  'errorHandler',
];

/** As Express 5's router keeps it. */
type Layer = { name: string; rawPath: string | readonly string[]; handle: { stack?: Layer[] }; route?: { path: string | readonly string[]; methods: Record<string, boolean> } };
/** A way to an answer: a method and a path, or a middleware for whatever lies below its path. */
type Way = { method: string; path: string } | { middleware: string; path: string };

const each = (paths: string | readonly string[]) => (typeof paths === 'string' ? [paths] : paths);
const joined = (base: string, path: string) => (path === '/' ? base : `${base}${path}`);

function waysOf(stack: readonly Layer[], base = ''): Way[] {
  return stack.flatMap((layer): Way[] => {
    const { route, handle, name } = layer;
    if (route) return each(route.path).flatMap((path) => Object.keys(route.methods).map((method) => ({ method: method === '_all' ? 'ALL' : method.toUpperCase(), path: joined(base, path) })));
    const paths = each(layer.rawPath).map((path) => joined(base, path));
    return paths.flatMap((path) => (handle.stack ? waysOf(handle.stack, path) : [{ middleware: name, path }]));
  });
}

let api: Api;
let ways: Way[];
beforeAll(async () => {
  // With everything that can be there.
  api = await startApi({ env: { METRICS_TOKEN: 'a-token-for-the-scraper' } });
  const built = createApp(api.context);
  ways = waysOf((built.app.router as unknown as { stack: Layer[] }).stack);
  await built.close();
});
afterAll(() => api.close());

const listed = () => BESIDE_THE_TABLE.flatMap(({ paths }) => paths).map((path) => absolutePath(path, api.prefix));
const isListed = ({ path }: Way) => listed().some((one) => one === path || (one.endsWith('/*') && path.startsWith(one.slice(0, -1))));
const isPassedByAll = ({ path }: Way) => path === '' || path === api.prefix;

describe('D-01: whatever answers is listed', () => {
  it('every route of the app is one of the table, once, or stands beside it in the list', () => {
    const table = ROUTES.map(({ endpoint: { method }, path }) => ({ method, path: absolutePath(path, api.prefix) }));
    const wrongMethods = [...new Set(table.map(({ path }) => path))].map((path) => ({ method: 'ALL', path }));
    const expected = [...table, ...wrongMethods].map((way) => JSON.stringify(way)).sort();
    const found = ways.filter((way) => !isPassedByAll(way) && (expected.includes(JSON.stringify(way)) || !isListed(way)));
    expect(found.map((way) => JSON.stringify(way)).sort()).toEqual(expected);
  });

  it('nothing else looks at every request', () => {
    expect(ways.filter(isPassedByAll).map((way) => ('middleware' in way ? way.middleware : way))).toEqual(PASSED_BY_ALL);
  });

  it('what is listed is there', async () => {
    for (const path of BESIDE_THE_TABLE.flatMap(({ paths }) => paths).filter((one) => !one.endsWith('*'))) expect({ path, status: (await api.client.get(path)).status }).toEqual({ path, status: path === '//metrics' ? 401 : 200 });
  });
});

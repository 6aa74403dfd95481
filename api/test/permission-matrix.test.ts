import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { permissionsText } from '../src/permissions-file.js';
import { GROUP_CODENAMES, type GroupCodename } from '../src/shared/permission-catalogue.js';
import type { Account } from './accounts.js';
import { fill, ROUTES, type Route } from './every-route.js';
import { signUpInto } from './group-members.js';
import { startApi, type Api } from './harness.js';

const PUBLISHED = readFileSync(new URL('../docs/permissions.md', import.meta.url), 'utf8');
const CALLERS = ['anonymous', ...GROUP_CODENAMES] as const;
type Caller = (typeof CALLERS)[number];

/** The rows below these heads, by their first two words: whom each has a ✔ for. */
function publishedBelow(lead: readonly string[], columns: readonly string[]): Map<string, Record<string, boolean>> {
  const rows = new Map<string, Record<string, boolean>>();
  let within = false;
  for (const line of PUBLISHED.split('\n')) {
    const cells = line.replaceAll('`', '').split('|').slice(1, -1).map((cell) => cell.trim());
    const marks = cells.slice(lead.length);
    if (cells.join() === [...lead, ...columns].join()) within = true;
    else if (!line.startsWith('|')) within = false;
    else if (within && marks.every((mark) => mark === '✔' || mark === '–')) rows.set(cells.slice(0, lead.length).slice(0, 2).join(' '), Object.fromEntries(columns.map((column, at) => [column, marks[at] === '✔'])));
  }
  return rows;
}

const published = publishedBelow(['method', 'path', 'needs'], CALLERS);

let api: Api;
const members = new Map<GroupCodename, Account>();
beforeAll(async () => {
  api = await startApi();
  for (const group of GROUP_CODENAMES) members.set(group, await signUpInto(api, group));
});
afterAll(() => api.close());

/** What is called may end the caller's sessions or his account, if it asks for nothing: then somebody new is asked to do it. */
function endsCaller({ endpoint: { method, request }, path }: Route): boolean {
  return method !== 'GET' && !path.includes(':') && (request?.body === undefined || request.body.safeParse({}).success);
}

async function tokenOf(caller: Caller, route: Route): Promise<string | undefined> {
  if (caller === 'anonymous') return undefined;
  const account = route.endpoint.access !== 'public' && endsCaller(route) ? await signUpInto(api, caller) : members.get(caller)!;
  return account.sessionToken;
}

/** Asks with nothing but an id that is nobody's, so that nothing is changed and no rule behind the door is reached. */
async function ask(route: Route, token: string | undefined): Promise<{ status: number; key: string; missing: unknown }> {
  const { endpoint: { method }, path } = route;
  const filled = fill(path);
  const response = await fetch(filled.startsWith('//') ? `${api.url}${filled.slice(1)}` : `${api.url}${api.prefix}${filled}`, {
    method,
    headers: { ...(method === 'GET' ? {} : { 'Content-Type': 'application/json' }), ...(token ? { 'X-Session-Token': token } : {}) },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  // What is let in may go on for ever, as a stream does.
  if (response.status < 400) {
    await response.body?.cancel();
    return { status: response.status, key: '', missing: undefined };
  }
  const { error_key: key, error } = (await response.json()) as { error_key: string; error: { details?: { required_permissions?: string[]; required_groups?: string[] } } };
  return { status: response.status, key, missing: error.details?.required_permissions ?? error.details?.required_groups };
}

describe('D-01: who may do what', () => {
  it('is published for every route, and for none that is not there', () => {
    expect([...published.keys()].sort()).toEqual(ROUTES.map(({ name }) => name).sort());
    expect(published.size).toBeGreaterThan(40);
  });

  it('is published as the endpoints and the catalogue have it now', () => expect(PUBLISHED).toBe(permissionsText()));

  it('the groups of a new database grant what is published', async () => {
    const granted = await api.sql<{ group: string; permission: string }>('SELECT g.codename AS group, p.codename AS permission FROM group_permission JOIN "group" g USING (group_id) JOIN permission p USING (permission_id)');
    const table = [...publishedBelow(['permission'], GROUP_CODENAMES)].flatMap(([permission, may]) => Object.keys(may).filter((group) => may[group]).map((group) => ({ group, permission })));
    const sorted = (rows: typeof table) => rows.map(({ group, permission }) => `${group} ${permission}`).sort();
    expect(sorted(granted)).toEqual(sorted(table));
    expect(table).toHaveLength(56);
  });

  it.each(ROUTES.map((route) => [route.name, route] as const))('%s lets in whom the table lets in', async (name, route) => {
    const found: Record<string, boolean> = {};
    for (const caller of CALLERS) {
      const { status, key, missing } = await ask(route, await tokenOf(caller, route));
      found[caller] = status !== 401 && key !== 'FORBIDDEN';
      // A refusal says what is missing, and only who is known is told; what is let in does not fail.
      if (found[caller]) expect({ caller, status, fails: status >= 500 }).toEqual({ caller, status, fails: false });
      else expect({ caller, status, key, missing }).toEqual(caller === 'anonymous' ? { caller, status: 401, key: 'UNAUTHORIZED', missing: undefined } : { caller, status: 403, key: 'FORBIDDEN', missing: [wanted(route)] });
    }
    expect(found).toEqual(published.get(name));
  });
});

function wanted({ endpoint: { access } }: Route): string | undefined {
  if (typeof access === 'string') return undefined;
  return 'group' in access ? access.group : access.permission;
}

import { BESIDE_THE_TABLE } from './beside-the-table.js';
import { documentedRoutes } from './documented-routes.js';
import type { Access, Endpoint } from './http/endpoint.js';
import { BESIDE, FIELDS, INTRODUCTION, RANK, WITHIN_A_ROUTE } from './permissions-file.texts.js';
import { GROUP_CODENAMES, GROUPS, PERMISSION_CODENAMES, PERMISSIONS, type GroupCodename } from './shared/permission-catalogue.js';
import { SUPER_ADMIN } from './shared/principal.js';

const MAY = '✔';
const MAY_NOT = '–';

/**
 * `docs/permissions.md`: who may do what, from the catalogue and the table of endpoints alone. It reads what they say and
 * not the guard that acts on it: a test asks every route as everybody and compares.
 */
export function permissionsText(endpoints: readonly Endpoint[] = documentedRoutes()): string {
  return [
    INTRODUCTION,
    '## Permissions',
    catalogue(endpoints),
    '## Default groups',
    groups(),
    '## Rank',
    RANK,
    '## What is shown of others',
    FIELDS,
    '## Routes',
    '`public` asks for nothing, `session` for an access or session token, anything else for that permission or group. Paths that begin with `//` stand at the server’s root, all others below `/{MODE}`; a spelling for old clients has its row and the same rights.',
    ...tagsOf(endpoints).map((tag) => `### ${tag}\n\n${routes(endpoints.filter((endpoint) => endpoint.tag === tag))}`),
    '## Within a route',
    WITHIN_A_ROUTE,
    '## Beside the table',
    BESIDE,
    table(['path', 'who'], BESIDE_THE_TABLE.map(({ paths, who }) => [paths.map(code).join(', '), who])),
  ].join('\n\n') + '\n';
}

function catalogue(endpoints: readonly Endpoint[]): string {
  const opened = (codename: string) => endpoints.filter(({ access }) => typeof access === 'object' && 'permission' in access && access.permission === codename);
  return table(
    ['permission', 'name', 'category', 'allows', 'opens'],
    PERMISSION_CODENAMES.map((codename) => {
      const { name, category, description } = PERMISSIONS[codename];
      const routes = opened(codename).map(({ method, path }) => code(`${method} ${path}`)).join(', ');
      return [code(codename), name, category, description, routes || MAY_NOT];
    }),
  );
}

function groups(): string {
  const holders = PERMISSION_CODENAMES.map((codename) => [code(codename), ...GROUP_CODENAMES.map((group) => (GROUPS[group].permissions.includes(codename) ? MAY : MAY_NOT))]);
  const totals = ['in all', ...GROUP_CODENAMES.map((group) => String(GROUPS[group].permissions.length))];
  return table(['permission', ...GROUP_CODENAMES.map(code)], [...holders, totals]);
}

function routes(endpoints: readonly Endpoint[]): string {
  const rows = endpoints.flatMap((endpoint) => {
    const may = [endpoint.access === 'public', ...GROUP_CODENAMES.map((group) => mayCall(group, endpoint.access))].map((allowed) => (allowed ? MAY : MAY_NOT));
    const spellings = [endpoint.path, ...(endpoint.aliases ?? [])];
    return spellings.map((path) => [endpoint.method, code(path), needs(endpoint.access), ...may]);
  });
  return table(['method', 'path', 'needs', 'anonymous', ...GROUP_CODENAMES.map(code)], rows);
}

function mayCall(group: GroupCodename, access: Access): boolean {
  if (typeof access === 'string') return true;
  if ('group' in access) return group === access.group;
  return group === SUPER_ADMIN || (GROUPS[group].permissions as readonly string[]).includes(access.permission);
}

function needs(access: Access): string {
  if (typeof access === 'string') return access;
  return 'group' in access ? `group ${code(access.group)}` : code(access.permission);
}

function tagsOf(endpoints: readonly Endpoint[]): string[] {
  return [...new Set(endpoints.map(({ tag }) => tag))];
}

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

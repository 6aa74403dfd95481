import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import pg from 'pg';
import { account, signUp, type Account } from './accounts.js';
import { ADMIN, type Api } from './harness.js';
import { until } from './until.js';

/** Text that a field keeps byte for byte, whatever it looks like to somebody else. */
export const HONEST_TEXTS = [
  `'; DROP TABLE permission; --`, '<script>alert(1)</script>', '{{7*7}} ${7*7} $(id)', '../../etc/passwd', '%', '_', '\\', '100% _sure_ \\o/', '\u202Egnp.exe', 'Z͑ͫ̓ͪ̂ͫ̽a͊lgo', '😀👩‍👩‍👧', 'صلاحية', '权限', ' leading and trailing ',
  'tab\tand\nline', '__proto__', 'constructor', 'null',
];

export type Entry = { action: string; user_id: string; level: string; module: string; status_code: number; metadata: Record<string, unknown> };

/** What tests of rights are made of: people, groups and permissions, each in a line. */
export function createAccess(api: Api) {
  const names = (start = 'x') => ({ name: `${start} ${randomUUID()}`, codename: `${start}.${randomUUID()}` });

  /** The first administrator, signed in once more. */
  async function root(): Promise<Account> {
    return account(ADMIN.email, (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data);
  }

  /** Changes behind the API, obeyed by every worker. */
  async function byHand(text: string, values?: unknown[]): Promise<void> {
    await api.sql(text, values);
    await api.context.changes.settled();
  }

  async function idOf(table: 'permission' | 'group', codename: string): Promise<string> {
    return (await api.sql<{ id: string }>(`SELECT ${table}_id AS id FROM "${table}" WHERE codename = $1`, [codename]))[0]!.id;
  }

  async function makePermission(fields: Record<string, unknown> = {}): Promise<{ id: string; codename: string; name: string }> {
    const [row] = await api.sql<{ id: string; codename: string; name: string }>(
      'INSERT INTO permission (name, codename, description, category) VALUES ($1, $2, $3, $4) RETURNING permission_id AS id, codename, name',
      Object.values({ ...names(), description: null, category: null, ...fields }),
    );
    return row!;
  }

  /** A group that grants these, some of which may not be there. */
  async function makeGroup(codenames: readonly string[] = [], fields: Record<string, unknown> = {}): Promise<{ id: string; codename: string; name: string }> {
    const [row] = await api.sql<{ id: string; codename: string; name: string }>(
      'INSERT INTO "group" (name, codename, is_active) VALUES ($1, $2, $3) RETURNING group_id AS id, codename, name',
      Object.values({ ...names(), is_active: true, ...fields }),
    );
    await api.sql('INSERT INTO group_permission (group_id, permission_id) SELECT $1, permission_id FROM permission WHERE codename = ANY($2)', [row!.id, codenames]);
    return row!;
  }

  /** Somebody new in these groups and no others. */
  async function member(...groupIds: readonly string[]): Promise<Account> {
    const someone = await signUp(api);
    await api.sql('DELETE FROM user_group WHERE user_id = $1', [someone.userId]);
    await byHand('INSERT INTO user_group (user_id, group_id) SELECT $1, unnest($2::uuid[])', [someone.userId, groupIds]);
    return someone;
  }

  /** Somebody new who holds exactly these permissions, by a group of his own. */
  async function holder(...codenames: readonly string[]): Promise<Account> {
    return member((await makeGroup(codenames)).id);
  }

  /** The entries about a permission or group, oldest first. */
  async function entriesOf(id: string): Promise<Entry[]> {
    return api.sql<Entry>(
      `SELECT action, user_id, level, module, status_code, metadata FROM activity_log WHERE metadata->>'permission_id' = $1 OR metadata->>'group_id' = $1 ORDER BY created_at, duration_ms`,
      [id],
    );
  }

  /** Another program in the same database, in the midst of a transaction. */
  async function outsider(statement: string, values: unknown[]): Promise<{ commit(): Promise<void> }> {
    const client = new pg.Client({ connectionString: api.context.config.database.url, application_name: 'outsider' });
    // A test that fails leaves it open until its database is dropped.
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query(statement, values);
    return {
      async commit() {
        await client.query('COMMIT');
        await client.end();
      },
    };
  }

  /** Until a statement that begins so waits for somebody's lock. */
  function untilWaiting(statement: string): Promise<void> {
    return until(async () => (await api.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`, [`${statement}%`])).length > 0, 30_000);
  }

  /** The names of the statements that something sends, but for those that are sent beside every request, or by the worker at any time. */
  async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
    const spy = jest.spyOn(api.context.db, 'query');
    await work();
    const names = spy.mock.calls.map(([{ name = 'unnamed' }]) => name).filter((name) => !/^(session|delivery|circuit|lease)_/.test(name));
    spy.mockRestore();
    return names;
  }

  return { statementsOf, names, root, byHand, idOf, makePermission, makeGroup, member, holder, entriesOf, outsider, untilWaiting };
}

export type Access = ReturnType<typeof createAccess>;

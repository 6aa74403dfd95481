import { ADMIN, type Api } from './harness.js';
import type { Answer } from './client.js';

/** Any columns of a user; what is left out is as the database has it. */
export type StoredUser = Record<string, unknown>;

/** Puts users into the database as they may have come into it at any time, also by another server. @returns their ids */
export async function storeUsers(api: Api, users: readonly StoredUser[]): Promise<string[]> {
  const ids = await Promise.all(
    users.map(async (user) => {
      const columns = Object.keys({ password: '', ...user });
      const values = Object.entries({ password: '!', ...user }).map(([column, value]) => (column === 'phone_number' ? JSON.stringify(value) : value));
      const [row] = await api.sql<{ user_id: string }>(`INSERT INTO "user" (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING user_id`, values);
      return row!.user_id;
    }),
  );
  await api.context.changes.settled();
  return ids;
}

/** So many users of no interest, newer than all others, with addresses that sort before and after theirs. */
export async function storeFiller(api: Api, count: number): Promise<void> {
  await api.sql(
    `INSERT INTO "user" (password, first_name, email, user_name, country, created_at)
     SELECT '!', 'Filler', CASE WHEN n % 4 > 0 THEN '0' ELSE 'zz' END || n || '@filler.test', CASE WHEN n % 4 > 0 THEN '0' ELSE 'zz' END || n, 'ZZ', now() + n * interval '1 second' FROM generate_series(1, $1::int) n`,
    [count],
  );
  await api.sql('ANALYZE "user"');
  await api.context.changes.settled();
}

export async function adminToken(api: Api): Promise<string> {
  return (await api.client.post('/auth/login-with-password', { username: ADMIN.email, password: ADMIN.password })).body.data.session_token;
}

/** Asks for users as an administrator does. */
export function createLister(api: Api, token: string) {
  const list = (query: Record<string, string | number> = {}): Promise<Answer> => api.client.get(`/users?${Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`, { token });

  /** Every page of a list, one after the other. @param between done after each page */
  async function all(query: Record<string, string | number> = {}, between: (page: number) => Promise<unknown> = () => Promise.resolve()): Promise<ListedUser[]> {
    const users: ListedUser[] = [];
    let cursor: string | null = null;
    for (let page = 1; page === 1 || cursor !== null; page += 1) {
      const { status, body, text } = await list({ ...query, ...(cursor === null ? {} : { cursor }) });
      if (status !== 200) throw new Error(text);
      users.push(...body.data.users);
      cursor = body.data.pagination.next_cursor;
      await between(page);
    }
    return users;
  }
  return { list, all, ids: async (query: Record<string, string | number> = {}) => (await all(query)).map(({ user_id }) => user_id) };
}

export type ListedUser = Record<string, unknown> & { user_id: string; user_name: string | null; email: string | null; created_at: string; status: string; groups: string[] };

import type { Api } from './harness.js';

/** What became of an account: the columns that are others now, or `added` or `removed`, and the account as it is now. */
export type UserChange = { userId: string; columns: string[]; row: Record<string, unknown> | null };

export type UserFollower = {
  /** Keeps all accounts as they are now. */
  remember(): Promise<unknown>;
  /** Whoever is not as he was when all were remembered last. */
  changes(): Promise<UserChange[]>;
};

type Pair = { user_id: string; before: Record<string, unknown> | null; after: Record<string, unknown> | null };

/** Follows every column of every account, in the database itself: a test that makes many would spend its time reading them. */
export async function followUsers(api: Api): Promise<UserFollower> {
  await api.sql('CREATE SCHEMA followed; CREATE TABLE followed.before AS TABLE "user" WITH NO DATA');
  return {
    remember: () => api.sql('TRUNCATE followed.before; INSERT INTO followed.before TABLE "user"'),
    async changes() {
      const pairs = await api.sql<Pair>('SELECT user_id, to_jsonb(b) AS before, to_jsonb(u) AS after FROM followed.before b FULL JOIN "user" u USING (user_id) WHERE b IS DISTINCT FROM u');
      return pairs.map(({ user_id: userId, before, after }) => ({ userId, columns: changedColumns(before, after), row: after }));
    },
  };
}

function changedColumns(before: Pair['before'], after: Pair['after']): string[] {
  if (!before) return ['added'];
  if (!after) return ['removed'];
  return Object.keys(after).filter((column) => JSON.stringify(after[column]) !== JSON.stringify(before[column]));
}

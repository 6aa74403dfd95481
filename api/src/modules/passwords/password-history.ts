import type { Queryable } from '../../infra/postgres.js';
import type { UserRow } from '../../shared/user-row.js';
import type { PasswordHistoryRepo } from './password-history.repo.js';
import type { Passwords } from './passwords.js';

export type PasswordHistory = ReturnType<typeof createPasswordHistory>;

/** @param count how many passwords of an account count as used, the present one among them; zero: none */
export function createPasswordHistory({ repo, passwords, count }: { repo: PasswordHistoryRepo; passwords: Passwords; count: number }) {
  const kept = Math.max(0, count - 1);

  return {
    /** Whether an account has, or lately had, this password. Each comparison takes the time of a sign-in: ask only for somebody who has proved who he is. */
    async holds(db: Queryable, user: Pick<UserRow, 'user_id' | 'password'>, password: string): Promise<boolean> {
      if (count === 0) return false;
      const used = [user.password, ...(await repo.newest(db, user.user_id, kept))];
      for (const hash of used) {
        if (!passwords.isUnusable(hash) && (await passwords.verify(password, hash)).ok) return true;
      }
      return false;
    },

    /** Keeps the hash that was replaced, in the transaction that replaces it, and forgets those that count no more. */
    async keep(tx: Queryable, userId: string, replaced: string): Promise<void> {
      if (kept > 0 && !passwords.isUnusable(replaced)) await repo.add(tx, userId, replaced);
      await repo.trim(tx, userId, kept);
    },
  };
}

import type { Queryable } from '../../infra/postgres.js';
import { MAY_USE_ACCOUNT_SQL } from '../../shared/account-state.js';
import { SUPER_ADMIN } from '../../shared/principal.js';

export type SuperAdminsRepo = ReturnType<typeof createSuperAdminsRepo>;

/** Questions about who may do everything. */
export function createSuperAdminsRepo() {
  return {
    /**
     * The super administrators who may use their accounts, if this user is one of the group; nobody otherwise. Their memberships
     * and accounts stay locked until the transaction ends, always in one order: whoever takes one away stands in line, and
     * finds the state that the one before him has left. The user's own account is locked with them, even one that is closed
     * already: locked after the others, it would be taken out of that order.
     */
    async lockIfMember(tx: Queryable, userId: string): Promise<string[]> {
      const { rows } = await tx.query<{ user_id: string; is_usable: boolean }>({
        name: 'super_admins_lock',
        text: `SELECT u.user_id, (${MAY_USE_ACCOUNT_SQL}) AS is_usable FROM user_group m JOIN "user" u ON u.user_id = m.user_id
               WHERE m.group_id = (SELECT group_id FROM "group" WHERE codename = '${SUPER_ADMIN}') AND ((${MAY_USE_ACCOUNT_SQL}) OR u.user_id = $1)
                 AND EXISTS (SELECT FROM user_group own WHERE own.group_id = m.group_id AND own.user_id = $1)
               ORDER BY u.user_id FOR UPDATE OF m FOR NO KEY UPDATE OF u`,
        values: [userId],
      });
      return rows.flatMap(({ user_id, is_usable }) => (is_usable ? [user_id] : []));
    },
  };
}

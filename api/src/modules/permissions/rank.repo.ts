import type { Queryable } from '../../infra/postgres.js';
import { MAY_USE_ACCOUNT_SQL } from '../../shared/account-state.js';
import { SUPER_ADMIN } from '../../shared/principal.js';
import type { Standing } from '../../shared/rank.js';
import { IS_SUPER_ADMIN_SQL, PERMISSIONS_SQL } from '../../shared/rights.js';
import type { KnownGroup } from '../../shared/wanted-groups.js';

/** Taken for the length of a transaction that changes who may do what. */
const ACCESS_LINE = 72_707_371;

export type RankRepo = ReturnType<typeof createRankRepo>;

/** Questions about what people hold, for deciding what they may give and take. */
export function createRankRepo() {
  return {
    /** Makes every other change of who may do what wait for the end of this transaction. */
    async standInLine(tx: Queryable): Promise<void> {
      await tx.query({ name: 'access_line', text: 'SELECT pg_advisory_xact_lock($1)', values: [ACCESS_LINE] });
    },

    /** Whether a session has not ended, by this moment and not by that at which the transaction began. */
    async isOpen(tx: Queryable, sessionId: string): Promise<boolean> {
      const { rows } = await tx.query({ name: 'standing_session', text: 'SELECT FROM session WHERE session_id = $1 AND revoked_at IS NULL AND expires_at > clock_timestamp()', values: [sessionId] });
      return rows.length > 0;
    },

    async find(tx: Queryable, userId: string): Promise<Standing | undefined> {
      const { rows } = await tx.query<Standing>({
        name: 'standing',
        text: `SELECT u.user_id AS "userId", (${MAY_USE_ACCOUNT_SQL}) AS usable, u.is_protected AS "isProtected", ${IS_SUPER_ADMIN_SQL} AS "isSuperAdmin",
                 EXISTS (SELECT FROM user_group ug JOIN "group" g USING (group_id) WHERE ug.user_id = u.user_id AND g.codename = '${SUPER_ADMIN}') AS "inSuperAdmins",
                 ${PERMISSIONS_SQL} AS permissions,
                 ARRAY(SELECT DISTINCT p.codename FROM user_group ug JOIN group_permission gp USING (group_id) JOIN permission p USING (permission_id)
                   WHERE ug.user_id = u.user_id ORDER BY 1) AS potential
               FROM "user" u WHERE u.user_id = $1`,
        values: [userId],
      });
      return rows[0];
    },

    /** The groups of these ids or codenames, as far as there are any, by codename. */
    async findGroups(tx: Queryable, by: 'group_id' | 'codename', names: readonly string[]): Promise<KnownGroup[]> {
      const { rows } = await tx.query<KnownGroup>({
        name: `groups_to_rank_by_${by}`,
        text: `SELECT g.group_id, g.codename, g.is_active,
                 ARRAY(SELECT p.codename FROM group_permission gp JOIN permission p USING (permission_id) WHERE gp.group_id = g.group_id ORDER BY 1) AS permissions
               FROM "group" g WHERE g.${by} = ANY($1::${by === 'group_id' ? 'uuid' : 'text'}[]) ORDER BY g.codename`,
        values: [names],
      });
      return rows;
    },
  };
}

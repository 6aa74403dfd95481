import { unauthorized } from '../../http/credentials.js';
import { forbidden } from '../../http/guard.js';
import type { Database, Queryable } from '../../infra/postgres.js';
import type { Changes } from '../../shared/changes.js';
import { endingTransaction } from '../../shared/ending-transaction.js';
import type { PermissionCodename } from '../../shared/permission-catalogue.js';
import type { Principal } from '../../shared/principal.js';
import type { Caller } from '../../shared/rank.js';
import type { RankRepo } from './rank.repo.js';
import type { InTurn } from '../../shared/turns.js';

/**
 * Runs a change of who may do what, and returns when every worker obeys it (D-07).
 * @param permission what the change needs, as the endpoint's `access` says it
 * @param work gets the caller as he stands in this transaction
 * @throws ApiError UNAUTHORIZED or FORBIDDEN when the caller was closed, signed out or demoted since his request was let in; SERVICE_UNAVAILABLE when the line is too long
 */
export type Administer = <T>(principal: Pick<Principal, 'userId' | 'sessionId'>, permission: PermissionCodename, work: (tx: Queryable, caller: Caller) => Promise<T>) => Promise<T>;

/**
 * All such changes stand in one line, so that what a rank was decided on stays true until the commit: nobody is demoted,
 * promoted or re-grouped meanwhile. They are rare; a line costs less than being wrong about one of them.
 * @param inTurn lets one of a worker's changes into the line at a time: each that waits there has a connection, and all others need some
 */
export function createAdminister({ db, changes, repo, inTurn }: { db: Database; changes: Pick<Changes, 'settled'>; repo: RankRepo; inTurn: InTurn }): Administer {
  const oneByOne: Pick<Database, 'transaction'> = { transaction: (work) => inTurn(() => db.transaction(work)) };

  return function administer(principal, permission, work) {
    return endingTransaction(oneByOne, changes, async (tx) => {
      await repo.standInLine(tx);
      return work(tx, await standing(tx, principal, permission));
    });
  };

  async function standing(tx: Queryable, { userId, sessionId }: Pick<Principal, 'userId' | 'sessionId'>, permission: PermissionCodename): Promise<Caller> {
    const found = await repo.find(tx, userId);
    // Whoever signs out of what was stolen must not find later what had waited in line (B-01).
    if (!found?.usable || !(await repo.isOpen(tx, sessionId))) throw unauthorized();
    const caller: Caller = { userId, isSuperAdmin: found.isSuperAdmin, permissions: new Set(found.permissions) };
    if (!caller.isSuperAdmin && !caller.permissions.has(permission)) throw forbidden({ permission });
    return caller;
  }
}

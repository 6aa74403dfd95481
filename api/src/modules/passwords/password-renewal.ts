import type { Queryable } from '../../infra/postgres.js';
import type { RequestOrigin } from '../../shared/principal.js';
import type { UserRow } from '../../shared/user-row.js';
import type { ActivityService } from '../activity/activity.service.js';
import type { AccountNotices } from '../messages/account-notices.js';
import type { PasswordHistory } from './password-history.js';

/** A password that was stored. `user`: the row after it; `replaced`: what was stored before. */
export type Renewal = {
  user: UserRow;
  replaced: string;
  action: 'password_set' | 'password_changed' | 'password_reset';
  metadata?: Record<string, unknown>;
  origin: RequestOrigin;
};

export type RecordRenewal = ReturnType<typeof createRecordRenewal>;

/** What every new password leaves behind in its transaction: the old one among those that count as used, the entry, and word to the owner. */
export function createRecordRenewal({ history, activity, notices }: { history: PasswordHistory; activity: ActivityService; notices: AccountNotices }) {
  return async function recordRenewal(tx: Queryable, { user, replaced, action, metadata, origin }: Renewal): Promise<void> {
    await history.keep(tx, user.user_id, replaced);
    await activity.record(tx, origin, { action, userId: user.user_id, status: 200, ...(metadata && { metadata }) });
    await notices.tell(tx, user, { kind: action === 'password_set' ? 'password_set' : 'password_changed' }, origin);
  };
}

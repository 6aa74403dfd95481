import { presentGroupFacts } from '../../shared/group-view.js';
import type { UserGroupRow } from './user-groups.repo.js';
import type { UserGroupView } from './user-groups.schema.js';

/** A group as one of a user's (REFERENCE §8.4). */
export function presentUserGroup(row: UserGroupRow): UserGroupView {
  return {
    ...presentGroupFacts(row),
    assigned_at: row.assigned_at.toISOString(),
    assigned_by_user_id: row.assigned_by_user_id,
  };
}

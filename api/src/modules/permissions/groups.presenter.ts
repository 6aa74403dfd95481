import { presentGroupFacts } from '../../shared/group-view.js';
import type { GroupRow } from './groups.repo.js';
import type { GroupView } from './groups.schema.js';
import { presentPermissionRef } from './permissions.presenter.js';

export function presentGroup(row: GroupRow): GroupView {
  return {
    ...presentGroupFacts(row),
    permissions: row.permissions.map(presentPermissionRef),
    created_at: row.created_at.toISOString(),
    last_updated: row.last_updated.toISOString(),
  };
}

import type { GroupRow } from './groups.repo.js';
import type { GroupView } from './groups.schema.js';
import { presentPermissionRef } from './permissions.presenter.js';

export function presentGroup(row: GroupRow): GroupView {
  return {
    group_id: row.group_id,
    name: row.name,
    codename: row.codename,
    description: row.description,
    is_system: row.is_system,
    is_active: row.is_active,
    permissions: row.permissions.map(presentPermissionRef),
    created_at: row.created_at.toISOString(),
    last_updated: row.last_updated.toISOString(),
  };
}

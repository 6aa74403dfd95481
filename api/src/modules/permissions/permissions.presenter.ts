import type { PermissionRef, PermissionRow } from './permissions.repo.js';
import type { PermissionRefView, PermissionView } from './permissions.schema.js';

export function presentPermissionRef(row: PermissionRef): PermissionRefView {
  return { permission_id: row.permission_id, name: row.name, codename: row.codename, description: row.description, category: row.category };
}

export function presentPermission(row: PermissionRow): PermissionView {
  return { ...presentPermissionRef(row), created_at: row.created_at.toISOString(), last_updated: row.last_updated.toISOString() };
}

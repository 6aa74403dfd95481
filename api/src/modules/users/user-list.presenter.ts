import { presentUser } from '../../shared/user-view.js';
import type { ListedUserRow } from './user-list.repo.js';
import type { ListedUserView } from './user-list.schema.js';

/** A user as administrators see him: as everywhere (D-13), with his groups. */
export function presentListedUser(row: ListedUserRow): ListedUserView {
  return { ...presentUser(row), groups: row.groups };
}

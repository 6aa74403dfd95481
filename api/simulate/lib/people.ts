import bcrypt from 'bcryptjs';
import type { Fleet } from './fleet.js';

export const PASSWORD = 'Correct-horse-7';
/** What GET /settings/profile asks for; whoever may not gets 403, whose token is refused 401. */
export const GUARDING_PERMISSION = 'view_profile';

export type Account = { name: string; userId: string; groupId: string };

/**
 * Accounts by the hundred: each verified, with the same password, and in a
 * group of its own that grants GUARDING_PERMISSION.
 */
export async function createAccounts(fleet: Fleet, count: number, label = 'person'): Promise<Account[]> {
  const names = Array.from({ length: count }, (_, index) => `${label}-${index}`);
  return fleet.sql<Account>(
    `WITH people AS (
       INSERT INTO "user" (email, user_name, password, auth_type, user_type, status, is_active, is_verified, is_email_verified, email_verified_at)
       SELECT name || '@example.com', name, $2, 'email', 'customer', 'ACTIVE', true, true, true, now() FROM unnest($1::text[]) AS name RETURNING user_id, user_name),
     groups AS (INSERT INTO "group" (name, codename) SELECT 'Group of ' || name, 'of_' || replace(name, '-', '_') FROM unnest($1::text[]) AS name RETURNING group_id, codename),
     members AS (
       INSERT INTO user_group (user_id, group_id) SELECT user_id, group_id FROM people JOIN groups ON codename = 'of_' || replace(user_name, '-', '_') RETURNING user_id, group_id),
     granted AS (INSERT INTO group_permission (group_id, permission_id) SELECT group_id, permission_id FROM groups CROSS JOIN permission p WHERE p.codename = $3 RETURNING group_id)
     SELECT user_name AS name, user_id AS "userId", m.group_id AS "groupId" FROM people JOIN members m USING (user_id) JOIN granted USING (group_id) ORDER BY length(user_name), user_name`,
    [names, bcrypt.hashSync(PASSWORD, 4), GUARDING_PERMISSION],
  );
}

import { SUPER_ADMIN } from './principal.js';

/** What groups let a user do, for statements over the alias `u` of his account. Ordered, so that equal rights make equal tokens. */

/** Groups that are active: any other gives nothing (D-10). */
export const GROUPS_SQL = `ARRAY(SELECT g.codename FROM user_group ug JOIN "group" g USING (group_id) WHERE ug.user_id = u.user_id AND g.is_active ORDER BY 1)`;

export const IS_SUPER_ADMIN_SQL = `EXISTS (SELECT FROM user_group ug JOIN "group" g USING (group_id) WHERE ug.user_id = u.user_id AND g.codename = '${SUPER_ADMIN}' AND g.is_active)`;

/** What these groups grant; a super administrator holds every permission there is (REFERENCE §6). */
export const PERMISSIONS_SQL = `ARRAY(SELECT p.codename FROM user_group ug JOIN "group" g USING (group_id) JOIN group_permission gp USING (group_id)
    JOIN permission p USING (permission_id) WHERE ug.user_id = u.user_id AND g.is_active
  UNION SELECT p.codename FROM permission p WHERE ${IS_SUPER_ADMIN_SQL} ORDER BY 1)`;

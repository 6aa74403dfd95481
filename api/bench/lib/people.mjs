import { query } from './postgres.mjs';

export const ADMIN = { name: 'admin', email: 'admin@example.com', password: 'Correct-horse-7' };

/** Adds members `${prefix}1` … of the group `user` to a database that has its administrator, with that one's password. @returns their names */
export async function addPeople(url, prefix, count) {
  await query(
    url,
    `WITH people AS (
       INSERT INTO "user" (email, user_name, password, auth_type, status, is_active, is_verified, is_email_verified)
       SELECT $1 || n || '@example.com', $1 || n, admin.password, 'email', 'ACTIVE', true, true, true
       FROM generate_series(1, $2::int) n, (SELECT password FROM "user" WHERE user_name = $3) admin
       RETURNING user_id)
     INSERT INTO user_group (user_id, group_id) SELECT people.user_id, g.group_id FROM people, "group" g WHERE g.codename = 'user'`,
    [prefix, count, ADMIN.name],
  );
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** Signs in through the front door. @param base the API's address with its prefix @returns the three tokens */
export async function signIn(base, username, password = ADMIN.password) {
  const answer = await fetch(`${base}/auth/login-with-password`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const { data, message } = await answer.json();
  if (answer.status !== 200) throw new Error(`${username} could not sign in: ${message}`);
  return data;
}

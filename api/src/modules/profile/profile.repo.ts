import type { Queryable } from '../../infra/postgres.js';
import { USER_COLUMNS, type UserRow } from '../../shared/user-row.js';
import type { ProfileFields } from './profile.schema.js';

/** The columns that the owner of a profile may write; no other is in the statement, whatever is asked (D-03). */
const COLUMNS = ['first_name', 'last_name', 'user_name', 'bio', 'country', 'gender', 'dob', 'language', 'timezone', 'theme', 'profile_accessibility'] as const satisfies readonly (keyof ProfileFields)[];

/** A pair of parameters each: whether it is given, and what. */
const SET = COLUMNS.map((column, index) => `${column} = CASE WHEN $${2 * index + 2} THEN $${2 * index + 3} ELSE u.${column} END`).join(', ');

export type ProfileRepo = ReturnType<typeof createProfileRepo>;

export function createProfileRepo() {
  return {
    /** Writes the fields that are given; null clears one. @returns the row after it; undefined when there is no such account */
    async update(db: Queryable, userId: string, fields: ProfileFields): Promise<UserRow | undefined> {
      const { rows } = await db.query<UserRow>({
        name: 'profile_update',
        text: `UPDATE "user" u SET ${SET}, last_updated = now() WHERE u.user_id = $1 RETURNING ${USER_COLUMNS}`,
        values: [userId, ...COLUMNS.flatMap((column) => [fields[column] !== undefined, fields[column] ?? null])],
      });
      return rows[0];
    },
  };
}

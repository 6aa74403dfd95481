import { ApiError } from '../../http/errors.js';
import { isUniqueViolation, type Queryable } from '../../infra/postgres.js';
import { profileErrors } from '../../shared/profile-errors.js';

const NAMES = ['name', 'codename'] as const;

/** What no two permissions may share, nor two groups. */
export type Names = Readonly<Record<(typeof NAMES)[number], string>>;
export type Named = 'permission' | 'group';

export type NamesRepo = ReturnType<typeof createNamesRepo>;

export function createNamesRepo() {
  return {
    /** Which of these names another one has. @param own the id of whose they are to be, where it is there already */
    async findTaken(tx: Queryable, table: Named, { name, codename }: Names, own: string | undefined): Promise<Record<keyof Names, boolean>> {
      const { rows } = await tx.query<Record<keyof Names, boolean>>({
        name: `names_taken_${table}`,
        text: `SELECT COALESCE(bool_or(name = $1), false) AS name, COALESCE(bool_or(codename = $2), false) AS codename
               FROM "${table}" WHERE (name = $1 OR codename = $2) AND ${table}_id IS DISTINCT FROM $3::uuid`,
        values: [name, codename, own ?? null],
      });
      return rows[0]!;
    },
  };
}

/** Somebody else has it. */
export function duplicate(fields: readonly (keyof Names)[]): ApiError {
  return new ApiError(profileErrors.DUPLICATE_ENTRY, { details: { fields } });
}

/** Runs a statement that writes names. @throws ApiError DUPLICATE_ENTRY where another program has written the same since they were found to be free */
export async function refusingTaken<T>(table: Named, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    for (const name of NAMES) if (isUniqueViolation(error, `${table}_${name}_key`)) throw duplicate([name]);
    throw error;
  }
}

import { z } from 'zod';

/** What every group on the wire begins with (REFERENCE §8.4). */
export const groupFacts = {
  group_id: z.guid(),
  name: z.string(),
  codename: z.string(),
  description: z.string().nullable(),
  is_system: z.boolean(),
  is_active: z.boolean(),
};

export type GroupFacts = { [Field in keyof typeof groupFacts]: z.infer<(typeof groupFacts)[Field]> };

/** The same of a row. Every field is named: no row is spread into an answer. */
export function presentGroupFacts(row: GroupFacts): GroupFacts {
  return { group_id: row.group_id, name: row.name, codename: row.codename, description: row.description, is_system: row.is_system, is_active: row.is_active };
}

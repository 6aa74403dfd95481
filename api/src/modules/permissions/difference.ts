/**
 * What a change changes, for the log and for finding out that it changes nothing.
 * @param wanted the fields that were given; undefined ones were not
 * @returns the fields that differ, as they are and as they are to be; undefined when there are none
 */
export function difference<T extends object, K extends keyof T & string>(row: T, wanted: { [F in K]?: T[F] | undefined }): { before: Partial<Pick<T, K>>; after: Partial<Pick<T, K>> } | undefined {
  const fields = (Object.keys(wanted) as K[]).filter((field) => wanted[field] !== undefined && wanted[field] !== row[field]);
  if (fields.length === 0) return undefined;
  const pick = (from: { [F in K]?: T[F] | undefined }) => Object.fromEntries(fields.map((field) => [field, from[field]])) as Partial<Pick<T, K>>;
  return { before: pick(row), after: pick(wanted) };
}

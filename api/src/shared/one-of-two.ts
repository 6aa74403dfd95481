/**
 * For `.refine(...)` of a body in which two fields say the same in two ways: one of them must be given, and not both. Null is none.
 * @returns the rule, and what an answer says where it is broken
 */
export function oneOfTwo<First extends string, Second extends string>(first: First, second: Second) {
  const rule = (body: Readonly<Partial<Record<First | Second, unknown>>>) => isGiven(body[first]) !== isGiven(body[second]);
  return [rule, { params: { code: 'one_of_two', first, second } }] as const;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

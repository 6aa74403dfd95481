import { acrossFields } from '../http/across-fields.js';

/**
 * For `.check(…)` of a body in which two fields say the same in two ways: one of them must be given, and not both. Null is none.
 * @returns the rule, which is asked also where other fields are wrong
 */
export function oneOfTwo<First extends string, Second extends string>(first: First, second: Second) {
  return acrossFields<Partial<Record<First | Second, unknown>>>(({ isGiven, refuse }) => {
    if (isGiven(first) === isGiven(second)) refuse({ path: '', code: 'one_of_two', params: { first, second } });
  });
}

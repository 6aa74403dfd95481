import type { ZodType } from 'zod';
import { ApiError, type ErrorDefinition } from './errors.js';
import { readIssues } from './issues.js';
import { findUnsafeText } from './text-safety.js';

export type Validator = (input: unknown) => unknown;

/**
 * A part of a request against its schema.
 * @throws ApiError `invalid` (or the endpoint's own error) with every field that is wrong in `details.errors`
 */
export function createValidator(schema: ZodType, invalid: ErrorDefinition): Validator {
  return function validate(input) {
    const unsafe = findUnsafeText(input);
    if (unsafe) throw new ApiError(invalid, { issues: [unsafe] });
    const parsed = schema.safeParse(input, { reportInput: true });
    if (!parsed.success) throw new ApiError(invalid, { issues: readIssues(parsed.error) });
    return parsed.data;
  };
}

import type { ZodType } from 'zod';
import { ApiError, type ErrorDefinition } from './errors.js';
import { fieldsOf } from './fields-of.js';
import { MOST_ISSUES, readIssues, type InputIssue } from './issues.js';
import { findUnsafeFields, findUnsafeText } from './text-safety.js';

/** @param wrong what is wrong with the request so far; gets what is wrong with this part of it */
export type Validator = (input: unknown, wrong: InputIssue[]) => unknown;

/** Stands in a field that is refused already: no schema takes it, and no hostile text reaches a rule. */
const REFUSED = Symbol('refused');

/**
 * A part of a request against its schema. Every field that is wrong is named at once (API.md §1), in the order of the
 * schema, then what it does not know, then what is wrong with the whole; no more than MOST_ISSUES of them.
 * @param refused fields that are wrong whatever the schema says
 */
export function createValidator(schema: ZodType): (input: unknown, wrong: InputIssue[], refused?: readonly InputIssue[]) => unknown {
  const order = new Map(fieldsOf(schema).map((name, index) => [name, index]));

  return function validate(input, wrong, refused = []) {
    const found = [...refused, ...findUnsafeFields(input)];
    const parsed = schema.safeParse(found.length > 0 ? without(input, found) : input, { reportInput: true });
    if (parsed.success && found.length === 0) return parsed.data;
    const named = new Set(found.map(fieldOf));
    const issues = [...found.slice(0, MOST_ISSUES), ...(parsed.success ? [] : readIssues(parsed.error).filter((issue) => !named.has(fieldOf(issue)) && !findUnsafeText(issue.path)))];
    wrong.push(...issues.sort((one, other) => rankOf(one) - rankOf(other)).slice(0, MOST_ISSUES - wrong.length));
    return undefined;
  };

  function rankOf(issue: InputIssue): number {
    const field = fieldOf(issue);
    return order.get(field) ?? order.size + (field === '' ? 1 : 0);
  }
}

/** @throws ApiError `invalid` with everything that is wrong in `details.errors`, when anything is */
export function assertRight(wrong: readonly InputIssue[], invalid: ErrorDefinition): void {
  if (wrong.length > 0) throw new ApiError(invalid, { issues: wrong });
}

function without(input: unknown, found: readonly InputIssue[]): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return REFUSED;
  const refused = new Set(found.map(fieldOf));
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, refused.has(name) ? REFUSED : value]));
}

function fieldOf({ path }: InputIssue): string {
  return path.split('.', 1)[0]!;
}

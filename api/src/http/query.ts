import type { ZodType } from 'zod';
import { fieldsOf } from './fields-of.js';
import type { InputIssue } from './issues.js';
import { createValidator, type Validator } from './validate.js';

/**
 * A query string against its schema. Parameters the schema does not name are
 * let pass, as the reference does (`?lang=`, cache busters); one that is given
 * twice or in bracket form is refused, never chosen from (E-09).
 */
export function createQueryValidator(schema: ZodType): Validator {
  const names = new Set(fieldsOf(schema));
  const validate = createValidator(schema);
  return function validateQuery(query, wrong) {
    const entries = Object.entries(query as Record<string, unknown>);
    const repeated = entries.filter(([name, value]) => names.has(baseName(name)) && (Array.isArray(value) || name !== baseName(name)));
    return validate(Object.fromEntries(entries.filter(([name]) => names.has(name))), wrong, repeated.map(([name]) => issueOf(name)));
  };
}

function baseName(name: string): string {
  const bracket = name.indexOf('[');
  return bracket === -1 ? name : name.slice(0, bracket);
}

function issueOf(path: string): InputIssue {
  return { path, code: 'repeated_parameter' };
}

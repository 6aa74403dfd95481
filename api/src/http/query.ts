import { z, type ZodType } from 'zod';
import { ApiError, type ErrorDefinition } from './errors.js';
import type { InputIssue } from './issues.js';
import { createValidator, type Validator } from './validate.js';

/**
 * A query string against its schema. Parameters the schema does not name are
 * let pass, as the reference does (`?lang=`, cache busters); one that is given
 * twice or in bracket form is refused, never chosen from (E-09).
 */
export function createQueryValidator(schema: ZodType, invalid: ErrorDefinition): Validator {
  const names = new Set(schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);
  const validate = createValidator(schema, invalid);
  return function validateQuery(query) {
    const entries = Object.entries(query as Record<string, unknown>);
    const repeated = entries.find(([name, value]) => names.has(baseName(name)) && (Array.isArray(value) || name !== baseName(name)));
    if (repeated) throw new ApiError(invalid, { issues: [issueOf(repeated[0])] });
    return validate(Object.fromEntries(entries.filter(([name]) => names.has(name))));
  };
}

function baseName(name: string): string {
  const bracket = name.indexOf('[');
  return bracket === -1 ? name : name.slice(0, bracket);
}

function issueOf(path: string): InputIssue {
  return { path, code: 'repeated_parameter' };
}

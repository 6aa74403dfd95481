import type { ZodType } from 'zod';
import type { Language } from '../i18n/language.js';
import type { Translator } from '../i18n/translator.js';
import { ApiError, type ErrorDefinition } from './errors.js';
import { readIssues, type InputIssue } from './issues.js';
import { findUnsafeText } from './text-safety.js';

export type Validator = (input: unknown, language: Language) => unknown;

/**
 * A part of a request against its schema.
 * @throws ApiError `invalid` (or the endpoint's own error) with every field that is wrong in `details.errors`
 */
export function createValidator(schema: ZodType, invalid: ErrorDefinition, translator: Translator): Validator {
  return function validate(input, language) {
    const unsafe = findUnsafeText(input);
    if (unsafe) throw inputError([unsafe], invalid, translator, language);
    const parsed = schema.safeParse(input, { reportInput: true });
    if (!parsed.success) throw inputError(readIssues(parsed.error), invalid, translator, language);
    return parsed.data;
  };
}

/** `details.errors` lists every field; `details.error` keeps the one joined string that old clients show (API.md §1). */
export function inputError(issues: readonly InputIssue[], definition: ErrorDefinition, translator: Translator, language: Language): ApiError {
  const errors = issues.map(({ path, code, params }) => ({ path, message: translator.validation(language, code, params), code }));
  const error = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(', ');
  return new ApiError(definition, { details: { error, errors } });
}

import type { z } from 'zod';
import type { Language } from '../i18n/language.js';
import type { Translator, ValidationCode } from '../i18n/translator.js';

/** One thing that is wrong with the input, in our own words: no sentence of a library reaches a client. */
export type InputIssue = { path: string; code: ValidationCode; params?: Record<string, string | number> };

type RawIssue = z.core.$ZodIssue;

/** So many an answer names: whoever sends a hundred thousand fields that nobody knows is not sent a sentence for each (E-06). */
export const MOST_ISSUES = 100;

/** Reads zod's issues as ours, the first of them. */
export function readIssues(error: z.ZodError): InputIssue[] {
  return error.issues.slice(0, MOST_ISSUES).flatMap((issue) => readIssue(issue)).slice(0, MOST_ISSUES);
}

/** `errors` lists every field; `error` keeps the one joined string that old clients show (API.md §1). */
export function presentIssues(issues: readonly InputIssue[], translator: Pick<Translator, 'validation'>, language: Language) {
  const errors = issues.map(({ path, code, params }) => ({ path, message: translator.validation(language, code, params), code }));
  return { error: errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join(', '), errors };
}

function readIssue(issue: RawIssue): InputIssue[] {
  const path = issue.path.map(String).join('.');
  switch (issue.code) {
    case 'invalid_type':
      return [issue.input === undefined ? { path, code: 'required' } : { path, code: 'invalid_type', params: { expected: issue.expected } }];
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST_ISSUES).map((key) => ({ path: [path, key].filter(Boolean).join('.'), code: 'unrecognized_key', params: { key } }));
    case 'too_small':
      return [isLength(issue.origin) ? { path, code: 'too_short', params: { minimum: Number(issue.minimum) } } : { path, code: 'too_small', params: { minimum: Number(issue.minimum) } }];
    case 'too_big':
      return [isLength(issue.origin) ? { path, code: 'too_long', params: { maximum: Number(issue.maximum) } } : { path, code: 'too_big', params: { maximum: Number(issue.maximum) } }];
    case 'invalid_value':
      return [issue.input === undefined ? { path, code: 'required' } : { path, code: 'invalid_value', params: { values: issue.values.map(String).join(', ') } }];
    case 'invalid_format':
      // A pattern says nothing to a reader: whoever writes one names the format it stands for in its error.
      if (issue.format === 'regex') return [{ path, code: 'invalid_format', params: { format: issue.message } }];
      return [{ path, code: 'invalid_format', params: { format: FORMATS[issue.format] ?? issue.format } }];
    default:
      // A rule with a sentence of its own names it; any other names the format it stands for.
      if (issue.code === 'custom' && typeof issue.params?.['code'] === 'string') return [ownIssue(path, issue.params)];
      return [{ path, code: 'invalid_format', params: { format: issue.message } }];
  }
}

/** A rule of ours; beside the name of its sentence it gives what the sentence speaks of. */
function ownIssue(path: string, { code, ...params }: Record<string, unknown>): InputIssue {
  return { path, code: code as ValidationCode, ...(Object.keys(params).length > 0 ? { params: params as Record<string, string> } : {}) };
}

function isLength(origin: string): boolean {
  return origin === 'string' || origin === 'array' || origin === 'set';
}

/** How formats are called in an answer. */
const FORMATS: Record<string, string> = { uuid: 'UUID', guid: 'UUID', email: 'e-mail', datetime: 'date-time', url: 'URL' };

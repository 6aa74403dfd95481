import type { InputIssue } from './issues.js';

/**
 * Finds text that no field can hold: a NUL (Postgres cannot store it, E-02) or
 * a lone surrogate (it would come back changed, E-04). Keys are looked at too.
 * Depth is bounded before this by the body reader.
 */
export function findUnsafeText(value: unknown, path = ''): InputIssue | undefined {
  if (typeof value === 'string') return checkText(value, path);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const key of Object.keys(value)) {
    const below = path ? `${path}.${key}` : key;
    const issue = checkText(key, path) ?? findUnsafeText((value as Record<string, unknown>)[key], below);
    if (issue) return issue;
  }
  return undefined;
}

/** The first of each field, so that an answer can name every field that has some. */
export function findUnsafeFields(value: unknown): InputIssue[] {
  if (typeof value !== 'object' || value === null) return [findUnsafeText(value)].filter((issue) => issue !== undefined);
  return Object.entries(value).flatMap(([name, member]) => checkText(name, '') ?? findUnsafeText(member, name) ?? []);
}

function checkText(text: string, path: string): InputIssue | undefined {
  if (text.includes('\0')) return { path, code: 'null_byte' };
  return text.isWellFormed() ? undefined : { path, code: 'malformed_text' };
}

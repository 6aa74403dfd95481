import { z } from 'zod';
import type { InputIssue } from './issues.js';

/** What a rule across fields is asked with. */
export type Asked<T> = {
  /** The fields in which nothing is wrong so far: the others are not there. */
  sound: Partial<T>;
  /** Whether a field that may be left out is in the request, right or wrong. */
  isGiven(name: keyof T & string): boolean;
  /** Whether anything is wrong elsewhere. */
  isWrong: boolean;
  refuse(issue: InputIssue): void;
};

/**
 * A rule of a body or query that looks at several fields, or at what the server is configured for. zod leaves such rules
 * out once a field is wrong, and what they would say came only with the next request: this one is asked all the same,
 * so that an answer names every field that is wrong (API.md §1). To be used as `z.object({…}).check(acrossFields(…))`.
 */
export function acrossFields<T extends object>(rule: (asked: Asked<T>) => void): z.core.$ZodCheck<T> {
  return z.superRefine<T>(
    (given, context) => {
      const fields = given as Record<string, unknown>;
      const wrong = new Set(context.issues.map(({ path }) => path?.[0]));
      rule({
        sound: Object.fromEntries(Object.entries(fields).filter(([name]) => !wrong.has(name))) as Partial<T>,
        isGiven: (name) => fields[name] !== undefined && (fields[name] !== null || wrong.has(name)),
        isWrong: context.issues.length > 0,
        // Named as ours: `readIssues` takes code and values out again.
        refuse: ({ path, code, params }) => context.addIssue({ code: 'custom', path: path === '' ? [] : [path], params: { ...params, code } }),
      });
    },
    { when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value) },
  );
}

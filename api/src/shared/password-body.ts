import { z } from 'zod';

/** API.md §6. */
export const MAX_PASSWORD_CHARACTERS = 1_024;

/** Counted as people do: a character beyond the basic plane is one, not two. It is at most two units, so the first test spares counting a megabyte. */
export function isTooLongPassword(text: string): boolean {
  if (text.length <= MAX_PASSWORD_CHARACTERS) return false;
  return text.length > MAX_PASSWORD_CHARACTERS * 2 || [...text].length > MAX_PASSWORD_CHARACTERS;
}

/** A password in a body, taken exactly as it is. Longer than any is refused before any work is done with it (C-17). */
export const passwordSchema = z
  .string()
  .check(({ value, issues }) => {
    if (isTooLongPassword(value)) issues.push({ code: 'too_big', origin: 'string', maximum: MAX_PASSWORD_CHARACTERS, inclusive: true, input: value });
  })
  .meta({ maxLength: MAX_PASSWORD_CHARACTERS, format: 'password' });

import { z } from 'zod';
import { identifierSchema } from '../../shared/code-body.js';
import { tokenSetSchema } from '../../shared/token-set.js';
import { userSchema } from '../../shared/user-view.js';

/** API.md §6. Longer is refused before any hashing. */
const MAX_PASSWORD_CHARACTERS = 1024;

/** Counted as people do: a character beyond the basic plane is one, not two. */
const password = z
  .string()
  .min(1)
  .check(({ value, issues }) => {
    if (isTooLong(value)) issues.push({ code: 'too_big', origin: 'string', maximum: MAX_PASSWORD_CHARACTERS, input: value });
  });

function isTooLong(text: string): boolean {
  return text.length > 2 * MAX_PASSWORD_CHARACTERS || (text.length > MAX_PASSWORD_CHARACTERS && [...text].length > MAX_PASSWORD_CHARACTERS);
}

export const passwordBody = z
  .object({
    username: identifierSchema.optional().describe('E-mail address, phone number with its country code, or user name.'),
    user_name: identifierSchema.optional().describe('Another name for `username`.'),
    password,
  })
  .refine((body) => body.username !== undefined || body.user_name !== undefined, { path: ['username'], error: 'username' })
  .transform(({ username, user_name, password }) => ({ username: (username ?? user_name)!, password }));

export const signedInSchema = tokenSetSchema.extend({ user: userSchema });

import { z } from 'zod';
import { identifierSchema } from '../../shared/code-body.js';
import { tokenSetSchema } from '../../shared/token-set.js';
import { userSchema } from '../../shared/user-view.js';

/** API.md §6. Longer is refused before any hashing. */
const MAX_PASSWORD_LENGTH = 1024;

export const passwordBody = z
  .object({
    username: identifierSchema.optional().describe('E-mail address or user name.'),
    user_name: identifierSchema.optional().describe('Another name for `username`.'),
    password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
  })
  .refine((body) => body.username !== undefined || body.user_name !== undefined, { path: ['username'], error: 'username' })
  .transform(({ username, user_name, password }) => ({ username: (username ?? user_name)!, password }));

export const signedInSchema = tokenSetSchema.extend({ user: userSchema });

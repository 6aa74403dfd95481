import { z } from 'zod';
import { identifierSchema } from '../../shared/code-body.js';
import { passwordSchema } from '../../shared/password-body.js';
import { tokenSetSchema } from '../../shared/token-set.js';
import { userSchema } from '../../shared/user-view.js';

export const passwordBody = z
  .object({
    username: identifierSchema.optional().describe('E-mail address, phone number with its country code, or user name.'),
    user_name: identifierSchema.optional().describe('Another name for `username`.'),
    password: passwordSchema.min(1),
  })
  .refine((body) => body.username !== undefined || body.user_name !== undefined, { path: ['username'], error: 'username' })
  .transform(({ username, user_name, password }) => ({ username: (username ?? user_name)!, password }));

export const signedInSchema = tokenSetSchema.extend({ user: userSchema });

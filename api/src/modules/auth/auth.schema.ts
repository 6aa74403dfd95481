import { z } from 'zod';
import { acrossFields } from '../../http/across-fields.js';
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
  .check(
    acrossFields(({ isGiven, refuse }) => {
      if (!isGiven('username') && !isGiven('user_name')) refuse({ path: 'username', code: 'required' });
    }),
  )
  .transform(({ username, user_name, password }) => ({ username: (username ?? user_name)!, password }));

export const signedInSchema = tokenSetSchema.extend({ user: userSchema });

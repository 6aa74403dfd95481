import { z } from 'zod';
import { isEmail, isPhone } from '../../shared/identity.js';
import { tokenSetSchema } from '../../shared/token-set.js';
import { userSchema } from '../../shared/user-view.js';

/** Identifiers are trimmed, everything else is kept byte for byte (API.md §1). */
const MAX_IDENTIFIER_LENGTH = 254;
/** API.md §6. Longer is refused before any hashing. */
const MAX_PASSWORD_LENGTH = 1024;

const channelSchema = z.enum(['email', 'sms', 'whatsapp']);
const identity = z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH).describe('An e-mail address; for the other channels, a phone number.');

/** A phone number is no mistake where a phone is meant: a channel that cannot deliver is then refused as such. */
function namesItsIdentity({ channel, user_id }: { channel: z.infer<typeof channelSchema>; user_id: string }, context: z.RefinementCtx): void {
  const fits = isEmail(user_id) || (channel !== 'email' && isPhone(user_id));
  if (!fits) context.addIssue({ code: 'custom', path: ['user_id'], message: channel === 'email' ? 'e-mail' : 'e-mail, phone' });
}

/** Digits of any other script are no digits here (C-08). */
const code = z.string().trim().regex(/^[0-9]{6}$/, { error: 'six digits' });

export const sendCodeBody = z
  .strictObject({
    user_id: identity,
    channel: channelSchema,
    purpose: z.enum(['login', 'signup', 'reset', 'verify']).optional().describe('A code asked for with a purpose works only there.'),
  })
  .superRefine(namesItsIdentity);

export const codeBody = z.strictObject({ user_id: identity, channel: channelSchema, otp: code }).superRefine(namesItsIdentity);

export const passwordBody = z
  .object({
    username: z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH).optional().describe('E-mail address or user name.'),
    user_name: z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH).optional().describe('Another name for `username`.'),
    password: z.string().min(1).max(MAX_PASSWORD_LENGTH),
  })
  .refine((body) => body.username !== undefined || body.user_name !== undefined, { path: ['username'], error: 'username' })
  .transform(({ username, user_name, password }) => ({ username: (username ?? user_name)!, password }));

export const signedInSchema = tokenSetSchema.extend({ user: userSchema });

export const messageSchema = z.object({ message: z.string() });

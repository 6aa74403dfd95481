import { z } from 'zod';
import { readEmail, readIdentity, type Identity } from '../../shared/identity.js';
import { tokenSetSchema } from '../../shared/token-set.js';
import { userSchema } from '../../shared/user-view.js';

/** Identifiers are trimmed, everything else is kept byte for byte (API.md §1). */
const MAX_IDENTIFIER_LENGTH = 254;
/** API.md §6. Longer is refused before any hashing. */
const MAX_PASSWORD_CHARACTERS = 1024;

const channelSchema = z.enum(['email', 'sms', 'whatsapp']);
type Channel = z.infer<typeof channelSchema>;
const identity = z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH).describe('An e-mail address; for the other channels, a phone number.');

/** Reads who is meant. An address where a number is meant is left to whoever knows the channels: one that cannot deliver is refused as such. */
function readNamed<T extends { channel: Channel; user_id: string }>(body: T, context: z.RefinementCtx): T & { identity: Identity } {
  const identity = body.channel === 'email' ? readEmail(body.user_id) : readIdentity(body.user_id);
  if (identity) return { ...body, identity };
  context.addIssue({ code: 'custom', path: ['user_id'], message: body.channel === 'email' ? 'e-mail' : 'e-mail, phone' });
  return z.NEVER;
}

/** Digits of any other script are no digits here (C-08). */
const code = z.string().trim().regex(/^[0-9]{6}$/, { error: 'six digits' });

export const sendCodeBody = z
  .strictObject({
    user_id: identity,
    channel: channelSchema,
    purpose: z.enum(['login', 'signup', 'reset', 'verify']).optional().describe('A code asked for with a purpose works only there.'),
  })
  .transform(readNamed);

export const codeBody = z.strictObject({ user_id: identity, channel: channelSchema, otp: code }).transform(readNamed);

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
    username: z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH).optional().describe('E-mail address, phone number with its country code, or user name.'),
    user_name: z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH).optional().describe('Another name for `username`.'),
    password,
  })
  .refine((body) => body.username !== undefined || body.user_name !== undefined, { path: ['username'], error: 'username' })
  .transform(({ username, user_name, password }) => ({ username: (username ?? user_name)!, password }));

export const signedInSchema = tokenSetSchema.extend({ user: userSchema });

export const messageSchema = z.object({ message: z.string() });

import { z } from 'zod';
import { readEmail, readIdentity, type Identity } from '../../shared/identity.js';
import { countCharacters } from './password-policy.js';
import { MAX_PASSWORD_CHARACTERS } from './passwords.js';

/** Identifiers are trimmed, everything else is kept byte for byte (API.md §1). */
const MAX_IDENTIFIER_LENGTH = 254;

/** Taken exactly as it is. Longer than any password is refused before any work is done with it (C-17); the rules for a new one are the service's. */
const password = z
  .string()
  .check(({ value, issues }) => {
    // A character is at most two units, so the first test spares counting a megabyte.
    if (value.length > MAX_PASSWORD_CHARACTERS * 2 || countCharacters(value) > MAX_PASSWORD_CHARACTERS) {
      issues.push({ code: 'too_big', origin: 'string', maximum: MAX_PASSWORD_CHARACTERS, inclusive: true, input: value });
    }
  })
  .meta({ maxLength: MAX_PASSWORD_CHARACTERS, format: 'password' });

const wanted = {
  password: password.describe('Every rule that it does not keep is listed in `details.errors`.'),
  confirm_password: password.describe('The same once more.'),
};

const identifier = z.string().trim().min(1).max(MAX_IDENTIFIER_LENGTH);
const channel = z.enum(['email', 'sms', 'whatsapp']);

export const setPasswordBody = z.strictObject(wanted);

export const changePasswordBody = z.strictObject({
  ...wanted,
  old_password: password,
  user_id: identifier.optional().describe('Not needed. Your e-mail address, phone number or user name.'),
  channel: channel.optional().describe('Not needed, and not looked at.'),
});

/** Digits of any other script are no digits here (C-08). */
const code = z.string().trim().regex(/^[0-9]{6}$/, { error: 'six digits' });

export const forgetPasswordBody = z
  .strictObject({
    ...wanted,
    user_id: identifier.describe('An e-mail address or a phone number.'),
    otp: code.optional().describe('Without one the answer is that of a wrong one.'),
    channel: channel.optional().describe('By which the code was sent.'),
  })
  .transform((body, context): typeof body & { identity: Identity } => {
    const identity = body.channel === 'email' ? readEmail(body.user_id) : readIdentity(body.user_id);
    if (identity) return { ...body, identity };
    context.addIssue({ code: 'custom', path: ['user_id'], message: body.channel === 'email' ? 'e-mail' : 'e-mail, phone' });
    return z.NEVER;
  });

export const messageSchema = z.object({ message: z.string() });

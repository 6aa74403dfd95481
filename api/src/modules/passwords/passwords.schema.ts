import { z } from 'zod';
import { channelSchema, codeSchema, identifierSchema, readNamed, type CanSend } from '../../shared/code-body.js';
import { readIdentity, type Identity } from '../../shared/identity.js';
import { countCharacters } from './password-policy.js';
import { MAX_PASSWORD_CHARACTERS } from './passwords.js';

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

export const setPasswordBody = z.strictObject(wanted);

export const changePasswordBody = z.strictObject({
  ...wanted,
  old_password: password,
  user_id: identifierSchema.optional().describe('Not needed. Your e-mail address, phone number or user name.'),
  channel: channelSchema.optional().describe('Not needed, and not looked at.'),
});

export function forgetPasswordBody(canSend: CanSend) {
  return z
    .strictObject({
      ...wanted,
      user_id: identifierSchema.describe('An e-mail address or a phone number.'),
      otp: codeSchema.optional().describe('Without one the answer is that of a wrong one.'),
      channel: channelSchema.optional().describe('By which the code was sent.'),
    })
    .transform((body, context): typeof body & { identity: Identity } => {
      if (body.channel) return readNamed(canSend)({ ...body, channel: body.channel }, context);
      const identity = readIdentity(body.user_id);
      if (identity) return { ...body, identity };
      context.addIssue({ code: 'custom', path: ['user_id'], message: 'e-mail, phone' });
      return z.NEVER;
    });
}

export const messageSchema = z.object({ message: z.string() });

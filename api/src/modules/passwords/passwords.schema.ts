import { z } from 'zod';
import { acrossFields } from '../../http/across-fields.js';
import { channelSchema, codeSchema, identifierSchema, namesSomebody, withIdentity, type CanSend } from '../../shared/code-body.js';
import { passwordSchema } from '../../shared/password-body.js';
import type { PasswordChecks } from './password-checks.js';

const wanted = {
  password: passwordSchema.describe('Every rule that it does not keep is listed in `details.errors`.'),
  confirm_password: passwordSchema.describe('The same once more.'),
};

export type KeepsPasswordRules = ReturnType<typeof keepsPasswordRules>;

/**
 * What a wanted password shows by itself, said beside what else is wrong with its body. Of a body that is right it is the
 * service that says it, together with what only who knows the account can tell.
 */
export function keepsPasswordRules(violations: PasswordChecks['ofPassword']) {
  return acrossFields<{ password: string; confirm_password: string }>(({ sound: { password, confirm_password: confirmation }, isWrong, refuse }) => {
    if (isWrong && password !== undefined) violations({ password, ...(confirmation !== undefined && { confirmation }) }).forEach(refuse);
  });
}

export function setPasswordBody(keepsRules: KeepsPasswordRules) {
  return z.strictObject(wanted).check(keepsRules);
}

export function changePasswordBody(keepsRules: KeepsPasswordRules) {
  return z
    .strictObject({
      ...wanted,
      old_password: passwordSchema,
      user_id: identifierSchema.optional().describe('Not needed. Your e-mail address, phone number or user name.'),
      channel: channelSchema.optional().describe('Not needed, and not looked at.'),
    })
    .check(keepsRules);
}

export function forgetPasswordBody(keepsRules: KeepsPasswordRules, canSend: CanSend) {
  return z
    .strictObject({
      ...wanted,
      user_id: identifierSchema.describe('An e-mail address or a phone number.'),
      otp: codeSchema.optional().describe('Without one the answer is that of a wrong one.'),
      channel: channelSchema.optional().describe('By which the code was sent.'),
    })
    // The rules come last: they are asked where anything is wrong.
    .check(namesSomebody(canSend), keepsRules)
    .transform(withIdentity(canSend));
}

export const messageSchema = z.object({ message: z.string() });

import { z } from 'zod';
import { channelSchema, codeSchema, identifierSchema, readNamed, type CanSend } from '../../shared/code-body.js';
import { readIdentity, type Identity } from '../../shared/identity.js';
import { passwordSchema } from '../../shared/password-body.js';

const wanted = {
  password: passwordSchema.describe('Every rule that it does not keep is listed in `details.errors`.'),
  confirm_password: passwordSchema.describe('The same once more.'),
};

export const setPasswordBody = z.strictObject(wanted);

export const changePasswordBody = z.strictObject({
  ...wanted,
  old_password: passwordSchema,
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

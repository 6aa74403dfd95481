import { z } from 'zod';
import { codeSchema, identifierSchema } from '../../shared/code-body.js';
import { readEmail, readPhone, type Identity } from '../../shared/identity.js';
import { passwordSchema } from '../../shared/password-body.js';

/** Longer than any token of ours; what is no token is told apart by nobody. */
const MAX_TOKEN_LENGTH = 200;

const identity = (read: (text: string) => Identity | undefined, format: string) =>
  identifierSchema.transform((text, context) => {
    const found = read(text);
    if (found) return found;
    context.addIssue({ code: 'custom', message: format });
    return z.NEVER;
  });

const otp = codeSchema.describe('The code that was sent to the new one.');
const password = passwordSchema.min(1).meta({ ...passwordSchema.meta(), description: 'Needed when you signed in too long ago.' }).optional();

export const changeEmailBody = z.strictObject({ new_email: identity(readEmail, 'e-mail'), otp, password });
export const changePhoneBody = z.strictObject({ new_phone: identity(readPhone, 'phone'), otp, password });
/** Any short text for a channel: one that is not ours is refused as such, and not as malformed (REFERENCE §10.8). */
export const phoneCodeBody = z.strictObject({ phone: identity(readPhone, 'phone'), channel: z.string().min(1).max(20).describe('`sms` or `whatsapp`.') });
export const undoBody = z.strictObject({ token: z.string().min(1).max(MAX_TOKEN_LENGTH) });

const when = z.iso.datetime().nullable();

/** REFERENCE §10.6. */
export const changedEmailSchema = z.object({ user: z.object({ id: z.guid(), email: z.string(), is_email_verified: z.boolean(), email_verified_at: when }) });
/** REFERENCE §10.7. */
export const changedPhoneSchema = z.object({ user: z.object({ id: z.guid(), phone_number: z.object({ phone: z.string() }), is_phone_verified: z.boolean(), phone_number_verified_at: when }) });
export const phoneCodeSchema = z.object({ message: z.string() });
export const undoneSchema = z.object({ kind: z.enum(['email', 'phone']).describe('What was put back.') });

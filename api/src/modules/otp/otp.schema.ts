import { z } from 'zod';
import { acrossFields } from '../../http/across-fields.js';
import { channelSchema, codeSchema, identitySchema, namesSomebody, purposeSchema, withIdentity, type CanSend } from '../../shared/code-body.js';

/** What the bodies have to know of the server's configuration. */
export type CodeRules = { canSend: CanSend; requiresPurpose: () => boolean };

export function sendCodeBody({ canSend, requiresPurpose }: CodeRules) {
  return z
    .strictObject({
      user_id: identitySchema,
      channel: channelSchema,
      purpose: purposeSchema.optional().describe('A code asked for with a purpose works only there. `OTP_REQUIRE_PURPOSE=true` makes it required.'),
    })
    .check(
      acrossFields(({ isGiven, refuse }) => {
        if (!isGiven('purpose') && requiresPurpose()) refuse({ path: 'purpose', code: 'required' });
      }),
      namesSomebody(canSend),
    )
    .transform(withIdentity(canSend));
}

export function checkCodeBody({ canSend }: CodeRules) {
  return z
    .strictObject({
      user_id: identitySchema,
      channel: channelSchema,
      otp: codeSchema,
      purpose: purposeSchema.optional().describe('Compares with the code of this purpose alone; without it, with every code of this identity and channel.'),
    })
    .check(namesSomebody(canSend))
    .transform(withIdentity(canSend));
}

export const messageSchema = z.object({ message: z.string() });

export const checkedSchema = z.object({ user_id: z.string() });

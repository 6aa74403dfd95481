import { z } from 'zod';
import { channelSchema, identitySchema, purposeSchema, readNamed, type CanSend } from '../../shared/code-body.js';

export function sendCodeBody(canSend: CanSend) {
  return z
    .strictObject({
      user_id: identitySchema,
      channel: channelSchema,
      purpose: purposeSchema.optional().describe('A code asked for with a purpose works only there.'),
    })
    .transform(readNamed(canSend));
}

export const messageSchema = z.object({ message: z.string() });

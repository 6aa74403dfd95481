import { z } from 'zod';

/** `TokenSet` on the wire (REFERENCE §8.4): what a sign-in and a refresh give. */
export const tokenSetSchema = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  session_token: z.string(),
  session_id: z.uuid(),
  token_type: z.literal('bearer'),
});

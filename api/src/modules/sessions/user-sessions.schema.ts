import { z } from 'zod';

export const userSessionsParams = z.object({ user_id: z.guid().transform((id) => id.toLowerCase()) });

export const endedSessionsSchema = z.object({ user_id: z.guid(), sessions_ended: z.int().min(0).describe('How many there were.') });

import { z } from 'zod';
import { userSchema } from '../../shared/user-view.js';

const MAX_REASON_LENGTH = 500;

export const userParams = z.object({ user_id: z.guid().transform((id) => id.toLowerCase()) });

export const statusBody = z.strictObject({
  status: z.enum(['ACTIVE', 'SUSPENDED']),
  reason: z.string().max(MAX_REASON_LENGTH).nullish().describe('For those who read the activity log; its owner is not told.'),
});

export const changedUserSchema = z.object({ user: userSchema });

export const deletedUserSchema = z.object({ user_id: z.guid(), erase_after: z.iso.datetime().describe('Until then an administrator can take it back.') });

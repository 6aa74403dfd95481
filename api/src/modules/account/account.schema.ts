import { z } from 'zod';

export const deleteAccountBody = z.strictObject({ confirm: z.literal(true).describe('Nothing but `true` means it.') });

/** REFERENCE §10.10. */
export const deactivatedSchema = z.object({ user_id: z.guid(), is_active: z.literal(false), status: z.literal('INACTIVE') });

export const deletedSchema = z.object({ user_id: z.guid(), is_active: z.literal(false) });

import { z } from 'zod';
import { userSchema } from '../../shared/user-view.js';
import { writableFields } from './profile-fields.js';

export const profileParams = z.object({ user_id: z.guid().transform((id) => id.toLowerCase()) });

/** What is left out stays as it is. */
export const profileBody = z.strictObject(writableFields).partial().refine((body) => Object.keys(body).length > 0, { params: { code: 'empty_body' } });

export type ProfileFields = z.infer<typeof profileBody>;

const text = z.string().nullable();

/** Of a profile that is not shown to everybody. */
export const shortProfileSchema = z.object({ user_id: z.guid(), user_name: text, profile_picture_url: text }).meta({ id: 'ShortProfile' });

export const shownProfileSchema = z.union([userSchema, shortProfileSchema]);

export type ShownProfile = z.infer<typeof shownProfileSchema>;

import type { z } from 'zod';
import type { UserRow } from '../../shared/user-row.js';
import { presentUser } from '../../shared/user-view.js';
import type { changedEmailSchema, changedPhoneSchema } from './contacts.schema.js';

export function presentChangedEmail(row: UserRow): z.infer<typeof changedEmailSchema> {
  const { user_id: id, email, is_email_verified, email_verified_at } = presentUser(row);
  return { user: { id, email: email!, is_email_verified, email_verified_at } };
}

export function presentChangedPhone(row: UserRow): z.infer<typeof changedPhoneSchema> {
  const { user_id: id, phone_number, is_phone_verified, phone_number_verified_at } = presentUser(row);
  return { user: { id, phone_number: phone_number!, is_phone_verified, phone_number_verified_at } };
}

import { z } from 'zod';
import { acrossFields } from '../../http/across-fields.js';
import { channelSchema, identifierSchema } from '../../shared/code-body.js';
import { readEmail, readIdentity, readPhone, type Identity } from '../../shared/identity.js';

/** What is asked about: an identity, a user name, or, where text can be either, both. */
export type Asked = { identity: Identity | undefined; userName: string | undefined };

const given = identifierSchema.nullish();

/** At least one of three; the first of them is what is asked about (REFERENCE §9.12). */
export const availabilityBody = z
  .strictObject({
    user_id: given.describe('An e-mail address, a phone number or a user name.'),
    phone: given.describe('A phone number; asked about when `user_id` is not given.'),
    email: given.describe('An e-mail address; asked about when neither of the others is given.'),
  })
  .check(
    acrossFields(({ isGiven, sound: { phone, email }, refuse }) => {
      if (isGiven('user_id')) return;
      if (isGiven('phone')) {
        if (phone != null && !readPhone(phone)) refuse({ path: 'phone', code: 'invalid_format', params: { format: 'phone' } });
      } else if (isGiven('email')) {
        if (email != null && !readEmail(email)) refuse({ path: 'email', code: 'invalid_format', params: { format: 'e-mail' } });
      } else refuse({ path: 'user_id', code: 'required' });
    }),
  )
  .transform(({ user_id, phone, email }): Asked => {
    if (user_id != null) return { identity: readIdentity(user_id), userName: user_id };
    return { identity: phone != null ? readPhone(phone) : readEmail(email!), userName: undefined };
  });

/** `available` is true when the account exists, as clients know it. Whose it is nobody is told: the names are always null (C-09). */
export const availabilitySchema = z.object({ available: z.boolean(), first_name: z.null(), last_name: z.null() });

export const verifiedSchema = z.object({ user_id: z.string(), channel: channelSchema, verified: z.literal(true) });
